"""What a charger's reply to a command means (OCPP 1.6 §7)."""

from collections.abc import Iterable

from chargeports.choices import CommandState
from ocpp_gateway.conversation import Ended, Reply
from ocpp_gateway.pipe import Answered, Errored, Lost, Malformed


def ended_by(reply: Reply | None, good: Iterable[str], failed: Iterable[str] = ()) -> Ended:
    """What a reply with a status means: the charger's own word stays beside our reading of it."""
    match reply:
        case Answered(payload=payload):
            status = payload["status"]
            if status in good:
                return Ended(CommandState.ACCEPTED, status, payload)
            return Ended(CommandState.FAILED if status in failed else CommandState.REJECTED, status, payload)
        case _:
            return unanswered(reply)


def unanswered(reply: Reply | None) -> Ended:
    match reply:
        case Errored(code=code, description=description, details=details):
            words = f"{code}: {description}" if description else code
            return Ended(CommandState.FAILED, words, {"error": code, "description": description, "details": details})
        case Malformed(payload=payload, reason=reason):
            return Ended(CommandState.FAILED, reply.in_words, {"malformed": payload, "reason": reason})
        case Lost():
            return Ended(CommandState.TIMED_OUT, "Connection lost before the answer")
        case _:
            return Ended(CommandState.TIMED_OUT, "No answer")
