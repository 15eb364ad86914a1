"""What the charger still has to tell: sent one after the other, kept while the line is down (OCPP 1.6 §3.7)."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from ocpp_gateway.simulator.link import CallFailed, LinkLost

CAPACITY = 500


@dataclass(eq=False)
class Message:
    """A message to come. `make` builds it when its turn has come, since a transaction's id may only be known then.

    `done` gets the answer, or None after the last failed attempt. `is_kept` messages survive a broken line and are
    tried again; of the others only the newest state matters, and that is told anew after reconnecting.
    """

    make: Callable[[], Any]
    done: Callable[[Any], None] | None = None
    is_kept: bool = True
    is_expendable: bool = False
    attempts: int = 0


class Outbox:
    """Ordered sending of messages. `call` sends one; `attempts` and `interval_s` tell the rules for a failed one."""

    def __init__(
        self,
        call: Callable[[Any], Awaitable[Any]],
        attempts: Callable[[], int],
        interval_s: Callable[[], float],
    ) -> None:
        self._call = call
        self._attempts = attempts
        self._interval_s = interval_s
        self._waiting: deque[Message] = deque()
        self._is_sending = False

    def __len__(self) -> int:
        return len(self._waiting)

    def put(self, message: Message) -> None:
        """Queue a message; when the box is full, the oldest expendable one (a meter value) goes."""
        self._waiting.append(message)
        if len(self._waiting) > CAPACITY:
            victim = next((m for m in list(self._waiting)[1:] if m.is_expendable), self._waiting[-1])
            self._waiting.remove(victim)

    def forget_unkept(self) -> None:
        """The line is down: drop what would be stale later."""
        self._waiting = deque(message for message in self._waiting if message.is_kept)

    async def drain(self) -> None:
        """Send all that waits, until it is done or the line breaks. A second caller returns at once."""
        if self._is_sending:
            return
        self._is_sending = True
        try:
            while self._waiting:
                await self._send(self._waiting[0])
        except LinkLost:
            self.forget_unkept()
        finally:
            self._is_sending = False

    async def _send(self, message: Message) -> None:
        try:
            answer = await self._call(message.make())
        except LinkLost:
            raise
        except CallFailed:
            message.attempts += 1
            if message.is_kept and message.attempts < self._attempts():
                await asyncio.sleep(self._interval_s() * message.attempts)
                return
            answer = None
        if message in self._waiting:
            self._waiting.remove(message)
        if message.done:
            message.done(answer)
