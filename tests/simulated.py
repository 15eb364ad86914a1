"""A simulated charger in an event loop of its own, driven step by step from tests that are not asynchronous."""

import asyncio
import threading
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from typing import Any

from ocpp_gateway.simulator.charger import SimulatedCharger

PATIENCE_S = 30
SPEED = 600.0
WATCHED = 30.0
"""The speed for who watches it in a browser: a slow machine must not fill whole pages of the log meanwhile."""


class Driven:
    """`charger` lives in a thread; `do` waits for one step of it, e.g. `do(charger.plug_in(1))`."""

    def __init__(self, identity: str, url: str, password: str | None, speed: float) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self.charger = self.do(_made(identity, url, password, speed))

    def do(self, work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(PATIENCE_S)

    def stay_connected(self) -> None:
        """Let it come back by itself from now on."""
        self.do(_staying_connected(self.charger))

    def stop(self) -> None:
        self.do(self.charger.shut_down())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(PATIENCE_S)
        self._loop.close()


@contextmanager
def simulated(identity: str, url: str, password: str | None = None, *, speed: float = SPEED) -> Iterator[Driven]:
    """A charger with two connectors that is not connected yet; `url` lacks the identity."""
    made = Driven(identity, url, password, speed)
    try:
        yield made
    finally:
        made.stop()


async def _made(identity: str, url: str, password: str | None, speed: float) -> SimulatedCharger:
    return SimulatedCharger(identity, url, password, connectors=2, speed=speed, seed=1)


async def _staying_connected(charger: SimulatedCharger) -> None:
    charger.stay_connected()
