"""Whether two answers say the same. Times, and numbers that each central system gives by itself, must differ."""

from dataclasses import dataclass
from typing import Any

from ocpp_gateway.replay.recording import ERROR, message_of

MUST_DIFFER = frozenset({"currentTime", "transactionId", "interval"})


@dataclass(frozen=True, slots=True)
class Difference:
    """`recorded` and `found` are answers as they travelled; None where there was none."""

    action: str
    frame: str
    recorded: str | None
    found: str | None


def is_alike(recorded: str | None, found: str | None) -> bool:
    """Of errors only the code counts."""
    if recorded is None or found is None:
        return recorded is found
    return _essence(recorded) == _essence(found)


def _essence(answer: str) -> Any:
    message = message_of(answer)
    if message is None:
        return answer
    return (message[0], message[2] if message[0] == ERROR else _without(message[2]))


def _without(value: Any) -> Any:
    if isinstance(value, list):
        return [_without(entry) for entry in value]
    if isinstance(value, dict):
        return {name: _without(entry) for name, entry in value.items() if name not in MUST_DIFFER}
    return value
