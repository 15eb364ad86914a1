"""What a charger sampled, and what it means: from OCPP's sampled values to Wh, W, A, V and % (OCPP 1.6 §7.31–7.43).

Every sample is kept as it came (`samples_json`); the typed values are for sums and pictures only. Nothing is refused:
what cannot be understood is kept and not reckoned with.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from typing import NamedTuple

import orjson

from common.text import fit, without_nul

ENERGY = "Energy.Active.Import.Register"
POWER = "Power.Active.Import"
CURRENT = "Current.Import"
VOLTAGE = "Voltage"
SOC = "SoC"
BEGIN = "Transaction.Begin"
PERIODIC = "Sample.Periodic"

_THOUSANDS = {"KWH", "KW"}
_OUTLET = {"", "Outlet"}
_ROOT_OF_3 = Decimal(3).sqrt()
_TOLERANCE = Decimal("0.1")


class _Column(NamedTuple):
    """What a column of MeterValue can hold: numbers nearer to 0 than `end`, to so many places."""

    end: Decimal
    places: int


_ENERGY_WH, _POWER_W = _Column(Decimal(10**15), 3), _Column(Decimal(10**11), 1)
_CURRENT_A, _VOLTAGE_V, _PERCENT = _Column(Decimal(10**8), 2), _Column(Decimal(10**8), 2), _Column(Decimal(10**3), 2)


class Sample(NamedTuple):
    """One sampledValue. `value` is the number in `raw`, None where there is none (signed data is never a number);
    an empty text is what the charger left out and means OCPP's default."""

    measurand: str = ""
    value: Decimal | None = None
    raw: str = ""
    unit: str = ""
    phase: str = ""
    context: str = ""
    location: str = ""
    format: str = ""


class Values(NamedTuple):
    """The typed values of a reading. `begin_wh` is the register at Transaction.Begin, which is no live value."""

    context: str
    energy_wh: Decimal | None
    power_w: Decimal | None
    current_a: Decimal | None
    voltage_v: Decimal | None
    soc_percent: Decimal | None
    begin_wh: Decimal | None

    @property
    def is_begin(self) -> bool:
        return self.context == BEGIN


@dataclass(frozen=True)
class Reading:
    """One MeterValue: what was sampled at one moment."""

    sampled_at: datetime
    samples: Sequence[Sample]

    @cached_property
    def values(self) -> Values:
        return values_of(self)


class MeterRow(NamedTuple):
    """One row of MeterValue: where it belongs, and the reading."""

    organisation_id: int
    station_id: int
    port_number: int
    session_id: int | None
    received_at: datetime
    reading: Reading


def values_of(reading: Reading) -> Values:
    """The typed values: of the samples that are not Transaction.Begin where both stand in one reading (M10)."""
    numbers = [sample for sample in reading.samples if _is_number(sample)]
    begin = [sample for sample in numbers if sample.context == BEGIN]
    live = ([sample for sample in numbers if sample.context != BEGIN] or begin) if begin else numbers
    found = _measured(live)
    return Values(
        context=fit(next((sample.context for sample in live or reading.samples if sample.context), PERIODIC), 30),
        energy_wh=_fitting(_energy(found), _ENERGY_WH),
        power_w=_fitting(_power(found), _POWER_W),
        current_a=_fitting(_current(found), _CURRENT_A),
        voltage_v=_fitting(_voltage(found), _VOLTAGE_V),
        soc_percent=_soc(live),
        begin_wh=_fitting(_energy(_measured(begin)), _ENERGY_WH) if begin else None,
    )


def samples_json(reading: Reading) -> str:
    """The samples as they came, without what was left out, as JSON."""
    kept = [_as_sent(sample) for sample in reading.samples if sample.raw.strip()]
    text = orjson.dumps(kept).decode()
    return orjson.dumps(without_nul(kept)).decode() if "\\u0000" in text else text


def _as_sent(sample: Sample) -> dict[str, str]:
    parts = {
        "value": sample.raw,
        "measurand": sample.measurand,
        "unit": sample.unit,
        "phase": sample.phase,
        "context": sample.context,
        "location": sample.location,
        "format": sample.format,
    }
    return {name: text for name, text in parts.items() if text}


