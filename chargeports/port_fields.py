"""What a station's configuration tells of its charge ports. Which key tells what is data: `port_fields.json` beside
this file for the standard's keys and those of common manufacturers, and the organisation's own descriptions of keys.
"""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal, InvalidOperation
from functools import cache
from pathlib import Path
from typing import Any

from chargeports.choices import AuthenticationType, CalibrationLaw, PortField, Reading
from chargeports.models import ConfigurationKey, ConfigurationValue
from common.rights import Text

# What stands for the number of the charge port in the name of a key.
PORT = "{port}"
_NUMBERS = (PortField.MAX_POWER_W, PortField.MAX_VOLTAGE_V, PortField.MAX_CURRENT_A, PortField.PHASES)
_TRUE, _FALSE = ("true", "1", "on", "yes", "enabled"), ("false", "0", "off", "no", "disabled")
# `2.RST` is connector 2; one letter that is no placeholder is one phase (OCPP 1.6 §9.1.7).
_ROTATION = re.compile(r"(?:(?P<connector>[0-9]+)\.)?(?P<phases>[RSTx]{1,3}|NotApplicable|Unknown)", re.IGNORECASE)


@dataclass(frozen=True)
class Rule:
    """One key, and what it tells of ports; without a manufacturer it holds for every one. Manufacturers are named by
    the beginning of what their chargers say: some add the form of their company.
    """

    key: str
    tells: str
    reading: str = Reading.AS_IT_STANDS
    factor: Decimal = Decimal(1)
    vendor: str = ""
    words: Mapping[str, str] = field(default_factory=dict)

    @property
    def label(self) -> Text:
        return PortField(self.tells).label


@dataclass(frozen=True)
class Told:
    """A value that the station reports of a port, and the key that says so."""

    value: Any
    key: str
    changed_at: datetime


@cache
def known_rules() -> tuple[Rule, ...]:
    text = Path(__file__).with_suffix(".json").read_text(encoding="utf-8")
    return tuple(Rule(**entry) for entry in json.loads(text))


def rules_for(vendor: str, described: Iterable[ConfigurationKey]) -> list[Rule]:
    """The rules for stations of a manufacturer; the organisation's own come first, for the first that fits counts."""
    own = [
        Rule(one.key, one.port_field, one.reading, one.factor, one.vendor, words_of(one.words))
        for one in described
        if one.port_field
    ]
    known = [rule for rule in known_rules() if vendor.casefold().startswith(rule.vendor.casefold())]
    return own + known


def words_of(text: str) -> dict[str, str]:
    """`theirs = ours`, one per line, by theirs in lower case."""
    pairs = (line.partition("=") for line in text.splitlines() if "=" in line)
    return {theirs.strip().casefold(): ours.strip() for theirs, _mark, ours in pairs}


def told_of_ports(
    rules: Iterable[Rule], values: Iterable[ConfigurationValue], numbers: Iterable[int]
) -> dict[int, dict[str, Told]]:
    """What the values say of each of the ports, by the port's number and the field. A value that cannot be read, and
    one that is no such thing, tells nothing."""
    told: dict[int, dict[str, Told]] = {number: {} for number in numbers}
    reported = [value for value in values if value.value]
    for rule in rules:
        pattern = _pattern(rule.key)
        for value in reported:
            if match := pattern.fullmatch(value.key):
                _tell(told, rule, value, match.groupdict().get("port"))
    return told


def setting_for(
    rules: Iterable[Rule], values: Iterable[ConfigurationValue], tells: str, number: int, wanted: float
) -> tuple[str, str] | None:
    """The setting of the station that can be written and tells this of the port, and the value that says `wanted`:
    manufacturers count in tenths or thousandths (Q53). None where the station has none."""
    writable = [value for value in values if not value.readonly and value.value is not None]
    for rule in rules:
        if rule.tells != tells or rule.reading not in (Reading.NUMBER, Reading.AS_IT_STANDS):
            continue
        for value in writable:
            match = _pattern(rule.key).fullmatch(value.key)
            if match and match.groupdict().get("port") in (None, str(number)):
                return value.key, str(int(Decimal(str(wanted)) / Decimal(rule.factor)))
    return None


@cache
def _pattern(key: str) -> re.Pattern[str]:
    return re.compile(re.escape(key).replace(re.escape(PORT), "(?P<port>[0-9]{1,2})", 1), re.IGNORECASE)


def _tell(told: dict[int, dict[str, Told]], rule: Rule, value: ConfigurationValue, named: str | None) -> None:
    for number in told if named is None else {int(named)} & told.keys():
        said = _read(rule, str(value.value), number)
        if said is not None:
            told[number].setdefault(rule.tells, Told(said, value.key, value.changed_at))


def _read(rule: Rule, text: str, number: int) -> Any:
    """The value as the field keeps it; None where it says nothing."""
    said = _as_read(rule, text.strip(), number)
    if rule.tells in _NUMBERS:
        return int(said) if isinstance(said, int | Decimal) and not isinstance(said, bool) and said > 0 else None
    if rule.tells == PortField.AUTHENTICATION_REQUIRED:
        return said if isinstance(said, bool) else _truth(str(said))
    if rule.tells == PortField.AUTHENTICATION_TYPES:
        return [part for part in str(said or "").split(",") if part in AuthenticationType.values] or None
    if rule.tells == PortField.CALIBRATION_LAW:
        return said if said in CalibrationLaw.values else None
    return said


def _as_read(rule: Rule, text: str, number: int) -> Any:
    if rule.reading == Reading.NUMBER:
        return _number(text, rule.factor)
    if rule.reading in (Reading.YES_NO, Reading.NO_YES):
        truth = _truth(text)
        return truth if truth is None or rule.reading == Reading.YES_NO else not truth
    if rule.reading == Reading.PHASE_ROTATION:
        return _phases(text, number)
    if rule.reading == Reading.WORDS:
        return ",".join(filter(None, (rule.words.get(part.strip().casefold()) for part in text.split(","))))
    return _number(text, rule.factor) if rule.tells in _NUMBERS else text


def _number(text: str, factor: Decimal) -> Decimal | None:
    try:
        number = Decimal(text) * Decimal(factor)
    except InvalidOperation:
        return None
    return number if number.is_finite() and number < 10**9 else None


def _truth(text: str) -> bool | None:
    if text.casefold() in _TRUE:
        return True
    return False if text.casefold() in _FALSE else None


def _phases(text: str, number: int) -> int | None:
    """How many phases are wired to the connector; `NotApplicable` stands for one phase or direct current alike."""
    entries = [match for part in text.split(",") if (match := _ROTATION.fullmatch(part.strip()))]
    mine = next((entry for entry in entries if entry["connector"] in (None, str(number))), None)
    if mine is None or mine["phases"].casefold() in ("notapplicable", "unknown"):
        return None
    return sum(letter in "RST" for letter in mine["phases"].upper()) or None
