"""Troubleshooting at a charge port: what the driver told becomes a ticket that brings along how the port stands."""

from collections.abc import Collection
from datetime import datetime
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.models import StoredFile, User
from chargeports.models import ChargePort, EquipmentError
from chargeports.selectors import error_of, errors_of, status_of
from charging.models import ChargingSession
from charging.selectors import sessions_of_port
from common.actor import Actor
from common.numbers import in_figures
from tickets.models import Team, Ticket
from tickets.services.tickets import open_ticket

_ERRORS = 5


def report_trouble(
    actor: Actor,
    port: ChargePort,
    *,
    emaid: str,
    happened_at: datetime,
    description: str,
    team: Team | None = None,
    files: Collection[StoredFile] = (),
    watchers: Collection[User] = (),
) -> Ticket:
    """Open a ticket with the port's state, its newest session and its newest errors; the team is told by mail. Raises
    ValidationError by field name.
    """
    session = sessions_of_port(port).order_by("-started_at", "-pk").first()
    errors = list(errors_of(port.station).filter(port_number__in=(0, port.number)).order_by("-since", "-pk")[:_ERRORS])
    told = [description.strip(), "", *_told(port, emaid, happened_at), *_state(port), *_session(port, session)]
    return open_ticket(
        actor,
        port.organisation_id,
        title=_("Troubleshooting %(port)s: %(text)s") % {"port": port, "text": description.strip()[:120]},
        description="\n".join([*told, *_errors(port, errors)]),
        station=port.station,
        port_numbers=[port.number],
        session=session,
        error=next((error for error in errors if error.until is None), None),
        team=team,
        files=files,
        watchers=watchers,
    )


def usual_team(port: ChargePort) -> Team | None:
    """The team that the newest ticket of the station went to, else the newest of all."""
    found = Ticket.objects.filter(team__isnull=False).select_related("team").order_by("-pk")
    newest = found.filter(station_id=port.station_id).first() or found.first()
    return newest.team if newest else None


def _told(port: ChargePort, emaid: str, happened_at: datetime) -> list[str]:
    return [_("When: %(time)s") % {"time": _moment(port, happened_at)}, _("EMAID: %(emaid)s") % {"emaid": emaid or "–"}]


def _state(port: ChargePort) -> list[str]:
    status = status_of(port)
    words = " · ".join(filter(None, [str(getattr(status, "label", status)) or "–", error_of(port)]))
    online = _("online") if port.station.state.online else _("offline")
    since = _moment(port, port.state.since) if port.state.since else "–"
    told = {"status": words, "since": since, "online": online}
    return [_("Charge port: %(status)s since %(since)s, station %(online)s") % told]


def _session(port: ChargePort, session: ChargingSession | None) -> list[str]:
    if session is None:
        return [_("Last session: none")]
    told = {
        "session": session,
        "start": _moment(port, session.began_at),
        "state": session.get_state_display(),
        "energy": in_figures(session.energy_wh / 1000, 3),
        "reason": session.stop_reason or "–",
    }
    return [_("Last session: %(session)s from %(start)s, %(state)s, %(energy)s kWh, stop reason %(reason)s") % told]


def _errors(port: ChargePort, errors: Collection[EquipmentError]) -> list[str]:
    lines = [f"- {_moment(port, error.since)} {error}" for error in errors]
    return [_("Last errors:"), *lines] if lines else [_("Last errors: none")]


def _moment(port: ChargePort, at: datetime) -> str:
    return date_format(timezone.localtime(at, ZoneInfo(port.station.time_zone)), "DATETIME_FORMAT")
