"""Values as texts in the cells of a CSV file, and back. Whatever is written here is read back as the same value."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Choices
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from stations.opening_hours import ALWAYS, WEEK, as_text, is_always, openings_on, parse_day, weekly

LIST_DELIMITER = "|"
_ROUND_THE_CLOCK = "24/7"
_GERMAN_DAY = re.compile(r"(\d\d)\.(\d\d)\.(\d{4})", re.ASCII)
_DAYS = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")


@dataclass(frozen=True)
class Cell:
    """One column: `read` makes the value of a field from a text that is not blank and raises ValidationError, `write`
    makes what stands in the file from the value. A blank cell is `blank`, or leaves the field alone where that is
    `KEEP`.
    """

    column: str
    read: Callable[[str], Any] = str
    write: Callable[[Any], Any] = str
    blank: Any = ""


KEEP = object()


def choice_cell(column: str, choices: type[Choices]) -> Cell:
    """A value of `choices`, written as the value, read as the value or its label in any case of letters."""
    by_text = {str(text).lower(): value for value, label in choices.choices for text in (value, label)}

    def read(text: str) -> Any:
        if text.lower() not in by_text:
            expected = ", ".join(str(value) for value in choices.values)
            raise ValidationError(
                _("“%(text)s” is none of: %(expected)s."), params={"text": text, "expected": expected}
            )
        return by_text[text.lower()]

    return Cell(column, read, blank=KEEP)


def decimal_cell(column: str) -> Cell:
    """A number with a point or a comma before its decimals."""
    return Cell(column, _decimal, lambda value: value, blank=None)


def number_cell(column: str, *, blank: Any = None) -> Cell:
    return Cell(column, _whole, lambda value: value, blank=blank)


def truth_cell(column: str) -> Cell:
    """Written `yes` or `no`; blank where nobody knows."""
    words = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}

    def read(text: str) -> bool:
        if text.lower() not in words:
            raise ValidationError(
                _("“%(text)s” is none of: %(expected)s."), params={"text": text, "expected": "yes, no"}
            )
        return words[text.lower()]

    return Cell(column, read, lambda value: "yes" if value else "no", blank=None)


def moment_cell(column: str) -> Cell:
    """A day with or without a time, `2026-01-31 18:00` or `31.01.2026 18:00`; without a zone by the reader's clock."""
    return Cell(column, _moment, lambda value: timezone.localtime(value).isoformat(" ", "minutes"), blank=None)


def list_cell(column: str, choices: type[Choices]) -> Cell:
    """Several values of `choices`, with a bar between them."""
    one = choice_cell(column, choices)
    return Cell(column, lambda text: [one.read(part) for part in parts(text)], LIST_DELIMITER.join, blank=list)


def parts(text: str) -> list[str]:
    return [part.strip() for part in text.split(LIST_DELIMITER) if part.strip()]


def _moment(text: str) -> datetime:
    german = _GERMAN_DAY.match(text)
    plain = f"{german[3]}-{german[2]}-{german[1]}{text[german.end() :]}" if german else text
    try:
        value = datetime.fromisoformat(plain)
        return value if timezone.is_aware(value) else timezone.make_aware(value)
    except (ValueError, OverflowError):
        raise ValidationError(_("“%(text)s” is no time: write e.g. 2026-01-31 18:00."), params={"text": text}) from None


def _decimal(text: str) -> Decimal:
    try:
        value = Decimal(text.replace(",", "."))
    except InvalidOperation:
        value = Decimal("NaN")
    if not value.is_finite():
        raise ValidationError(_("“%(text)s” is no number."), params={"text": text})
    return value


def _whole(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) < 10):
        raise ValidationError(_("“%(text)s” is no whole number."), params={"text": text})
    return int(text)


def write_hours(hours: dict[str, Any]) -> str:
    """Opening hours as `24/7` or `Mo 08:00–12:00, 13:00–18:00; Sa 10:00–14:00`; a week without any is `closed`."""
    if is_always(hours) or not hours:
        return _ROUND_THE_CLOCK if hours else ""
    days = [(_DAYS[day - 1], as_text(openings_on(hours, day))) for day in WEEK]
    return "; ".join(f"{day} {openings}" for day, openings in days if openings) or "closed"


def read_hours(text: str) -> dict[str, Any]:
    """Opening hours from what `write_hours` writes. Raises ValidationError."""
    if text == _ROUND_THE_CLOCK:
        return ALWAYS
    if text.lower() == "closed":
        return weekly({})
    openings = {}
    for part in filter(None, (part.strip() for part in text.split(";"))):
        day, _blank, periods = part.partition(" ")
        if day.title() not in _DAYS:
            raise ValidationError(_("Write e.g. 24/7, or Mo 08:00-18:00; Sa 10:00-14:00."))
        openings[_DAYS.index(day.title()) + 1] = parse_day(periods)
    return weekly(openings)


HOURS = Cell("opening_hours", read_hours, write_hours, blank=dict)


def value_of(cell: Cell, text: str) -> Any:
    """The field's value; `KEEP` where the field stays as it is. Raises ValidationError."""
    if text:
        return cell.read(text)
    return cell.blank() if callable(cell.blank) else cell.blank


def text_of(cell: Cell, value: Any) -> Any:
    """What stands in the file for the field's value."""
    return "" if value is None else cell.write(value)
