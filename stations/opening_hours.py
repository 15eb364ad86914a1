"""Opening hours of a station, kept as OCPI's Hours (OCPI 2.2.1 §8.4.14): `{}` where nobody entered any,
`{"twentyfourseven": true}`, or `{"twentyfourseven": false, "regular_hours": [{"weekday": 1, "period_begin": "08:00",
"period_end": "20:00"}, …]}` with Monday as weekday 1, in the station's time zone.
"""

import re
from itertools import pairwise
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext_lazy as _

from common.rights import Text

# Begin and end of one opening, `HH:MM` each; the end may be 24:00.
Period = tuple[str, str]
Hours = dict[str, Any]

ALWAYS: Hours = {"twentyfourseven": True}
WEEK = range(1, 8)
_PERIOD = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)\s*[-–]\s*([01]?\d|2[0-4]):([0-5]\d)")


def is_always(hours: Hours) -> bool:
    return bool(hours.get("twentyfourseven"))


def weekly(openings: dict[int, list[Period]]) -> Hours:
    """Hours from the openings of each weekday."""
    return {
        "twentyfourseven": False,
        "regular_hours": [
            {"weekday": weekday, "period_begin": begin, "period_end": end}
            for weekday in WEEK
            for begin, end in openings.get(weekday, ())
        ],
    }


def openings_on(hours: Hours, weekday: int) -> list[Period]:
    regular = hours.get("regular_hours", ())
    return [(entry["period_begin"], entry["period_end"]) for entry in regular if entry["weekday"] == weekday]


def as_text(openings: list[Period]) -> str:
    """The openings of one day as a person writes them, e.g. `08:00–12:00, 13:00–18:00`."""
    return ", ".join(f"{begin}–{end}" for begin, end in openings)


def parse_day(text: str) -> list[Period]:
    """The openings of one day from `08:00-12:00, 13:00-18:00`; the empty text is a closed day.

    Raises ValidationError where a part is no period, ends before it begins, or overlaps the one before it.
    """
    openings = [_parse_period(part) for part in text.split(",") if part.strip()]
    for (_begin, end), (begin, _end) in pairwise(openings):
        if begin < end:
            raise ValidationError(_("Openings overlap or are not in order: write the earlier one first."))
    return openings


def week_in_words(hours: Hours) -> list[tuple[Text, str]]:
    """Each weekday's name with its openings; an empty text is a closed day."""
    return [(WEEKDAYS[weekday - 1], as_text(openings_on(hours, weekday))) for weekday in WEEK]


def _parse_period(text: str) -> Period:
    match = _PERIOD.fullmatch(text.strip())
    if not match:
        raise ValidationError(_("“%(text)s” is no opening: write e.g. 08:00-18:00."), params={"text": text.strip()})
    begin, end = f"{int(match[1]):02}:{match[2]}", f"{int(match[3]):02}:{match[4]}"
    if not begin < end <= "24:00":
        hint = _("“%(text)s” ends before it begins. Past midnight, write what is left at the next day: from 00:00.")
        raise ValidationError(hint, params={"text": text.strip()})
    return begin, end
