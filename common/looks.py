"""How a status looks: a colour and an icon for each word, whatever app the word comes from. The word itself is shown
too: nothing is told by colour alone."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Look:
    """`colour` is one of the `look-…` classes of cpms.css, `icon` a name of static/icons.txt."""

    colour: str
    icon: str


_GOOD = Look("green", "circle-check")
_BAD = Look("red", "circle-x")
_OFF = Look("grey", "ban")
_WAITING = Look("orange", "clock")
UNKNOWN = Look("grey", "circle-dashed")

LOOKS = {
    # Charge ports (OCPP 1.6 §7.7)
    "available": Look("green", "plug"),
    "preparing": Look("blue", "plug-connected"),
    "charging": Look("blue", "bolt"),
    "suspendedevse": Look("purple", "player-pause"),
    "suspendedev": Look("purple", "player-pause"),
    "finishing": Look("blue", "circle-check"),
    "reserved": Look("purple", "calendar-event"),
    "unavailable": Look("grey", "ban"),
    "faulted": Look("red", "alert-triangle"),
    "past": Look("grey", "circle-check"),
    "refused": _BAD,
    "unanswered": Look("orange", "question-mark"),
    "used": Look("green", "bolt"),
    "locked": Look("red", "lock"),
    # Connectivity
    "online": Look("green", "wifi"),
    "offline": Look("red", "wifi-off"),
    # Life cycle of stations
    "planned": Look("grey", "calendar-event"),
    "in_operation": _GOOD,
    "out_of_operation": Look("orange", "player-pause"),
    "decommissioned": _OFF,
    # Commands, boot answers and authorisations
    "queued": _WAITING,
    "sent": Look("blue", "send"),
    "accepted": _GOOD,
    "rejected": _BAD,
    "failed": _BAD,
    "timed_out": Look("orange", "clock"),
    "expired": Look("grey", "clock"),
    "cancelled": _OFF,
    "pending": _WAITING,
    "invalid": _BAD,
    "valid": _GOOD,
    "unchecked": Look("orange", "question-mark"),
    "concurrenttx": Look("orange", "users"),
    # Files on their way
    "requested": _WAITING,
    "nothing": Look("grey", "circle-dashed"),
    "uploading": Look("blue", "upload"),
    "uploaded": _GOOD,
    "downloading": Look("blue", "download"),
    "downloaded": Look("blue", "circle-check"),
    "installing": Look("blue", "settings"),
    "installed": _GOOD,
    "confirmed": _GOOD,
    # Tokens and contracts
    "active": _GOOD,
    "blocked": Look("red", "lock"),
    "revoked": _OFF,
    "issued": Look("blue", "send"),
    "unsent": _WAITING,
    # Lists of tokens
    "current": _GOOD,
    "unsupported": _OFF,
    # Charging sessions
    "running": Look("blue", "bolt"),
    "ended": _GOOD,
    "ended_without_stop": Look("orange", "circle-check"),
    "superseded": Look("grey", "switch-horizontal"),
    "orphan": Look("orange", "question-mark"),
    "stopping": Look("orange", "player-stop"),
    "stopped": _GOOD,
    "not_needed": Look("grey", "circle-check"),
    "not_begun": Look("grey", "circle-dashed"),
    # Deliveries of webhooks
    "delivered": _GOOD,
    "given_up": _BAD,
    "failing": Look("red", "alert-triangle"),
    # Background jobs and campaigns
    "finished": _GOOD,
    "draft": Look("grey", "edit"),
    "paused": Look("orange", "player-pause"),
    "halted": Look("red", "player-stop"),
    "asked": Look("blue", "send"),
    "done": _GOOD,
    "left_out": Look("grey", "minus"),
    # Entries of a station's history
    "failure": Look("red", "alert-triangle"),
    "call": Look("blue", "phone"),
    "activity": Look("green", "tools"),
    "maintenance": Look("orange", "tool"),
    "sales": Look("purple", "receipt-2"),
    "event": Look("grey", "activity"),
    # Components
    "stock": Look("blue", "building-warehouse"),
    "stocked": Look("blue", "building-warehouse"),
    "removed": Look("orange", "minus"),
    "replaced": Look("orange", "replace"),
    "retired": _OFF,
    # Tickets
    "new": Look("orange", "ticket"),
    "in_progress": Look("blue", "player-play"),
    "waiting": Look("purple", "player-pause"),
    "resolved": _GOOD,
    "closed": Look("grey", "check"),
    "sending": Look("blue", "send"),
    "unclear": Look("orange", "question-mark"),
    # Errors
    "danger": Look("red", "bolt"),
    "note": Look("grey", "info-circle"),
    "outage": Look("red", "alert-triangle"),
    "warning": Look("orange", "alert-circle"),
}


def look_of(value: object) -> Look:
    return LOOKS.get(str(value).lower(), UNKNOWN)
