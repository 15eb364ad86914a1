"""What charging profiles allow at a moment (OCPP 1.6 §3.13), to compare what was accepted with what a charger says.

A schedule is the parameters of the command: `kind`, `unit`, `periods` and the rest (docs/commands.md).
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, Protocol

from chargeports.choices import ProfilePurpose, RateUnit, Recurrency, ScheduleKind

PHASE_VOLTAGE_V = 230
ALL_PHASES = 3
_CYCLES = {Recurrency.DAILY: timedelta(days=1), Recurrency.WEEKLY: timedelta(weeks=1)}
# Of the purposes that limit one port, the first that says anything counts.
_OWN = (ProfilePurpose.SESSION, ProfilePurpose.SESSION_DEFAULT)


class Installed(Protocol):
    """What of an installed profile counts here."""

    port_number: int
    purpose: str
    stack_level: int
    schedule: Any


def in_unit(limit: float, unit: str, wanted: str, phases: int | None = None) -> float:
    """A limit in another unit: amperes count for each phase, watts for all (errata 3.69)."""
    factor = PHASE_VOLTAGE_V * (phases or ALL_PHASES)
    if unit == wanted:
        return limit
    return round(limit * factor if wanted == RateUnit.WATTS else limit / factor, 1)


def limit_at(schedule: Mapping[str, Any], moment: datetime) -> tuple[float, int | None] | None:
    """The limit at a moment, in the schedule's own unit, and its phases; None while it says nothing. A schedule that
    counts from the session's beginning is taken as if the session began at that moment."""
    begins, ends = _time(schedule.get("valid_from")), _time(schedule.get("valid_to"))
    if (begins and moment < begins) or (ends and moment >= ends):
        return None
    elapsed_s = (moment - _origin(schedule, moment)).total_seconds()
    duration_s = schedule.get("duration_s")
    if elapsed_s < 0 or (duration_s is not None and elapsed_s >= duration_s):
        return None
    begun = [period for period in schedule["periods"] if period["start_s"] <= elapsed_s]
    return (begun[-1]["limit"], begun[-1].get("phases")) if begun else None


def promised(installed: Iterable[Installed], port_number: int, moment: datetime, unit: str) -> float | None:
    """What all profiles together allow at a port (0: the station) at a moment, in `unit`; None without any limit."""
    profiles = sorted(installed, key=lambda one: (-one.port_number, -one.stack_level))
    places = {port_number, 0}
    limits = [_first(profiles, (purpose,), places, moment, unit) for purpose in _OWN] if port_number else []
    own = next((limit for limit in limits if limit is not None), None)
    station = _first(profiles, (ProfilePurpose.STATION_MAXIMUM,), {0}, moment, unit)
    return min((limit for limit in (own, station) if limit is not None), default=None)


def _first(
    profiles: Iterable[Installed], purposes: Iterable[str], places: Iterable[int], moment: datetime, unit: str
) -> float | None:
    """The profile of the port before that of the station, the higher stack level before the lower."""
    for one in profiles:
        if one.purpose in purposes and one.port_number in places and (said := limit_at(one.schedule, moment)):
            return in_unit(said[0], one.schedule["unit"], unit, said[1])
    return None


def _origin(schedule: Mapping[str, Any], moment: datetime) -> datetime:
    start = _time(schedule.get("start_at"))
    if schedule["kind"] == ScheduleKind.RELATIVE or start is None:
        return moment
    if schedule["kind"] == ScheduleKind.RECURRING:
        cycle = _CYCLES[Recurrency(schedule["recurrency"])]
        return start + (moment - start) // cycle * cycle
    return start


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