def _is_number(sample: Sample) -> bool:
    return sample.value is not None and sample.value.is_finite() and sample.format != "SignedData"


class _Phased(NamedTuple):
    """The values of one measurand: without a phase, of single phases (to neutral), and between phases."""

    total: Decimal | None
    phases: dict[str, Decimal]
    between: list[Decimal]


Measured = dict[str, _Phased]

_NOTHING = _Phased(None, {}, [])


def _measured(samples: Iterable[Sample]) -> Measured:
    found: dict[str, list[Sample]] = {}
    for sample in samples:
        found.setdefault(sample.measurand or ENERGY, []).append(sample)
    return {measurand: _phased(of_one) for measurand, of_one in found.items()}


def _phased(samples: Sequence[Sample]) -> _Phased:
    total, phases, between = None, {}, []
    for sample in _at_outlet(samples):
        value = _in_base_unit(sample)
        if sample.phase in ("", "N"):
            total = value
        elif sample.phase.count("L") == 2:
            between.append(value)
        else:
            phases[sample.phase[:2]] = value
    return _Phased(total, phases, between)


def _at_outlet(samples: Sequence[Sample]) -> Sequence[Sample]:
    """The samples at the outlet, which is where the car is, or all where there are none."""
    return [sample for sample in samples if sample.location in _OUTLET] or samples


def _in_base_unit(sample: Sample) -> Decimal:
    """In Wh, W, A, V, %: without a unit it is the base unit (OCPP 1.6 §7.43), and a strange one is not believed."""
    value = sample.value or Decimal(0)
    return value * 1000 if sample.unit.upper() in _THOUSANDS else value


def _energy(measured: Measured) -> Decimal | None:
    """The register of all phases; where only phases came, their sum, and a single one is the total (M09)."""
    found = measured.get(ENERGY, _NOTHING)
    return found.total if found.total is not None or not found.phases else sum(found.phases.values(), Decimal(0))


def _power(measured: Measured) -> Decimal | None:
    """The total; the phases' sum where there is no total or it is off by more than a tenth (M09)."""
    found = measured.get(POWER, _NOTHING)
    if found.total is not None and len(found.phases) < 2:
        return found.total
    phases = sum(found.phases.values(), Decimal(0)) if found.phases else _power_of_currents(measured)
    if found.total is None or (phases and _is_off(found.total, phases)):
        return phases
    return found.total


def _is_off(total: Decimal, phases: Decimal) -> bool:
    return abs(total - phases) > _TOLERANCE * abs(phases)


def _power_of_currents(measured: Measured) -> Decimal | None:
    """Volts times amperes of each phase that has both (chargers without any power, Q93)."""
    currents, voltages = measured.get(CURRENT, _NOTHING).phases, measured.get(VOLTAGE, _NOTHING).phases
    if not currents or currents.keys() - voltages.keys():
        return None
    return sum((current * voltages[phase] for phase, current in currents.items()), Decimal(0))


def _current(measured: Measured) -> Decimal | None:
    """The strongest phase: currents of phases are never added."""
    found = measured.get(CURRENT, _NOTHING)
    return max(found.phases.values()) if found.phases else found.total


def _voltage(measured: Measured) -> Decimal | None:
    """Phase to neutral, the mean of the phases: voltages are never added; between two phases it is √3 times that."""
    found = measured.get(VOLTAGE, _NOTHING)
    if found.phases:
        return _mean(found.phases.values())
    if found.total is not None or not found.between:
        return found.total
    return _mean(found.between) / _ROOT_OF_3


def _mean(values: Iterable[Decimal]) -> Decimal:
    found = list(values)
    return sum(found, Decimal(0)) / len(found)


def _soc(samples: Iterable[Sample]) -> Decimal | None:
    found = next((sample.value for sample in samples if sample.measurand == SOC), None)
    return _fitting(found, _PERCENT) if found is not None and 0 <= found <= 100 else None


def _fitting(value: Decimal | None, column: _Column) -> Decimal | None:
    """The value where the column can hold it; an absurd one is left to `samples`."""
    return round(value, column.places) if value is not None and -column.end < value < column.end else None
