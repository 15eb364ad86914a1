"""Exchanges as sentences for people: what the sentences of every protocol version are made of.

A version names for each of its messages a `Telling`; whatever it does not know is told plainly.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import orjson
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from chargeports.models import Command, EquipmentError
from charging.models import ChargingSession, IdToken
from common.rights import Text
from common.templatetags.cpms import moment
from ocpp_gateway.choices import Direction
from ocpp_gateway.codec import CALL_ERROR
from ocpp_gateway.models import Exchange

# How long a call may still get its answer.
_PATIENCE = timedelta(minutes=5)
_SHOWN_WHOLE = 8
_LARGEST_ID = 2**31 - 1

Fact = tuple[Text, str]
# Charge port, code and manufacturer's code.
ErrorKey = tuple[int, str, str]


@dataclass(frozen=True)
class Known:
    """What the portal knows of what some exchanges speak of: tokens by their tag in upper case, the rest by its id.

    `zone` is that of the station.
    """

    tokens: Mapping[str, IdToken] = field(default_factory=dict)
    sessions: Mapping[int, ChargingSession] = field(default_factory=dict)
    commands: Mapping[int, Command] = field(default_factory=dict)
    errors: Sequence[EquipmentError] = ()
    zone: str = "UTC"


@dataclass(frozen=True)
class Said:
    """One exchange taken apart, as tolerantly as it was read: what is missing or of another kind is empty.

    `error` is the code and the description of an answer that is an error.
    """

    exchange: Exchange
    call: dict[str, Any]
    answer: dict[str, Any] | None
    error: tuple[str, str] | None
    known: Known

    def text(self, name: str) -> str:
        """A value of the call as text; empty where it was not sent."""
        return as_text(self.call.get(name))

    def moment(self, name: str) -> str:
        """A time of the call in the station's zone; as it was sent where it tells no moment."""
        sent = self.text(name)
        try:
            at = datetime.fromisoformat(sent)
        except ValueError:
            return sent
        return moment(at, self.known.zone) if at.tzinfo else sent

    def number(self, name: str) -> int:
        """A whole number that can be an id; 0 where none was sent."""
        value: Any = self.call.get(name)
        whole = int(value) if isinstance(value, str) and value.isascii() and value.isdecimal() else value
        return whole if isinstance(whole, int) and 0 <= whole <= _LARGEST_ID else 0

    @property
    def status(self) -> str:
        return as_text((self.answer or {}).get("status"))

    @property
    def is_ours(self) -> bool:
        return self.exchange.direction == Direction.OUT

    @property
    def is_waiting(self) -> bool:
        young = self.exchange.received_at > timezone.now() - _PATIENCE
        return self.is_ours and self.exchange.response is None and young

    @property
    def who(self) -> str:
        """Who asked the station: the command's author, or the portal by itself."""
        command = self.known.commands.get(self.exchange.command_id or 0)
        return command.author if command else _("The portal")

    @property
    def place(self) -> str:
        """The charge port that the call names; connector 0, or none, is the station."""
        number = self.text("connectorId")
        return _("Charge port %(number)s") % {"number": number} if number not in ("", "0") else _("The station")


Sentence = Callable[[Said], str]


def _no_facts(said: Said) -> list[Fact]:
    return []


def _never(said: Said) -> bool:
    return False


def _no_error(said: Said) -> ErrorKey | None:
    return None


@dataclass(frozen=True)
class Telling:
    """How one message is told. `label` is what the filter calls it; `facts` says in *Details* why it came out so.

    `outcome` replaces the usual sentence about the answer; `error` is the error that the message tells of.
    """

    label: Text
    sentence: Sentence
    facts: Callable[[Said], list[Fact]] = _no_facts
    outcome: Sentence | None = None
    refused: Callable[[Said], bool] = _never
    error: Callable[[Said], ErrorKey | None] = _no_error


def as_text(value: Any) -> str:
    """A JSON value in a sentence: what is no single value is left to the frame."""
    return "" if value is None or isinstance(value, dict | list) else str(value)


def take_apart(exchange: Exchange, known: Known | None = None) -> Said:
    call, answer = _load(exchange.request), _load(exchange.response)
    error = None
    if answer[:1] == [CALL_ERROR]:
        error = (as_text(_at(answer, 2)), as_text(_at(answer, 3)))
    payload = _at(answer, 2)
    return Said(
        exchange, _dict(_at(call, 3)), _dict(payload) if answer and not error else None, error, known or Known()
    )


