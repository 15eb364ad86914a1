"""Many simulated chargers in one process, each with its drivers."""

import asyncio
import random
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass

from ocpp_gateway.simulator.charger import SimulatedCharger
from ocpp_gateway.simulator.driver import ACTIVITIES, Driver

CONNECTIONS_PER_SECOND = 100
HANDSHAKES_AT_A_TIME = 50
FRAMES_KEPT = 20_000
FAREWELL_S = 10
LONGEST_TAG = 20


@dataclass(frozen=True)
class Station:
    """What is to be simulated: one charger with equal connectors, "AC" or "DC", of `max_power_w` each."""

    identity: str
    password: str | None = None
    connectors: int = 1
    current: str = "AC"
    max_power_w: float = 22_000


@dataclass(frozen=True)
class Counts:
    """A look at the fleet: chargers, frames since the start."""

    stations: int
    connected: int
    accepted: int
    charging: int
    sent: int
    received: int


KINDS = (
    (1, "AC", 11_000),
    (2, "AC", 22_000),
    (1, "AC", 22_000),
    (2, "AC", 22_000),
    (1, "DC", 50_000),
    (2, "DC", 150_000),
)


def numbered_stations(prefix: str, count: int) -> list[Station]:
    """`prefix` with a number of five digits, in a mixture of kinds."""
    kinds = [KINDS[index % len(KINDS)] for index in range(count)]
    return [Station(f"{prefix}{number:05}", None, *kind) for number, kind in enumerate(kinds, start=1)]


def read_stations(lines: Iterable[str]) -> list[Station]:
    """Read `identity[,password[,connectors[,AC|DC[,max_power_w]]]]`, one per line; `#` begins a comment line.

    Raises ValueError that names the line, also for an identity that was there before.
    """
    stations: dict[str, Station] = {}
    for number, line in enumerate(lines, start=1):
        if line.strip() and not line.startswith("#"):
            try:
                station = _station(*(part.strip() for part in line.split(",")))
            except (TypeError, ValueError) as error:
                raise ValueError(
                    f"Line {number}: expected identity[,password[,connectors[,AC|DC[,max_power_w]]]] ({error})."
                ) from error
            if station.identity in stations:
                raise ValueError(f"Line {number}: {station.identity} is there twice.")
            stations[station.identity] = station
    return list(stations.values())


def read_tags(items: Iterable[str]) -> list[str]:
    """Tags without blanks and empty ones. Raises ValueError for one that OCPP 1.6 cannot carry."""
    tags = [item.strip() for item in items if item.strip()]
    for tag in tags:
        if len(tag) > LONGEST_TAG:
            raise ValueError(f"The tag {tag!r} is longer than {LONGEST_TAG} characters.")
    return tags


def invented_tags(count: int = 20) -> list[str]:
    """Always the same ones: seven-byte card numbers in hexadecimal."""
    chance = random.Random("tags")
    return [f"04{chance.getrandbits(48):012X}" for _ in range(count)]


class Fleet:
    """Chargers that connect, charge and come back by themselves from `start` to `stop`."""

    def __init__(
        self,
        stations: Sequence[Station],
        url: str,
        tags: Sequence[str],
        *,
        activity: str = "quiet",
        speed: float = 1.0,
        seed: int | None = None,
    ) -> None:
        gate = asyncio.Semaphore(HANDSHAKES_AT_A_TIME)
        history = max(2, min(100, FRAMES_KEPT // max(1, len(stations))))
        self.chargers = [
            SimulatedCharger(
                station.identity,
                url,
                station.password,
                connectors=station.connectors,
                current=station.current,
                max_power_w=station.max_power_w,
                speed=speed,
                seed=seed,
                history=history,
                validates=False,
                gate=gate,
            )
            for station in stations
        ]
        self._drivers = [Driver(charger, tags, ACTIVITIES[activity]) for charger in self.chargers]

    def start(self) -> None:
        """Let the chargers connect one after the other, so that the central system is not stormed."""
        for index, charger in enumerate(self.chargers):
            charger.stay_connected(delay_s=index / CONNECTIONS_PER_SECOND)
        for driver in self._drivers:
            driver.start()

    async def stop(self) -> None:
        """End the running sessions, as far as the central system still listens, and close all connections."""
        for driver in self._drivers:
            driver.stop()
        with suppress(TimeoutError):
            async with asyncio.timeout(FAREWELL_S):
                await asyncio.gather(*(charger.wind_down() for charger in self.chargers))
        await asyncio.gather(*(charger.shut_down() for charger in self.chargers))

    def counts(self) -> Counts:
        chargers = self.chargers
        return Counts(
            stations=len(chargers),
            connected=sum(charger.is_connected for charger in chargers),
            accepted=sum(charger.is_accepted for charger in chargers),
            charging=sum(1 for charger in chargers for plug in charger.plugs if plug.transaction),
            sent=sum(charger.traffic["sent"] for charger in chargers),
            received=sum(charger.traffic["received"] for charger in chargers),
        )


def _station(
    identity: str, password: str = "", connectors: str = "1", current: str = "AC", max_power_w: str = "22000"
) -> Station:
    if not identity:
        raise ValueError("the identity is missing")
    if current.upper() not in ("AC", "DC"):
        raise ValueError(f"{current!r} is neither AC nor DC")
    if not 1 <= int(connectors) <= 20 or not 0 < float(max_power_w) <= 1_000_000:
        raise ValueError("1 to 20 connectors, up to 1000000 W")
    return Station(identity, password or None, int(connectors), current.upper(), float(max_power_w))
