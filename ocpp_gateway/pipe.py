"""The state of OCPP-J on one connection: message ids, answers owed and awaited, repetitions, time-outs.

A ``Pipe`` knows no socket, no database and no clock: texts and times (seconds of any monotonic clock) go in, effects
come out, to be carried out in their order. One that sends is a ``Send``; the others are told to whoever handles calls,
commands and the log.

Calls of the charger and calls of ours run independently of each other (OCPP-J 1.6 §4.1.1): the charger's are handed
on in the order of arrival however many there are, ours go one at a time.
"""

from collections import OrderedDict, deque
from collections.abc import Hashable
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any, NamedTuple, TypeVar
from uuid import uuid4

import orjson

from ocpp_gateway.codec import Call, CallError, CallErrorCode, CallResult, Invalid, encode_error, parse
from ocpp_gateway.reader import Reader

_T = TypeVar("_T")

REMEMBERED = 64
"""So many answers given, and so many of our calls that timed out, are kept in mind per connection."""

ANSWERED_ANEW = frozenset({"Authorize", "BootNotification", "Heartbeat"})
"""Actions that ask for the present state, or the time: an old answer to a repetition would be wrong."""

REPEATED_LATER = frozenset({"MeterValues", "StartTransaction", "StopTransaction"})
"""Actions that a charger repeats on its next connection (OCPP 1.6 §3.7.1). They carry the time of what they report;
other messages look alike after a restart, when a charger counts its message ids from one again."""


@dataclass(frozen=True, slots=True)
class Send:
    """Send this text. ``key`` is set when it is our call of that key, which is now under way."""

    frame: str
    key: Hashable = None


class Incoming(NamedTuple):
    """A call to handle, and then to give back to ``Pipe.answer`` or ``Pipe.refuse``."""

    unique_id: str
    action: str
    payload: dict[str, Any]
    mended: tuple[str, ...]
    received_at: float
    fingerprint: bytes


@dataclass(frozen=True, slots=True)
class Refused:
    """A call that was refused at once; the CALLERROR follows as a ``Send``."""

    unique_id: str
    action: str
    code: CallErrorCode
    reason: str
    mended: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Repeated:
    """A call that came again: answered as before by the ``Send`` that follows, or, if still running, along with it."""

    unique_id: str
    action: str
    answered: bool


@dataclass(frozen=True, slots=True)
class Answered:
    """The charger's answer to our call. ``late``: the call had timed out before."""

    key: Hashable
    unique_id: str
    action: str
    payload: dict[str, Any]
    mended: tuple[str, ...]
    late: bool


@dataclass(frozen=True, slots=True)
class Errored:
    """The charger answered our call with a CALLERROR, in its own words."""

    key: Hashable
    unique_id: str
    action: str
    code: str
    description: str
    details: Any
    late: bool


@dataclass(frozen=True, slots=True)
class Malformed:
    """The charger answered our call with what cannot be read: ``payload`` as it came."""

    key: Hashable
    unique_id: str
    action: str
    payload: Any
    reason: str
    mended: tuple[str, ...]
    late: bool

    @property
    def in_words(self) -> str:
        """That it was malformed, and the charger's own word where there is one."""
        word = self.payload.get("status") if isinstance(self.payload, dict) else self.payload
        return f"Malformed answer: {word}" if isinstance(word, str) and word else "Malformed answer"


@dataclass(frozen=True, slots=True)
class TimedOut:
    """Our call was not answered in time. Whether the charger carries it out is unknown; it may still answer."""

    key: Hashable
    unique_id: str
    action: str


@dataclass(frozen=True, slots=True)
class Lost:
    """The connection ended before our call was answered; if it was not ``sent``, it certainly had no effect."""

    key: Hashable
    unique_id: str
    action: str
    sent: bool


@dataclass(frozen=True, slots=True)
class Stray:
    """An answer to no call of ours, or a second answer to one. Ignored."""

    unique_id: str