def tell(tellings: Mapping[str, Telling], said: Said) -> str:
    """The exchange in one or two sentences: what was said, and what came of it."""
    if said.exchange.direction == Direction.INVALID:
        return _unreadable(said)
    telling = tellings.get(said.exchange.action, UNKNOWN)
    end = telling.outcome(said) if telling.outcome and not said.error and said.answer is not None else outcome(said)
    return " ".join(filter(None, [telling.sentence(said), end]))


def is_bad(tellings: Mapping[str, Telling], said: Said) -> bool:
    """Whether something went wrong or was refused."""
    exchange = said.exchange
    if exchange.error_code or exchange.direction == Direction.INVALID:
        return True
    if exchange.response is None and not said.is_waiting:
        return True
    return said.status in REFUSALS or tellings.get(exchange.action, UNKNOWN).refused(said)


def outcome(said: Said) -> str:
    """What came of a call, where the message has no words of its own for it."""
    if said.error:
        return _error(said)
    if said.exchange.response is None:
        return _("The answer has not come yet.") if said.is_waiting else _("No answer came.")
    if not said.is_ours:
        return ""
    word = OUTCOMES.get(said.status)
    if word:
        return str(word)
    return (
        _("The station answered: %(status)s.") % {"status": said.status} if said.status else _("The station answered.")
    )


def shortened(tag: str) -> str:
    """A tag as it may stand in a sentence, e.g. `04A2…F1`."""
    return tag if len(tag) <= _SHOWN_WHOLE else f"{tag[:4]}…{tag[-2:]}"


def _error(said: Said) -> str:
    code, description = said.error or ("", "")
    words = {"code": code, "description": description}
    if said.is_ours and description:
        return _("The station answered with the error %(code)s: %(description)s") % words
    if said.is_ours:
        return _("The station answered with the error %(code)s.") % words
    return _("The portal answered with the error %(code)s.") % words


def _unreadable(said: Said) -> str:
    note = next(iter(said.exchange.mended), "")
    return str(UNREADABLE.get(note, lazy("The station sent something that is no message.")))


def _plainly(said: Said) -> str:
    action = {"who": said.who, "message": said.exchange.action or "?"}
    if said.is_ours:
        return _("%(who)s sent the message %(message)s.") % action
    return _("The station sent the message %(message)s.") % action


UNKNOWN = Telling(lazy("Other message"), _plainly)

UNREADABLE: dict[str, Text] = {
    "not-json": lazy("The station sent something that is no JSON."),
    "not-a-message": lazy("The station sent JSON that is no message."),
    "message-id-unreadable": lazy("The station sent a message without an id."),
    "message-type-unknown": lazy("The station sent a message of an unknown kind."),
    "call-malformed": lazy("The station sent a message that is not whole."),
    "answer-to-no-call": lazy("The station answered something that nobody asked, or too late."),
}

OUTCOMES: dict[str, Text] = {
    "Accepted": lazy("The station accepted."),
    "Rejected": lazy("The station refused."),
    "Failed": lazy("The station tried and failed."),
    "Scheduled": lazy("The station does it when the running session has ended."),
    "RebootRequired": lazy("The station took it; it counts after a restart."),
    "NotSupported": lazy("The station does not know this."),
    "NotImplemented": lazy("The station does not know this."),
    "Unlocked": lazy("The plug is free."),
    "UnlockFailed": lazy("The plug could not be released."),
    "Occupied": lazy("The place is taken."),
    "Faulted": lazy("The place is out of order."),
    "Unavailable": lazy("The place is out of operation."),
    "Unknown": lazy("There was nothing that matched."),
    "NotFound": lazy("There was nothing that matched."),
    "VersionMismatch": lazy("The station has another version of the list."),
    "AcceptedCanceled": lazy("The station accepted, and gave up what it was doing before."),
    "InvalidCertificate": lazy("The station did not trust the certificate."),
    "RevokedCertificate": lazy("The certificate has been revoked."),
    "UnknownVendorId": lazy("The vendor id is not known there."),
    "UnknownMessageId": lazy("The message id is not known there."),
}

REFUSALS = frozenset(OUTCOMES) - {"Accepted", "Scheduled", "RebootRequired", "Unlocked", "AcceptedCanceled"}


def _load(frame: str | None) -> list[Any]:
    try:
        loaded = orjson.loads(frame or "null")
    except orjson.JSONDecodeError:
        return []
    return loaded if isinstance(loaded, list) else []


def _at(message: list[Any], index: int) -> Any:
    return message[index] if len(message) > index else None


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
