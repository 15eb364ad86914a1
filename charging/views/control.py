"""What the charging app shows where a charge port is controlled: its session, and how a start from here went on."""

from datetime import UTC, datetime, timedelta
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from chargeports.charging_schedules import promised
from chargeports.choices import CommandKind, CommandState, PortStatus, RateUnit
from chargeports.models import ChargePort, Command
from chargeports.selectors import configuration_value, error_of, installed_profiles, port_list, status_of
from charging import selectors
from charging.choices import SessionState
from charging.faults import LONGEST_PLUG_PATIENCE_S, PLUG_PATIENCE_S
from charging.forms import StopCharging
from charging.models import ChargingSession, PortalStart
from charging.views.sessions import WH_PER_KWH, duration_of
from common.access import Access
from common.charts import Chart, Series
from common.numbers import whole_number
from stations.models import Station

# What messages take beyond the time that a charger waits for the plug.
_MARGIN_S = 30
LISTED_DAYS = 7
# What a meter may show beyond a limit before a charger counts as not following: voltages differ.
_MEASURED_OVER, _MEASURED_OVER_W = 1.1, 200
OCCUPIED = (PortStatus.CHARGING, PortStatus.SUSPENDED_EV, PortStatus.SUSPENDED_EVSE)


def port_session(access: Access, port: ChargePort) -> dict[str, Any]:
    """The port's running session with its live figures, or else its last one."""
    newest = selectors.shown_session(port)
    running = newest if newest and newest.state == SessionState.RUNNING else None
    return {
        "port": port,
        "station": port.station,
        "session": running,
        "duration": duration_of(running) if running else None,
        "last": None if running else newest,
        "is_unknown": running is None and port.state.status in OCCUPIED,
        "stop_url": reverse("port-stop", args=[port.station.identity, port.number]),
        "may_stop": access.can(StopCharging.right),
    }


def over_limit(access: Access, port: ChargePort) -> dict[str, Any]:
    """Whether the session that runs draws more than the accepted profiles allow, as its meter says (Q52)."""
    session = selectors.running_session(port)
    if session is None or not session.power_w:
        return {"session": None}
    installed = list(installed_profiles(port.station, port.number))
    limit_w = promised(installed, port.number, timezone.now(), RateUnit.WATTS)
    is_over = limit_w is not None and session.power_w > limit_w * _MEASURED_OVER + _MEASURED_OVER_W
    return {"session": session if is_over else None, "limit_w": limit_w}


def head(access: Access, port: ChargePort) -> dict[str, Any]:
    """Where the buttons above the tab lead: to the lists of this port for the last days, and to its restart."""
    since = (timezone.localdate() - timedelta(days=LISTED_DAYS)).isoformat()
    here: dict[str, str | int] = {"station": port.station.identity, "port_number": port.number}
    return {
        "port": port,
        "activations_url": f"{reverse('activations')}?{urlencode({**here, 'received_at_after': since})}",
        "records_url": f"{reverse('charge-logs')}?{urlencode({**here, 'started_at_after': since})}",
        "reboot_url": f"{reverse('controller-reboot', args=[port.station.identity])}?port_number={port.number}",
    }


def was_stopped_here(command: Command, access: Access) -> bool:
    """Whether the command is a stop that the charger accepted, of a session that is known."""
    is_stop = command.kind == CommandKind.STOP_CHARGING and command.state == CommandState.ACCEPTED
    return is_stop and _stopped(command) is not None


def stop_progress(access: Access, command: Command) -> dict[str, Any]:
    """Waiting for the end of the session, or ended."""
    return {"command": command, "station": command.station, "session": _stopped(command)}


def _stopped(command: Command) -> ChargingSession | None:
    found = selectors.sessions_of_station(command.station)
    return found.filter(pk=command.parameters.get("session_id", 0)).first()


def was_started_here(command: Command, access: Access) -> bool:
    """Whether the command is a start that the charger accepted: the rest of the way is the charging session."""
    return command.kind == CommandKind.START_CHARGING and command.state == CommandState.ACCEPTED


def start_progress(access: Access, command: Command) -> dict[str, Any]:
    """Waiting for the plug, charging, or why not."""
    session = selectors.session_of_start(command)
    ports = port_list(access.organisation)
    port = ports.filter(station_id=command.station_id, number=command.port_number or 0).first()
    return {
        "command": command,
        "station": command.station,
        "session": session,
        "port": port,
        "status": status_of(port) if port else "",
        "error": error_of(port) if port else "",
        "start": PortalStart.objects.filter(command=command).select_related("contract", "voucher").first(),
        "is_waiting": session is None and datetime.now(UTC) < _waits_until(command),
    }


def _waits_until(command: Command) -> datetime:
    """Until when the charger holds the start open for a plug."""
    known = configuration_value(command.station, "ConnectionTimeOut")
    told_s = whole_number(known.value) if known else None
    patience_s = min(told_s or PLUG_PATIENCE_S, LONGEST_PLUG_PATIENCE_S)
    since = command.ended_at or command.created_at
    return since + timedelta(seconds=patience_s + _MARGIN_S)


def circles(access: Access, station: Station) -> dict[str, Any]:
    """Two pictures of all sessions that ended at the station, by charge port: their number and their energy."""
    by_port = selectors.totals_by_port(station)
    labels = [_("Charge port %(number)d") % {"number": number} for number in by_port]
    totals = by_port.values()
    number = Series(_("Charging processes"), [total.sessions for total in totals])
    energy = Series(_("Energy (kWh)"), [total.energy_wh / WH_PER_KWH for total in totals])
    return {
        "sessions": sum(total.sessions for total in totals),
        "energy_wh": sum(total.energy_wh for total in totals),
        "number_chart": Chart("charging-processes", number.label, "pie", labels, [number], decimals=0),
        "energy_chart": Chart("charged-energy", _("Energy"), "pie", labels, [energy], unit="kWh"),
    }
