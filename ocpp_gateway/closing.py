"""Our own reading of how a connection ended, in the terms of the connection history.

Servers report the same end with different websocket codes, so a code counts only where it means something on its own:
what we did ourselves goes first, and 1005, 1006 and no code at all are one and the same "it just ended".
"""

from enum import Enum
from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from ocpp_gateway.choices import CloseSide


class Closing(NamedTuple):
    """One line of the connection history: four digits, a title, who ended the connection, and what it means."""

    code: str
    title: Promise
    side: CloseSide
    description: Promise


_UNKNOWN = Closing("0000", _("Unknown"), CloseSide.UNKNOWN, _("The connection ended in a way that cannot be named."))
_REBOOT = Closing(
    "0001", _("Server reboot"), CloseSide.BROKER, _("The broker was restarted and cleaned up its connections.")
)
_ABNORMAL = Closing("1006", _("Abnormal close"), CloseSide.STATION, _("The connection broke off without being closed."))
_TOO_BIG = Closing(
    "1009", _("Data frame too big"), CloseSide.STATION, _("A message was too big for the broker to process.")
)
_CRASHED = Closing("1011", _("Unexpected error"), CloseSide.BROKER, _("An unexpected error at the broker."))


class OurClose(Enum):
    """Why we end a connection, with the websocket code and the reason that the charger is sent.

    Reasons are English and short, as they go over the wire (at most 123 bytes). ``BROKER_RESTART`` is also what is
    written for the connections of a broker that died without a word.
    """

    REPLACED = (1008, "replaced by a newer connection")
    DISCONNECTED = (1008, "disconnected by the operator")
    NO_SUBPROTOCOL = (1002, "no supported subprotocol offered")
    NOT_TEXT = (1003, "text messages only")
    TOO_BIG = (1009, "message too big")
    TOO_SLOW = (1008, "messages are not taken in time")
    SILENT = (1001, "no sign of life")
    CRASHED = (1011, "unexpected error")
    BROKER_RESTART = (1012, "restart")

    def __init__(self, wire_code: int, wire_reason: str) -> None:
        self.wire_code = wire_code
        self.wire_reason = wire_reason


_OURS = {
    OurClose.REPLACED: Closing("1008", _("Replaced"), CloseSide.BROKER, _("The station opened a newer connection.")),
    OurClose.DISCONNECTED: Closing(
        "1008", _("Disconnected"), CloseSide.BROKER, _("The connection was ended in the portal.")
    ),
    OurClose.NO_SUBPROTOCOL: Closing(
        "1002", _("Protocol error"), CloseSide.STATION, _("The station offered no supported subprotocol.")
    ),
    OurClose.NOT_TEXT: Closing(
        "1003", _("Unsupported data"), CloseSide.STATION, _("The station sent something else than text.")
    ),
    OurClose.TOO_BIG: _TOO_BIG,
    OurClose.TOO_SLOW: Closing(
        "1008", _("Too slow"), CloseSide.STATION, _("The station did not take the messages sent to it.")
    ),
    OurClose.SILENT: Closing(
        "1006", _("No sign of life"), CloseSide.STATION, _("The station was silent too long, the broker gave it up.")
    ),
    OurClose.CRASHED: _CRASHED,
    OurClose.BROKER_RESTART: _REBOOT,
}

_REPORTED = {
    1000: Closing("1000", _("Station disconnected"), CloseSide.STATION, _("The station closed the connection.")),
    1001: Closing("1001", _("Going away"), CloseSide.STATION, _("The station closed the connection as it goes away.")),
    1002: Closing("1002", _("Protocol error"), CloseSide.STATION, _("An error in the websocket protocol.")),
    1003: Closing("1003", _("Unsupported data"), CloseSide.STATION, _("The kind of data is not supported.")),
    1005: _ABNORMAL,
    1006: _ABNORMAL,
    1007: Closing("1007", _("Invalid data"), CloseSide.STATION, _("A text message was not valid UTF-8.")),
    1008: Closing("1008", _("Not allowed"), CloseSide.STATION, _("The station refused to go on.")),
    1009: _TOO_BIG,
    1011: _CRASHED,
    1012: _REBOOT,
}


def closing(ours: OurClose | None, code: int | None) -> Closing:
    """Read the end of a connection.

    :param ours: why we ended it, None if we did not.
    :param code: the websocket code that the server reported, None if it reported none.
    """
    if ours:
        return _OURS[ours]
    if code is None:
        return _ABNORMAL
    return _REPORTED.get(code) or _other(code)


def is_drop(reading: Closing) -> bool:
    """Whether the connection just broke off: nobody said goodbye, and the station may be back in a moment (Q14)."""
    return reading is _ABNORMAL


def _other(code: int) -> Closing:
    """Codes without a line of their own: registered and private ones (RFC 6455 §7.4.2) come from the station."""
    if 1000 <= code <= 4999:
        title, text = _("Other reason"), _("The station closed the connection for a reason of its own.")
        return Closing(str(code), title, CloseSide.STATION, text)
    return _UNKNOWN


def meaning_of(code: str) -> Closing:
    """The line for a code as the connection history stores it."""
    if code == _UNKNOWN.code:
        return _UNKNOWN
    return _REBOOT if code == _REBOOT.code else closing(None, int(code) if code.isdecimal() else None)
