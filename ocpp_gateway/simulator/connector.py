"""One connector and the car on it: what state it is in, how much it delivers, what its meter shows.

No clock and no network: `advance` is told how many seconds passed. The status is always derived from the facts
(a fault, a car, a transaction …) and never stored, so that it cannot contradict them (OCPP 1.6 §4.9).
"""

import random
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise
from typing import Any

from ocpp.v16.enums import ChargePointErrorCode, ChargePointStatus, Measurand

PHASE_VOLTAGE_V = 230.0
MINIMUM_CURRENT_A = 6.0
"""Below this a car does not charge (IEC 61851-1)."""
RAMP_S = {"AC": 20.0, "DC": 60.0}
STEP_S = 10.0
CHARGING_EFFICIENCY = 0.92
UNLIMITED_W = float("inf")
AC_CURVE = ((0.0, 1.0), (0.97, 1.0), (1.0, 0.25))
DC_CURVE = ((0.0, 0.85), (0.1, 1.0), (0.5, 1.0), (0.8, 0.4), (1.0, 0.08))
"""The share of its greatest power that a car takes, by its state of charge."""

Sample = dict[str, str]


@dataclass
class Car:
    """An electric car: state of charge 0…1, what its on-board charger and its battery can take."""

    battery_wh: float = 60_000
    state_of_charge: float = 0.35
    target: float = 1.0
    phases: int = 3
    max_ac_w: float = 11_000
    max_dc_w: float = 130_000

    @property
    def is_full(self) -> bool:
        return self.state_of_charge >= self.target

    def wanted_w(self, current: str) -> float:
        """The power the car asks for now. DC falls with the state of charge, AC only at the very end."""
        if self.is_full:
            return 0.0
        if current == "AC":
            return self.max_ac_w * _between(self.state_of_charge, *AC_CURVE)
        return self.max_dc_w * _between(self.state_of_charge, *DC_CURVE)

    def take(self, energy_wh: float) -> None:
        self.state_of_charge = min(1.0, self.state_of_charge + energy_wh * CHARGING_EFFICIENCY / self.battery_wh)


@dataclass
class Transaction:
    """A running charging transaction. `transaction_id` is None until the central system has given one."""

    id_tag: str
    meter_start_wh: int
    started: datetime
    reservation_id: int | None = None
    transaction_id: int | None = None
    parent_id_tag: str | None = None
    is_refused: bool = False
    begin_samples: list[Sample] = field(default_factory=list)


@dataclass
class Reservation:
    reservation_id: int
    id_tag: str
    parent_id_tag: str | None
    expires: datetime


@dataclass
class Fault:
    error_code: ChargePointErrorCode
    info: str | None = None
    vendor_error_code: str | None = None


@dataclass
class Authorisation:
    """A tag that was accepted and waits for its car. `profile` came with a remote start."""

    id_tag: str
    parent_id_tag: str | None = None
    profile: dict[str, Any] | None = None


