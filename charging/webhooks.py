"""What webhooks can be told of charging sessions."""

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext_lazy as _

from charging.models import ChargingSession
from common.webhooks import WebhookEvent
from stations.webhooks import StationNews, tell_of_stations

STARTED = WebhookEvent("session.started", _("Charging session begins"))
ENDED = WebhookEvent("session.ended", _("Charging session ends"))

WEBHOOK_EVENTS = (STARTED, ENDED)


def tell_of_sessions(started: Iterable[ChargingSession], ended: Iterable[tuple[ChargingSession, bool]]) -> None:
    """The sessions have been saved. The flag of one that ended: whether this corrects an end that was told before."""
    tell_of_stations(STARTED, (_news(session, {}) for session in started))
    tell_of_stations(ENDED, (_news(session, _end(session, corrected)) for session, corrected in ended))


def _news(session: ChargingSession, end: dict[str, Any]) -> StationNews:
    at = end.get("ended_at") or session.started_at
    return StationNews(session.station_id, session.organisation_id, at, {"session": {**_session(session), **end}})


def _session(session: ChargingSession) -> dict[str, Any]:
    return {
        "transaction_id": session.pk,
        "port_number": session.port_number,
        "id_tag": session.id_tag,
        "authorization": session.authorization,
        "state": str(session.state),
        "started_at": session.started_at,
        "meter_start_wh": session.meter_start_wh,
        "reservation_id": session.reservation_id,
    }


def _end(session: ChargingSession, corrected: bool) -> dict[str, Any]:
    return {
        "ended_at": session.ended_at,
        "meter_stop_wh": session.meter_stop_wh,
        "energy_wh": session.energy_wh,
        "stop_reason": session.stop_reason,
        "flags": session.flags,
        "corrected": corrected,
    }
