"""What the charging app shows where a charge port is controlled: its session, and how a start from here went on."""

from datetime import UTC, datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _

from chargeports.choices import CommandKind, CommandState
from chargeports.models import ChargePort, Command
from chargeports.selectors import configuration_value, error_of, port_list, status_of
from charging import selectors
from charging.forms import StopCharging
from charging.views.sessions import WH_PER_KWH, duration_of
from common.access import Access
from common.charts import Chart, Series
from stations.models import Station

# How long a charger waits for the plug where it did not tell (ConnectionTimeOut), and what messages take beyond that.
_PLUG_PATIENCE_S = 120
_MARGIN_S = 30


def port_session(access: Access, port: ChargePort) -> dict[str, Any]:
    """The port's running session with its live figures, or else its last one."""
    running = selectors.running_session(port)
    return {
        "port": port,
        "station": port.station,
        "session": running,
        "duration": duration_of(running) if running else None,
        "last": None if running else selectors.last_session(port),
        "stop_url": StopCharging.url_for(running) if running else "",
        "may_stop": access.can(StopCharging.right),
    }


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
        "is_waiting": session is None and datetime.now(UTC) < _waits_until(command),
    }


def _waits_until(command: Command) -> datetime:
    """Until when the charger holds the start open for a plug."""
    known = configuration_value(command.station, "ConnectionTimeOut")
    told = known.value or "" if known else ""
    patience_s = int(told) if told.isdecimal() and int(told) else _PLUG_PATIENCE_S
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
