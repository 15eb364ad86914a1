"""Believable people at a charger: they come, plug in, show a tag, charge, leave; now and then something goes wrong."""

import asyncio
import random
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from ocpp.v16.enums import ChargePointErrorCode, ChargePointStatus

from ocpp_gateway.simulator.charger import SimulatedCharger
from ocpp_gateway.simulator.connector import Car, Connector

DAY_S = 86_400
GLANCE_S = 30
"""How often a driver looks whether the car is still charging."""
PARKING_S = {"AC": (2_400, 21_600), "DC": (900, 3_600)}
REMOTE_START_PATIENCE_S = 300
CABLE_S = (4, 12)
"""How long a driver who is let in from afar takes to plug in."""
FAULTS = (
    (ChargePointErrorCode.ground_failure, "Residual current", "E103"),
    (ChargePointErrorCode.high_temperature, "Power module above 85 degrees", "E211"),
    (ChargePointErrorCode.connector_lock_failure, "Lock motor blocked", "E042"),
    (ChargePointErrorCode.ev_communication_error, "No answer on the control pilot", "E310"),
    (ChargePointErrorCode.power_meter_failure, "Meter does not answer", "E077"),
)


@dataclass(frozen=True)
class Habits:
    """How lively a place is: visits per connector and day, and how many of them have just begun at the start."""

    visits_per_day: float
    present_at_start: float


@dataclass(frozen=True)
class Mishaps:
    """How probable each deviation from the plain visit is."""

    unknown_tag: float = 0.06
    remote_start: float = 0.10
    unplugged_without_tag: float = 0.40
    fault: float = 0.03
    power_failure: float = 0.01
    network_failure: float = 0.03


ACTIVITIES = {"idle": Habits(0, 0), "quiet": Habits(5, 0.2), "busy": Habits(40, 0.6)}


class Driver:
    """All the drivers who come to one charger, holding one of `tags` each."""

    def __init__(
        self, charger: SimulatedCharger, tags: Sequence[str], habits: Habits, mishaps: Mishaps | None = None
    ) -> None:
        self._charger = charger
        self._tags = tags
        self._habits = habits
        self._mishaps = mishaps or Mishaps()
        self._chance = charger.chance
        self._visits: dict[int, asyncio.Task[None]] = {}

    def start(self) -> None:
        """Expect the first visits; a place without visitors costs nothing."""
        if not self._habits.visits_per_day:
            return
        self._charger.called = self._send_for_car
        for connector in self._charger.plugs:
            is_near = self._happens(self._habits.present_at_start)
            self._expect(connector, self._chance.uniform(5, 120) if is_near else self._gap_s())

    def stop(self) -> None:
        """Nobody comes any more, and who is there does nothing further."""
        for visit in self._visits.values():
            visit.cancel()
        for connector in self._charger.plugs:
            self._charger.cancel(_timer(connector))

    async def visit(self, connector: Connector) -> None:
        """One visit from arriving to leaving; none if the connector is not to be had."""
        if connector.status != ChargePointStatus.available or not self._charger.is_accepted:
            return
        await self._charger.plug_in(connector.number, a_car(self._chance))
        await self._charger.pause(self._chance.uniform(5, 40))
        tag = self._chance.choice(self._tags)
        await self._authorise(connector, tag)
        await self._park(connector)
        await self._leave(connector, tag)

    def _send_for_car(self, connector: Connector) -> None:
        """A remote start comes from somebody who stands there, cable in hand, instead of the next visitor."""
        delay_s = self._chance.uniform(*CABLE_S) / self._charger.speed
        self._charger.after(_timer(connector), delay_s, partial(self._plug_in_and_expect, connector))

    async def _plug_in_and_expect(self, connector: Connector) -> None:
        task = asyncio.current_task()
        if task:
            self._visits[connector.number] = task
        if connector.car is None:
            await self._charger.plug_in(connector.number, a_car(self._chance))
        await self._park(connector)
        await self._leave(connector, self._chance.choice(self._tags))
        del self._visits[connector.number]
        self._expect(connector, self._gap_s())

    def _expect(self, connector: Connector, delay_s: float) -> None:
        self._charger.after(
            _timer(connector), delay_s / self._charger.speed, partial(self._visit_and_expect, connector)
        )

    async def _visit_and_expect(self, connector: Connector) -> None:
        task = asyncio.current_task()
        if task:
            self._visits[connector.number] = task
        await self.visit(connector)
        del self._visits[connector.number]
        self._expect(connector, self._gap_s())

    async def _authorise(self, connector: Connector, tag: str) -> None:
        if self._happens(self._mishaps.remote_start):
            await self._wait_for_remote_start(connector)
        if self._happens(self._mishaps.unknown_tag):
            await self._charger.present_tag(connector.number, f"{self._chance.getrandbits(56):014X}")
            await self._charger.pause(15)
        if connector.transaction is None:
            await self._charger.present_tag(connector.number, tag)

    async def _wait_for_remote_start(self, connector: Connector) -> None:
        """A driver with an app instead of a tag; who loses patience takes the tag after all."""
        for _ in range(REMOTE_START_PATIENCE_S // GLANCE_S):
            if connector.transaction:
                return
            await self._charger.pause(GLANCE_S)

    async def _park(self, connector: Connector) -> None:
        """Stay as long as the driver meant to, or until the charging was ended from elsewhere."""
        stay_s = self._chance.uniform(*PARKING_S[connector.current])
        mishap_at_s = self._chance.uniform(0, stay_s)
        while stay_s > 0 and connector.transaction:
            if stay_s <= mishap_at_s:
                mishap_at_s = -1
                await self._meet_with_mishap(connector)
            await self._charger.pause(GLANCE_S)
            stay_s -= GLANCE_S

    async def _leave(self, connector: Connector, tag: str) -> None:
        if connector.transaction and not self._happens(self._mishaps.unplugged_without_tag):
            await self._charger.present_tag(connector.number, tag)
        await self._charger.unplug(connector.number)

    async def _meet_with_mishap(self, connector: Connector) -> None:
        if self._happens(self._mishaps.fault):
            await self._charger.fault(connector.number, *self._chance.choice(FAULTS))
            await self._charger.pause(self._chance.uniform(120, 1_800))
            await self._charger.clear_fault(connector.number)
        elif self._happens(self._mishaps.power_failure):
            await self._charger.power_cycle()
        elif self._happens(self._mishaps.network_failure):
            await self._charger.lose_network(self._chance.uniform(60, 900) / self._charger.speed)

    def _gap_s(self) -> float:
        return self._chance.expovariate(self._habits.visits_per_day / DAY_S)

    def _happens(self, probability: float) -> bool:
        return self._chance.random() < probability


def _timer(connector: Connector) -> str:
    return f"visit-{connector.number}"


def a_car(chance: random.Random) -> Car:
    """A car as they come: most with three phases, rather empty, wanting 80 % or more."""
    return Car(
        battery_wh=chance.choice((38_000, 52_000, 58_000, 77_000, 95_000)),
        state_of_charge=chance.uniform(0.08, 0.6),
        target=chance.choice((0.8, 0.8, 0.9, 1.0, 1.0)),
        phases=chance.choice((1, 2, 3, 3, 3)),
        max_ac_w=chance.choice((7_400, 11_000, 11_000, 22_000)),
        max_dc_w=chance.choice((50_000, 100_000, 135_000, 170_000, 250_000)),
    )
