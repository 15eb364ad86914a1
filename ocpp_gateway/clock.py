"""How far a charger's clock is from ours, as its messages tell (Q36): a clock that runs wrong, or local time that is
marked as UTC. It is shown, and corrects nothing.

A message may be old when it comes, never young. So of the last messages the one whose time is furthest ahead tells the
offset best, and it counts when others agree with it that did not come together with it: what a charger kept while it
was offline comes in one go, each of its messages younger than the one before.
"""

from collections import deque
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from ocpp_gateway import timestamps
from ocpp_gateway.messages import InboundCall

SAMPLES = 20
AGREEING = 3
WITHIN = timedelta(seconds=60)
APART = timedelta(seconds=120)
WORTH_TELLING = timedelta(seconds=30)


class _Sample(NamedTuple):
    received_at: datetime
    ahead: timedelta


class ClockWatch:
    """What one connection tells of its charger's clock."""

    def __init__(self) -> None:
        self._samples: deque[_Sample] = deque(maxlen=SAMPLES)
        self._told: timedelta | None = None

    def forget(self) -> None:
        """The charger is told the time, and may set its clock by it."""
        self._samples.clear()

    def hear(self, call: InboundCall) -> timedelta | None:
        """The offset (positive: the charger is ahead), where it is known now and is worth writing down."""
        newest = max((at for at in _times(call)), default=None)
        if newest is None:
            return None
        self._samples.append(_Sample(call.received_at, newest - call.received_at))
        ahead = self._agreed()
        if ahead is None or (self._told is not None and abs(ahead - self._told) < WORTH_TELLING):
            return None
        self._told = ahead
        return ahead

    def _agreed(self) -> timedelta | None:
        if self._samples[-1].received_at - self._samples[0].received_at < APART:
            return None
        most = max(sample.ahead for sample in self._samples)
        agreeing = [sample.received_at for sample in self._samples if most - sample.ahead <= WITHIN]
        is_agreed = len(agreeing) >= AGREEING and agreeing[-1] - agreeing[0] >= APART
        return most if is_agreed else None


def _times(call: InboundCall) -> Iterator[datetime]:
    said: list[Any] = [call.payload, *call.payload.get("meterValue", ())]
    for text in (part.get("timestamp") for part in said):
        at = timestamps.parse(text, call.peer.zone).moment if text else None
        if at is not None:
            yield at