Effect = Send | Incoming | Refused | Repeated | Answered | Errored | Malformed | TimedOut | Lost | Stray | Invalid


@dataclass(slots=True)
class _OurCall:
    key: Hashable
    unique_id: str
    action: str
    frame: str
    timeout_s: float
    deadline: float = 0.0


class _Given(NamedTuple):
    """An answer that was given; no frame where a repetition is to be answered anew."""

    fingerprint: bytes
    frame: str | None


class Pipe:
    """OCPP-J on one connection."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._version = reader.version
        self._running: set[tuple[str, bytes]] = set()
        self._given: OrderedDict[str, _Given] = OrderedDict()
        self._queue: deque[_OurCall] = deque()
        self._pending: _OurCall | None = None
        self._overdue: OrderedDict[str, _OurCall] = OrderedDict()
        self.closed = False

    @property
    def running(self) -> int:
        """How many calls of the charger wait for an answer. Stop reading the socket when they become too many."""
        return len(self._running)

    @property
    def deadline(self) -> float | None:
        """When ``tick`` is next needed: at the time-out of our call under way, if there is one."""
        return self._pending.deadline if self._pending else None

    def remember(self, unique_id: str, action: str, payload: dict[str, Any], frame: str) -> None:
        """Make known an answer that was given on an earlier connection; others than ``REPEATED_LATER`` are ignored."""
        if action in REPEATED_LATER:
            self._keep(unique_id, _Given(_fingerprint(action, payload), frame))

    def receive(self, text: str, now: float) -> list[Effect]:
        """Take in a text from the charger. Never raises; a closed pipe ignores all."""
        if self.closed:
            return []
        match parse(text):
            case Call() as call:
                return self._called(call, now)
            case Invalid() as invalid:
                return self._refuse_shape(invalid)
            case answer:
                return self._answered(answer, now)

    def answer(self, incoming: Incoming, frame: str) -> None:
        """A call is answered by this text: kept in mind, in case the call comes again."""
        self._running.discard((incoming.unique_id, incoming.fingerprint))
        replayed = None if incoming.action in ANSWERED_ANEW else frame
        self._keep(incoming.unique_id, _Given(incoming.fingerprint, replayed))

    def refuse(self, incoming: Incoming, code: CallErrorCode, description: str = "") -> str:
        """The text that refuses a call. Not kept in mind: when the charger tries again, so do we."""
        self._running.discard((incoming.unique_id, incoming.fingerprint))
        return encode_error(incoming.unique_id, code, description)

    def call(self, key: Hashable, action: str, payload: dict[str, Any], now: float, timeout_s: float) -> list[Effect]:
        """Call the charger as soon as the line is free; ``key`` names the call in later effects.

        Raises ``NotSendable`` when the payload does not fit the schema.
        """
        unique_id = uuid4().hex
        ours = _OurCall(key, unique_id, action, self._version.encode_call(unique_id, action, payload), timeout_s)
        if self.closed:
            return [_lost(ours, sent=False)]
        self._queue.append(ours)
        return self._send_next(now)

    def withdraw(self, key: Hashable) -> bool:
        """Take back a call that still waits for the line. False if it is under way or unknown."""
        for ours in self._queue:
            if ours.key == key:
                self._queue.remove(ours)
                return True
        return False

    def tick(self, now: float) -> list[Effect]:
        """Let our call under way time out if its time is over, and send the next one."""
        ours = self._pending
        if ours is None or now < ours.deadline:
            return []
        self._pending = None
        _put(self._overdue, ours.unique_id, ours)
        return [TimedOut(ours.key, ours.unique_id, ours.action), *self._send_next(now)]

    def close(self) -> list[Effect]:
        """End: nothing of ours will be answered any more. Calls of the charger may still be answered, for the log."""
        pending = [_lost(self._pending, sent=True)] if self._pending else []
        waiting = [_lost(ours, sent=False) for ours in self._queue]
        self._pending = None
        self._queue.clear()
        self._overdue.clear()
        self.closed = True
        return [*pending, *waiting]

    def _called(self, call: Call, now: float) -> list[Effect]:
        fingerprint = _fingerprint(call.action, call.payload)
        if (call.unique_id, fingerprint) in self._running:
            return [Repeated(call.unique_id, call.action, answered=False)]
        given = self._given.get(call.unique_id)
        if given and given.fingerprint == fingerprint and given.frame:
            return [Repeated(call.unique_id, call.action, answered=True), Send(given.frame)]
        if refusal := self._version.refusal(call.action):
            return self._refuse(call, refusal, "", call.notes)
        reused = ("id-reused",) if given and given.fingerprint != fingerprint else ()
        return self._read(call, fingerprint, (*call.notes, *reused), now)

    def _read(self, call: Call, fingerprint: bytes, notes: tuple[str, ...], now: float) -> list[Effect]:
        reading = self._reader.read(call.action, call.payload)
        mended = notes + reading.mended
        if reading.error:
            return self._refuse(call, reading.error, reading.reason, mended)
        self._running.add((call.unique_id, fingerprint))
        return [Incoming(call.unique_id, call.action, reading.payload, mended, now, fingerprint)]

    def _refuse(self, call: Call, code: CallErrorCode, reason: str, mended: tuple[str, ...]) -> list[Effect]:
        refused = Refused(call.unique_id, call.action, code, reason, mended)
        return [refused, Send(encode_error(call.unique_id, code, reason))]

    def _refuse_shape(self, invalid: Invalid) -> list[Effect]:
        if invalid.unique_id is None:
            return [invalid]
        return [invalid, Send(encode_error(invalid.unique_id, CallErrorCode.FORMATION_VIOLATION, invalid.reason))]

    def _answered(self, answer: CallResult | CallError, now: float) -> list[Effect]:
        if self._pending and self._pending.unique_id == answer.unique_id:
            ours, self._pending = self._pending, None
            return [self._outcome(ours, answer, late=False), *self._send_next(now)]
        overdue = self._overdue.pop(answer.unique_id, None)
        return [self._outcome(overdue, answer, late=True) if overdue else Stray(answer.unique_id)]

    def _outcome(self, ours: _OurCall, answer: CallResult | CallError, *, late: bool) -> Effect:
        named = ours.key, ours.unique_id, ours.action
        if isinstance(answer, CallError):
            return Errored(*named, answer.code, answer.description, answer.details, late)
        if not isinstance(answer.payload, dict):
            return Malformed(*named, answer.payload, "type: payload", answer.notes, late)
        reading = self._reader.read_answer(ours.action, answer.payload)
        mended = answer.notes + reading.mended
        if reading.error:
            return Malformed(*named, answer.payload, reading.reason, mended, late)
        return Answered(*named, reading.payload, mended, late)

    def _send_next(self, now: float) -> list[Effect]:
        if self._pending or not self._queue:
            return []
        self._pending = ours = self._queue.popleft()
        ours.deadline = now + ours.timeout_s
        return [Send(ours.frame, ours.key)]

    def _keep(self, unique_id: str, given: _Given) -> None:
        _put(self._given, unique_id, given)


def _put(kept: OrderedDict[str, _T], unique_id: str, value: _T) -> None:
    kept[unique_id] = value
    kept.move_to_end(unique_id)
    if len(kept) > REMEMBERED:
        kept.popitem(last=False)


def _lost(ours: _OurCall, *, sent: bool) -> Lost:
    return Lost(ours.key, ours.unique_id, ours.action, sent)


def _fingerprint(action: str, payload: dict[str, Any]) -> bytes:
    """What makes two calls the same: action and payload, whatever the order of its fields."""
    return blake2b(orjson.dumps([action, payload], option=orjson.OPT_SORT_KEYS), digest_size=16).digest()
