"""The tab Charging limit of a station and of a charge port: what is installed, and what the charger makes of it."""

from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from chargeports import selectors
from chargeports.choices import CommandKind, CommandState, ProfilePurpose, RateUnit
from chargeports.forms import command_form
from chargeports.models import ChargePort, Command, CompositeSchedule, InstalledProfile
from chargeports.profiles import in_words
from chargeports.rights import CHANGE_CONFIGURATION, LIMIT_CHARGING
from chargeports.views.sheet import port_tab
from common.access import Access, access_of
from common.charts import Steps
from stations.choices import LifeCycle
from stations.models import Station
from stations.views.sheet import station_tab

SLUG = "charging-limit"
_KINDS = (
    CommandKind.SET_CHARGING_PROFILE,
    CommandKind.GET_COMPOSITE_SCHEDULE,
    CommandKind.CLEAR_CHARGING_PROFILE,
)


def station_limit(request: HttpRequest, station: Station) -> HttpResponseBase:
    context = {"asks": asks(access_of(request), station, 0), "live_station": station}
    return station_tab(request, station, SLUG, "chargeports/charging_limit.html", context)


def port_limit(request: HttpRequest, port: ChargePort) -> HttpResponseBase:
    context = {"asks": asks(access_of(request), port.station, port.number), "live_port": port}
    return port_tab(request, port, SLUG, "chargeports/charging_limit.html", context)


def asks(access: Access, station: Station, number: int) -> list[dict[str, Any]]:
    """The buttons of commands that this person may give."""
    if station.life_cycle == LifeCycle.DECOMMISSIONED:
        return []
    forms = [form for form in map(command_form, _KINDS) if access.can(form.right)]
    return [
        {
            "url": reverse(form.url_name(), args=[station.identity]) + _filled_in(form.kind, number),
            "label": form.kind.label,
            "icon": form.icon,
        }
        for form in forms
    ]


def _filled_in(kind: CommandKind, number: int) -> str:
    """What the form begins with: the port, or that the limit is the station's."""
    if number:
        return f"?{urlencode({'port_number': number})}"
    is_limit = kind == CommandKind.SET_CHARGING_PROFILE
    return f"?{urlencode({'purpose': ProfilePurpose.STATION_MAXIMUM.value})}" if is_limit else ""


def is_offered(subject: Station | ChargePort, access: Access) -> bool:
    """Of a station that is planned nothing can be limited."""
    station = subject.station if isinstance(subject, ChargePort) else subject
    return bool(station.life_cycle != LifeCycle.PLANNED)


def of_station(access: Access, station: Station) -> dict[str, Any]:
    return _shown(access, station, 0, list(selectors.installed_profiles(station)))


def of_port(access: Access, port: ChargePort) -> dict[str, Any]:
    return _shown(access, port.station, port.number, list(selectors.installed_profiles(port.station, port.number)))


def _shown(access: Access, station: Station, number: int, installed: list[InstalledProfile]) -> dict[str, Any]:
    read = selectors.composite_schedule(station, number)
    clear = reverse(command_form(CommandKind.CLEAR_CHARGING_PROFILE).url_name(), args=[station.identity])
    return {
        "station": station,
        "number": number,
        "installed": [(one, _periods(one), f"{clear}?profile_id={one.profile_id}") for one in installed],
        "may_clear": access.can(LIMIT_CHARGING),
        "read": read,
        "promised": in_words(read.promised, read.unit) if read and read.promised is not None else "",
        "chart": picture(read, station) if read else None,
    }


def _periods(profile: InstalledProfile) -> list[tuple[str, str, int | None]]:
    """After how many hours and minutes which limit holds, and for how many phases."""
    schedule = profile.schedule
    return [
        (
            f"{one['start_s'] // 3600:02}:{one['start_s'] // 60 % 60:02}",
            in_words(one["limit"], schedule["unit"]),
            one.get("phases"),
        )
        for one in schedule["periods"]
    ]


def picture(read: CompositeSchedule, station: Station) -> Steps:
    """What the charger will allow, as it said."""
    is_watts = read.unit == RateUnit.WATTS
    return Steps(
        name=f"schedule-{read.port_number}",
        title=_("What the charger will allow"),
        points=[(at, limit / 1000 if is_watts else limit) for at, limit, _phases in read.steps],
        end=read.ends_at,
        unit="kW" if is_watts else _("A per phase"),
        zone=station.time_zone,
    )


# --- Panels of a command ------------------------------------------------------------------------------------------
def read_schedule(command: Command, access: Access) -> bool:
    """Whether the charger answered with a schedule."""
    is_asked = command.kind == CommandKind.GET_COMPOSITE_SCHEDULE
    return is_asked and command.state == CommandState.ACCEPTED


def schedule_of_command(access: Access, command: Command) -> dict[str, Any]:
    read = selectors.composite_schedule(command.station, command.port_number or 0)
    return {"chart": picture(read, command.station) if read else None, "station": command.station}


def is_refused(command: Command, access: Access) -> bool:
    """Whether the charger takes no profiles: then a setting may limit it (Q51, Q53)."""
    ended = (CommandState.REJECTED, CommandState.FAILED)
    is_limit = command.kind == CommandKind.SET_CHARGING_PROFILE and command.state in ended
    return is_limit and access.can(CHANGE_CONFIGURATION)


def other_way(access: Access, command: Command) -> dict[str, Any]:
    """A setting of the charger that limits the current as well, with the value that says the same."""
    found = selectors.limiting_setting(command.station, command.port_number or 1, command.parameters)
    if found is None:
        return {"setting": None}
    key, value = found
    address = reverse(command_form(CommandKind.CHANGE_CONFIGURATION).url_name(), args=[command.station.identity])
    return {"setting": key, "value": value, "address": f"{address}?{urlencode({'key': key, 'value': value})}"}
