"""The library's charging profiles as the parameters of a command, and their periods as people write them."""

import re
from collections.abc import Iterable
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from chargeports.choices import RateUnit, Recurrency, ScheduleKind
from chargeports.models import ChargingProfile

AUDITED = (
    "name",
    "kind",
    "recurrency",
    "start_at",
    "duration_s",
    "valid_from",
    "valid_to",
    "stack_level",
    "unit",
    "periods",
    "note",
)
_LINE = re.compile(r"(?P<hours>\d{1,4}):(?P<minutes>[0-5]\d)\s+(?P<limit>\d+(?:[.,]\d)?)(?:\s+(?P<phases>[123]))?")


def schedule_of(profile: ChargingProfile, zone: str = "UTC", now: datetime | None = None) -> dict[str, Any]:
    """The profile as parameters of a command. One that comes again begins at the last midnight of the zone, or with the
    last Monday: chargers count on in UTC."""
    said: dict[str, Any] = {
        "name": profile.name,
        "kind": profile.kind,
        "unit": profile.unit,
        "periods": profile.periods,
        "stack_level": profile.stack_level,
        "duration_s": profile.duration_s,
        "valid_from": _text(profile.valid_from),
        "valid_to": _text(profile.valid_to),
        "start_at": _text(profile.start_at),
    }
    if profile.kind == ScheduleKind.RECURRING:
        beginning = last_beginning(profile.recurrency, ZoneInfo(zone), now or datetime.now(UTC))
        said |= {"recurrency": profile.recurrency, "start_at": _text(beginning)}
    return {name: value for name, value in said.items() if value is not None}


def last_beginning(recurrency: str, zone: ZoneInfo, now: datetime) -> datetime:
    """Midnight of this day, or of this week's Monday, in the zone."""
    day = now.astimezone(zone).date()
    if recurrency == Recurrency.WEEKLY:
        day -= timedelta(days=day.weekday())
    return datetime.combine(day, time(), zone)


def _text(moment: datetime | None) -> str | None:
    return moment.astimezone(UTC).isoformat(timespec="seconds") if moment else None


def read_periods(text: str, unit: str) -> list[dict[str, Any]]:
    """Periods as they are written: one line each, hours and minutes after the beginning, the limit in A or kW, perhaps
    the number of phases, e.g. `06:00 16` or `22:00 11 1`. Raises ValidationError with the number of the line."""
    lines = [(number, line.strip()) for number, line in enumerate(text.splitlines(), start=1) if line.strip()]
    return [_read_line(number, line, unit) for number, line in lines]


def _read_line(number: int, line: str, unit: str) -> dict[str, Any]:
    match = _LINE.fullmatch(line)
    if match is None:
        raise ValidationError(_("Line %(number)d cannot be read: “%(line)s”.") % {"number": number, "line": line})
    limit = float(match["limit"].replace(",", "."))
    period: dict[str, Any] = {
        "start_s": int(match["hours"]) * 3600 + int(match["minutes"]) * 60,
        "limit": round(limit * 1000, 1) if unit == RateUnit.WATTS else limit,
    }
    return {**period, "phases": int(match["phases"])} if match["phases"] else period


def written_periods(periods: Iterable[dict[str, Any]], unit: str) -> str:
    """Periods as people write them."""
    return "\n".join(_line(period, unit) for period in periods)


def _line(period: dict[str, Any], unit: str) -> str:
    minutes = period["start_s"] // 60
    limit = period["limit"] / 1000 if unit == RateUnit.WATTS else period["limit"]
    phases = f" {period['phases']}" if period.get("phases") else ""
    return f"{minutes // 60:02}:{minutes % 60:02} {limit:g}{phases}"


def in_words(limit: float, unit: str) -> str:
    """A limit as it is read: `16 A`, `11 kW`."""
    return f"{limit / 1000:g} kW" if unit == RateUnit.WATTS else f"{limit:g} A"


def summary_of_limits(periods: Iterable[dict[str, Any]], unit: str) -> str:
    """From the lowest to the highest limit."""
    limits = sorted({one["limit"] for one in periods})
    if not limits:
        return ""
    least, most = in_words(limits[0], unit), in_words(limits[-1], unit)
    return f"≤ {most}" if least == most else f"{least} – {most}"


def summary_of_schedule(said: dict[str, Any]) -> str:
    """A profile in few words: its name and its limits."""
    limits = summary_of_limits(said.get("periods", ()), said.get("unit", ""))
    return " · ".join(filter(None, [said.get("name"), limits]))