class Connector:
    """A connector; number 0 stands for the station itself and never holds a car."""

    def __init__(self, number: int, current: str, max_power_w: float, meter_wh: float, chance: random.Random) -> None:
        self.number = number
        self.current = current
        self.max_power_w = max_power_w
        self.phases = 1 if max_power_w <= 7_400 else 3
        self.meter_wh = meter_wh
        self.temperature_c = 24.0
        self.power_w = 0.0
        self.limit_w = UNLIMITED_W
        self.is_operative = True
        self.becomes_operative: bool | None = None
        self.is_lock_jammed = False
        self.car: Car | None = None
        self.authorisation: Authorisation | None = None
        self.transaction: Transaction | None = None
        self.reservation: Reservation | None = None
        self.fault: Fault | None = None
        self._is_finishing = False
        self._charging_s = 0.0
        self._chance = chance

    @property
    def status(self) -> ChargePointStatus:
        if self.fault:
            return ChargePointStatus.faulted
        if self.transaction:
            return self._status_in_transaction()
        if not self.is_operative:
            return ChargePointStatus.unavailable
        if self._is_finishing:
            return ChargePointStatus.finishing
        if self.car or self.authorisation:
            return ChargePointStatus.preparing
        return ChargePointStatus.reserved if self.reservation else ChargePointStatus.available

    @property
    def is_free(self) -> bool:
        """Whether a transaction may begin here."""
        return self.is_operative and self.fault is None and self.transaction is None

    @property
    def minimum_w(self) -> float:
        return MINIMUM_CURRENT_A * PHASE_VOLTAGE_V * self.phases_in_use if self.current == "AC" else 1_000.0

    @property
    def phases_in_use(self) -> int:
        return min(self.phases, self.car.phases) if self.car else self.phases

    def change_availability(self, operative: bool) -> bool:
        """Switch on or off; False when that has to wait for the end of the transaction (OCPP 1.6 §5.2)."""
        if self.transaction and operative != self.is_operative:
            self.becomes_operative = operative
            return False
        self.is_operative, self.becomes_operative = operative, None
        return True

    def plug(self, car: Car) -> None:
        if self.car:
            raise ValueError(f"Connector {self.number} already has a car.")
        self.car = car

    def unplug(self) -> None:
        self.car = None
        self._is_finishing = False
        self.power_w = 0.0

    def begin(self, transaction: Transaction) -> None:
        self.transaction = transaction
        self.authorisation = None
        self._is_finishing = False
        self._charging_s = 0.0

    def end(self) -> None:
        """The transaction is over; the car may stay."""
        self.transaction = None
        self._is_finishing = self.car is not None
        self.power_w = 0.0
        if self.becomes_operative is not None:
            self.is_operative, self.becomes_operative = self.becomes_operative, None

    def advance(self, seconds: float) -> None:
        """Let time pass: the car charges, the meter counts. Long stretches are taken in small steps."""
        while seconds > 0 and self.car and self._is_delivering():
            step_s = min(seconds, STEP_S)
            self._deliver(self.car, step_s)
            seconds -= step_s
        if not self._is_delivering():
            self.power_w = 0.0

    def samples(self, measurands: list[str], context: str) -> list[Sample]:
        """The meter's values now, in the form of OCPP's SampledValue."""
        values = [sample for measurand in measurands for sample in self._measure(measurand)]
        return [{**sample, "context": context} for sample in values]

    def _status_in_transaction(self) -> ChargePointStatus:
        if self.car is None or self.car.is_full:
            return ChargePointStatus.suspended_ev
        return ChargePointStatus.charging if self._is_delivering() else ChargePointStatus.suspended_evse

    def _is_delivering(self) -> bool:
        if self.transaction is None or self.transaction.is_refused or self.fault:
            return False
        return self.car is not None and not self.car.is_full and self.limit_w >= self.minimum_w

    def _deliver(self, car: Car, step_s: float) -> None:
        self._charging_s += step_s
        ramp = min(1.0, self._charging_s / RAMP_S[self.current])
        ceiling_w = min(car.wanted_w(self.current), self._hardware_w(), self.limit_w)
        self.power_w = ceiling_w * ramp * self._chance.uniform(0.985, 1.0)
        energy_wh = self.power_w * step_s / 3600
        self.meter_wh += energy_wh
        car.take(energy_wh)

    def _hardware_w(self) -> float:
        return self.max_power_w * self.phases_in_use / self.phases if self.current == "AC" else self.max_power_w

    def _measure(self, measurand: str) -> list[Sample]:
        match measurand:
            case Measurand.energy_active_import_register:
                return [_sample(measurand, f"{int(self.meter_wh)}", "Wh")]
            case Measurand.power_active_import:
                return [_sample(measurand, f"{self.power_w:.0f}", "W")]
            case Measurand.power_offered:
                return [_sample(measurand, f"{min(self._hardware_w(), self.limit_w):.0f}", "W")]
            case Measurand.current_import | Measurand.voltage:
                return self._electrical(measurand)
            case Measurand.current_offered:
                return [_sample(measurand, f"{self._amperes(min(self._hardware_w(), self.limit_w)):.1f}", "A")]
            case Measurand.frequency:
                return [_sample(measurand, f"{self._chance.uniform(49.97, 50.03):.2f}")]
            case Measurand.temperature:
                return [_sample(measurand, f"{self.temperature_c + self.power_w / 10_000:.1f}", "Celsius")]
            case Measurand.soc if self.car and self.current == "DC":
                return [_sample(measurand, f"{self.car.state_of_charge * 100:.0f}", "Percent")]
            case _:
                return []

    def _electrical(self, measurand: str) -> list[Sample]:
        is_voltage = measurand == Measurand.voltage
        amperes = f"{self._amperes(self.power_w):.1f}"
        if self.current == "DC":
            volts = f"{self._dc_voltage_v():.0f}"
            return [_sample(measurand, volts, "V") if is_voltage else _sample(measurand, amperes, "A")]
        lines = range(1, self.phases_in_use + 1)
        if is_voltage:
            return [_sample(measurand, f"{self._chance.uniform(228, 233):.1f}", "V", f"L{line}-N") for line in lines]
        return [_sample(measurand, amperes, "A", f"L{line}") for line in lines]

    def _amperes(self, power_w: float) -> float:
        """The current per phase (AC) or in total (DC) at a power."""
        return power_w / (self._dc_voltage_v() if self.current == "DC" else PHASE_VOLTAGE_V * self.phases_in_use)

    def _dc_voltage_v(self) -> float:
        return 350.0 + 60.0 * (self.car.state_of_charge if self.car else 0.0)


def _sample(measurand: str, value: str, unit: str | None = None, phase: str | None = None) -> Sample:
    sample = {"value": value, "measurand": str(measurand), "location": "Outlet"}
    return sample | ({"unit": unit} if unit else {}) | ({"phase": phase} if phase else {})


def _between(x: float, *points: tuple[float, float]) -> float:
    """The value at `x` of the line through the points, which are sorted by x."""
    for (x0, y0), (x1, y1) in pairwise(points):
        if x <= x1:
            return y0 + (y1 - y0) * (x - x0) / (x1 - x0)
    return points[-1][1]
