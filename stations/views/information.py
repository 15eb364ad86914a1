"""The tab *Information*: what was entered, beside what the charger says of itself."""

from dataclasses import dataclass
from typing import Any, cast

from django.db.models import Field
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from common.access import Access, access_of
from common.doors import attempt
from common.rights import Text
from common.sheets import tabs_of
from common.templatetags.cpms import duration
from stations import opening_hours, selectors, services
from stations.forms import ASSIGNMENTS
from stations.models import Station, StationReport, StationState
from stations.rights import CHANGE_STATIONS
from stations.views.sheet import SHEET, station_tab

SLUG = "information"
# Messages take a while; from then on sessions are flagged.
CLOCK_RIGHT_S, CLOCK_WRONG_S = 30, 300
# Fields that people enter and chargers report; `None` in place of the first is reported only.
_COMPARED: tuple[tuple[str | None, str], ...] = (
    ("vendor", "vendor"),
    ("model", "model"),
    ("serial_number", "serial_number"),
    (None, "box_serial_number"),
    ("firmware_version", "firmware_version"),
    ("iccid", "iccid"),
    ("imsi", "imsi"),
    (None, "meter_type"),
    (None, "meter_serial_number"),
)


@dataclass(frozen=True)
class Fact:
    """One line of the comparison; `entered` None cannot be entered."""

    label: Text
    entered: str | None
    reported: str

    @property
    def differs(self) -> bool:
        return bool(self.entered and self.reported) and str(self.entered).lower() != self.reported.lower()


@dataclass(frozen=True)
class Clock:
    """How the charger's clock goes, in words; empty where it is not known."""

    words: Text
    is_wrong: bool


def information(request: HttpRequest, station: Station) -> HttpResponseBase:
    return station_tab(request, station, SLUG, "stations/information.html", {})


def confirm_hardware(request: HttpRequest, station: Station) -> HttpResponseBase:
    """The device that answers now is the right one (B07)."""
    done = _("The hardware was confirmed. The charger is accepted when it boots next.")
    attempt(request, done, services.confirm_hardware, access_of(request).actor, station)
    return redirect("station-tab", station.identity, SLUG)


def card(access: Access, station: Station) -> dict[str, Any]:
    """What the tab's live part shows."""
    hours, is_always = station.opening_hours, opening_hours.is_always(station.opening_hours)
    return {
        "station": station,
        "report": getattr(station, "report", None),
        "facts": compared(station),
        "groups": selectors.groups_of(station),
        "assignments": [(label, getattr(station, name)) for name, label in ASSIGNMENTS.items()],
        "address": services.address_line(station),
        "position": f"{station.latitude}, {station.longitude}" if station.latitude is not None else "",
        "always_open": is_always,
        "week": opening_hours.week_in_words(hours) if hours and not is_always else [],
        "clock": clock_of(station.state),
        "may_change": access.can(CHANGE_STATIONS),
        "slugs": {tab.slug for tab in tabs_of(SHEET) if tab.open_to(station, access)},
    }


def clock_of(state: StationState) -> Clock:
    """The charger's clock beside ours, where enough messages told of it."""
    if state.clock_ahead_s is None:
        return Clock("", is_wrong=False)
    distance = duration(abs(state.clock_ahead_s))
    if abs(state.clock_ahead_s) <= CLOCK_RIGHT_S:
        return Clock(_("as ours"), is_wrong=False)
    words = _("%(duration)s ahead of ours") if state.clock_ahead_s > 0 else _("%(duration)s behind ours")
    return Clock(words % {"duration": distance}, is_wrong=abs(state.clock_ahead_s) > CLOCK_WRONG_S)


def compared(station: Station) -> list[Fact]:
    """Entered and reported side by side; what neither knows is left out."""
    facts = [
        Fact(
            cast("Field[str, str]", StationReport._meta.get_field(said)).verbose_name,
            str(getattr(station, entered)) if entered else None,
            selectors.reported(station, said),
        )
        for entered, said in _COMPARED
    ]
    return [fact for fact in facts if fact.entered or fact.reported]
