"""What the pipeline and the folders of the protocol versions speak in: calls of chargers, answers, and versions."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from functools import lru_cache
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from chargeports.models import Command
from ocpp_gateway import timestamps
from ocpp_gateway.codec import CallErrorCode
from ocpp_gateway.conversation import Context, Conversation
from ocpp_gateway.reader import Reader
from ocpp_gateway.telling import Telling

CLOCK_AHEAD = timedelta(minutes=5)
FACTORY_DATE = datetime(2015, 1, 1, tzinfo=UTC)
REPORTED_AFTERWARDS = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Peer:
    """The station at the other end of a connection. `wants_local_time`: it misreads UTC (Q38)."""

    connection_id: int
    station_id: int
    organisation_id: int
    identity: str
    zone: tzinfo
    wants_local_time: bool = False


class InboundCall(NamedTuple):
    """A charger's call as the tolerant reader left it. `refusal` is set when it is only to be logged and refused."""

    peer: Peer
    unique_id: str
    action: str
    payload: dict[str, Any]
    raw: str
    received_at: datetime
    mended: tuple[str, ...] = ()
    refusal: CallErrorCode | None = None


@dataclass(frozen=True, slots=True)
class BootAnswer:
    """What a BootNotification was answered: whether the charger may work, and how often it shows signs of life."""

    accepted: bool
    may_be_called: bool
    interval_s: int


@dataclass(slots=True)
class Answer:
    """The answer to a call: a payload, or an error; the pipeline adds the `frame` in which it is sent and logged.

    Port, session and what was `mended` beyond the reader's mendings are for the message log. `is_backlog`: the call
    told of something long past, as after a time offline.
    """

    payload: dict[str, Any]
    error: CallErrorCode | None = None
    port_number: int | None = None
    session_id: int | None = None
    boot: BootAnswer | None = None
    is_backlog: bool = False
    mended: tuple[str, ...] = ()
    frame: str = ""


Handler = Callable[[list[InboundCall]], list[Answer]]
"""Handles calls of one action, of different stations, in the running transaction; one answer per call, in order."""


@dataclass(frozen=True)
class ProtocolVersion:
    """One OCPP version: how it is read, who handles which action, and what is answered when handling fails.

    `before_acceptance` are the actions served before the station is accepted; `confirmed_anyway` those whose empty
    confirmation is valid and is sent though handling failed: the raw frame is kept, and the charger does not repeat it.
    `configuration_keys` are those that conversations want to know the values of. `tellings` tell people what each
    message says.
    """

    reader: Reader
    handlers: Mapping[str, Handler]
    before_acceptance: frozenset[str]
    confirmed_anyway: frozenset[str]
    converse: Callable[[Command, Context], Conversation]
    configuration_keys: tuple[str, ...]
    tellings: Mapping[str, Telling]


@dataclass(frozen=True, slots=True)
class Moment:
    """A charger's time of an event; `is_derived`: it gave none, the time of arrival stands in."""

    at: datetime
    is_derived: bool
    clock_is_wrong: bool
    is_late: bool


def moment(call: InboundCall, text: str | None) -> Moment:
    """The time that a charger gives, in its station's zone where it names none (X21). Whether the clock can be right:
    not with a time ahead of ours, nor at the date the device was made (X20, Q34)."""
    at = timestamps.parse(text, call.peer.zone).moment if text else None
    if at is None:
        return Moment(call.received_at, is_derived=True, clock_is_wrong=False, is_late=False)
    return Moment(
        at,
        is_derived=False,
        clock_is_wrong=at > call.received_at + CLOCK_AHEAD or at < FACTORY_DATE,
        is_late=_is_late(call, at),
    )


def is_backlog(call: InboundCall, moments: Collection[datetime]) -> bool:
    """Whether all of what the call tells happened long ago: the charger works off what it kept while offline (Q61)."""
    return bool(moments) and all(_is_late(call, at) for at in moments)


def _is_late(call: InboundCall, at: datetime) -> bool:
    return at < call.received_at - REPORTED_AFTERWARDS


def current_time(call: InboundCall) -> str:
    """The `currentTime` of an answer, as this charger understands it."""
    if call.peer.wants_local_time:
        return timestamps.local_wire_format(call.received_at, call.peer.zone)
    return timestamps.wire_format(call.received_at)


@lru_cache(maxsize=1024)
def zone_of(name: str) -> tzinfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return UTC
