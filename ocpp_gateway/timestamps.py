"""Date-times of OCPP: read as chargers really write them, written as every charger can read them."""

import re
from datetime import UTC, datetime, tzinfo
from typing import NamedTuple

OLDEST_YEAR, NEWEST_YEAR = 1969, 2199
"""1970 is the clock of a charger that was never set (in UTC it may still be 1969). Outside of these, it is no clock."""

_EPOCH = re.compile(r"(\d{10})(\d{3})?", re.ASCII)
_LEAP_SECOND = re.compile(r"(:\d\d):60")
_OFFSET_AND_Z = re.compile(r"([+-]\d\d:?\d\d)Z$")


class Parsed(NamedTuple):
    """``moment`` in UTC, or None when the text holds no usable date-time; ``notes`` say what had to be assumed."""

    moment: datetime | None
    notes: tuple[str, ...]


def parse(text: str, zone: tzinfo) -> Parsed:
    """Read any ISO 8601 date-time, with any fraction, any offset or none, or seconds since 1970 (OCPP 1.6 §3.15).

    :param zone: the station's own zone, taken when the text names none (note ``zone-missing``).

    Note ``epoch``: digits were read as seconds or milliseconds since 1970. Whether the clock was right
    is not judged here. Never raises.
    """
    text = text.strip().upper()
    try:
        if text.isdecimal() and (epoch := _EPOCH.fullmatch(text)):
            return Parsed(datetime.fromtimestamp(int(epoch[1]), UTC), ("epoch",))
        moment = datetime.fromisoformat(_standard(text))
        notes = () if moment.tzinfo else ("zone-missing",)
        moment = (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)
    except (ValueError, OverflowError):
        return Parsed(None, ())
    if not OLDEST_YEAR <= moment.year <= NEWEST_YEAR:
        return Parsed(None, ())
    return Parsed(moment, notes)


def _standard(text: str) -> str:
    """Take out what the standard library does not read: a leap second, and a ``Z`` after an offset."""
    if ":60" in text:
        text = _LEAP_SECOND.sub(r"\1:59", text)
    return _OFFSET_AND_Z.sub(r"\1", text) if "T" in text and text.endswith("Z") else text


def wire_format(moment: datetime) -> str:
    """Write an aware date-time as ``YYYY-MM-DDTHH:MM:SSZ``: several chargers read neither fractions nor ``+00:00``."""
    if moment.tzinfo is None:
        raise ValueError("A time sent to a charger needs a zone.")
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def local_wire_format(moment: datetime, zone: tzinfo) -> str:
    """Write the time of a zone with its offset, for chargers that take any time for a local one (Q38)."""
    local = moment.astimezone(zone)
    return local.replace(microsecond=0).isoformat() if local.utcoffset() else wire_format(moment)
