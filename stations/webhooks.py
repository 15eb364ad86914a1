"""What webhooks can be told of stations, and how every app tells of something that happened at one."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from accounts.services import News, listeners, tell
from common.webhooks import WebhookEvent
from stations.models import Station, StationState

CONNECTED = WebhookEvent("station.connected", _("Station connected"))
DISCONNECTED = WebhookEvent("station.disconnected", _("Station disconnected"))

WEBHOOK_EVENTS = (CONNECTED, DISCONNECTED)


@dataclass(frozen=True, slots=True)
class StationNews:
    """`data` stands in the body beside the station."""

    station_id: int
    organisation_id: int
    at: datetime
    data: Mapping[str, Any]


def tell_of_stations(event: WebhookEvent, news: Iterable[StationNews]) -> None:
    """Tell whoever listens, in the running transaction: two queries, none where nobody does. `news` may be a generator:
    it is read only where somebody listens.
    """
    listening = listeners(event)
    heard = [one for one in news if one.organisation_id in listening] if listening else []
    if heard:
        stations = Station.objects.filter(pk__in={one.station_id for one in heard}).only("identity", "name")
        known = {station.pk: station for station in stations}
        tell(event, [_news(known[one.station_id], one) for one in heard if one.station_id in known])


def _news(station: Station, news: StationNews) -> News:
    about = {"identity": station.identity, "name": station.name}
    return News(news.organisation_id, news.at, station.identity, {"station": about, **news.data})


def tell_of_presence(states: Iterable[StationState], at: datetime | None, *, online: bool) -> None:
    """The stations turned on- or offline at `at`; without a time, each when it was lost."""
    event = CONNECTED if online else DISCONNECTED
    turned = ((state, at or state.lost_at) for state in states)
    tell_of_stations(
        event, (StationNews(state.station_id, state.organisation_id, when, {}) for state, when in turned if when)
    )
