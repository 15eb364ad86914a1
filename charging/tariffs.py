"""What a session costs: pure arithmetic over prices and readings, without the database.

Prices include VAT. Every line of the breakdown is rounded half up to the currency's cents, and the total is the sum of
its lines, so that a reader can add them up; the VAT in it is what the total holds more than the total without it.

The energy between two readings is taken to flow evenly, so that what lies on both sides of the beginning of another
price is divided by time. Minutes count from start to end, by the second. The blocking fee counts beside them, from
`blocking_after_min` after the last energy flowed until the end; where no readings tell when that was, there is none.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from itertools import pairwise
from zoneinfo import ZoneInfo

from stations.schedules import moment

ZERO = Decimal(0)
_CENT = Decimal("0.01")
# (time, energy since the start in Wh), in order.
Reading = tuple[datetime, Decimal]


@dataclass(frozen=True)
class Band:
    """Other prices on some weekdays (Monday is 1) between two times of the station's clock; the end may be 24:00."""

    weekdays: frozenset[int]
    begin: str
    end: str
    kwh: Decimal
    minute: Decimal


@dataclass(frozen=True)
class Prices:
    kwh: Decimal = ZERO
    minute: Decimal = ZERO
    start_fee: Decimal = ZERO
    blocking_minute: Decimal = ZERO
    blocking_after_min: int = 0
    vat_percent: Decimal = ZERO
    bands: Sequence[Band] = field(default_factory=tuple)

    @property
    def needs_readings(self) -> bool:
        return bool(self.bands or self.blocking_minute)


@dataclass(frozen=True)
class Use:
    """What is to be paid for. Without `readings` the energy flowed evenly from start to end."""

    start: datetime
    end: datetime
    energy_wh: int
    zone: str
    readings: Sequence[Reading] = ()


@dataclass(frozen=True)
class Line:
    """`kind` is energy, time, start or blocking; `quantity` in kWh or minutes."""

    kind: str
    quantity: Decimal
    price: Decimal
    amount: Decimal


@dataclass(frozen=True)
class Cost:
    lines: tuple[Line, ...]
    vat_percent: Decimal

    @property
    def total(self) -> Decimal:
        return sum((line.amount for line in self.lines), ZERO).quantize(_CENT)

    @property
    def vat(self) -> Decimal:
        net = self.total / (1 + self.vat_percent / 100)
        return self.total - net.quantize(_CENT, ROUND_HALF_UP)


def cost_of(use: Use, prices: Prices) -> Cost:
    """The cost with its breakdown; lines of nothing are left out."""
    energy: dict[Decimal, Decimal] = defaultdict(Decimal)
    minutes: dict[Decimal, Decimal] = defaultdict(Decimal)
    curve = _curve(use)
    for begin, end, kwh_price, minute_price in _spans(use, prices):
        energy[kwh_price] += (_energy_at(curve, end) - _energy_at(curve, begin)) / 1000
        minutes[minute_price] += _minutes(end - begin)
    found = [_line("start", Decimal(1), prices.start_fee)]
    found += [_line("energy", quantity, price) for price, quantity in energy.items()]
    found += [_line("time", quantity, price) for price, quantity in minutes.items()]
    found.append(_line("blocking", _blocked_min(use, prices), prices.blocking_minute))
    return Cost(tuple(line for line in found if line.quantity and line.price), prices.vat_percent)


def _line(kind: str, quantity: Decimal, price: Decimal) -> Line:
    """Quantities are shown to a tenth of a Wh and to a hundredth of a minute; the amount comes from the exact one."""
    amount = (quantity * price).quantize(_CENT, ROUND_HALF_UP)
    return Line(kind, quantity.quantize(Decimal("0.0001"), ROUND_HALF_UP), price, amount)


def _minutes(passed: timedelta) -> Decimal:
    return max(Decimal(round(passed.total_seconds())), ZERO) / 60


def _blocked_min(use: Use, prices: Prices) -> Decimal:
    reached = next((at for at, energy_wh in use.readings if energy_wh >= use.energy_wh), None)
    if reached is None or not prices.blocking_minute:
        return ZERO
    return _minutes(use.end - max(reached, use.start) - timedelta(minutes=prices.blocking_after_min))


# --- Energy over time ---------------------------------------------------------------------------------------------
def _curve(use: Use) -> list[Reading]:
    """From nothing at the start to all at the end, never falling, through the readings between."""
    points, last = [(use.start, ZERO)], ZERO
    for at, energy_wh in use.readings:
        if use.start < at < use.end:
            last = min(max(last, energy_wh), Decimal(use.energy_wh))
            points.append((at, last))
    return [*points, (use.end, Decimal(use.energy_wh))]


def _energy_at(curve: Sequence[Reading], at: datetime) -> Decimal:
    if at >= curve[-1][0]:
        return curve[-1][1]
    for (begin, before), (end, after) in pairwise(curve):
        if begin <= at < end:
            share = Decimal((at - begin).total_seconds()) / Decimal((end - begin).total_seconds())
            return before + (after - before) * share
    return ZERO


# --- Prices over time ---------------------------------------------------------------------------------------------
def _spans(use: Use, prices: Prices) -> Iterator[tuple[datetime, datetime, Decimal, Decimal]]:
    """The parts of the session that have one price each, with the prices of a kWh and of a minute."""
    edges = sorted({use.start, use.end, *(edge for edge in _edges(use, prices) if use.start < edge < use.end)})
    if len(edges) == 1:
        edges *= 2
    for begin, end in pairwise(edges):
        band = _band_at(begin, use.zone, prices.bands)
        yield begin, end, band.kwh if band else prices.kwh, band.minute if band else prices.minute


def _edges(use: Use, prices: Prices) -> Iterator[datetime]:
    if not prices.bands:
        return
    zone = ZoneInfo(use.zone)
    day, last = use.start.astimezone(zone).date(), use.end.astimezone(zone).date()
    while day <= last:
        for band in prices.bands:
            yield moment(day, band.begin, zone)
            yield moment(day, band.end, zone)
        # A clock that is put back shows an hour twice: prices are asked anew at every full hour.
        for hour in range(24):
            yield datetime(day.year, day.month, day.day, hour, tzinfo=zone).astimezone(UTC)
            yield datetime(day.year, day.month, day.day, hour, tzinfo=zone, fold=1).astimezone(UTC)
        day += timedelta(days=1)


def _band_at(at: datetime, zone: str, bands: Sequence[Band]) -> Band | None:
    there = at.astimezone(ZoneInfo(zone))
    clock = f"{there:%H:%M}"
    return next((b for b in bands if there.isoweekday() in b.weekdays and b.begin <= clock < b.end), None)
