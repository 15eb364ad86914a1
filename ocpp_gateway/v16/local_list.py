"""The station's own list of tokens (OCPP 1.6 §5.10, §5.15): one conversation from the version to its verification."""

from collections.abc import Generator, Iterator
from datetime import datetime
from itertools import islice
from typing import Any, NamedTuple

from chargeports.choices import CommandState
from chargeports.models import Command
from charging.local_lists import Entries, ListPlan, changes
from charging.services import NO_LIST
from ocpp_gateway import timestamps
from ocpp_gateway.conversation import Ask, Context, Conversation, Ended, Progressed, Reply, Step
from ocpp_gateway.pipe import Answered
from ocpp_gateway.v16.replies import ended_by, unanswered

LONGEST_PART_KEY = "SendLocalListMaxLength"
LONGEST_PART_OF_THE_SILENT = 50
"""Tokens in one message to a charger that does not say how many it takes."""

UP_TO_DATE, VERIFIED = "Up to date", "Sent and verified"
OTHER_VERSION = "Sent, but the station tells another version"
_WORTH_SENDING_IN_FULL = ("Failed", "VersionMismatch")

Parts = list[list[dict[str, Any]]]


class _Sent(NamedTuple):
    """How sending ended: the version that the station should have now, and what the last answer means."""

    version: int
    ended: Ended


def get_local_list_version(command: Command, context: Context) -> Conversation:
    """-1: the station has no local list; 0: it is empty (L01)."""
    yield _told((yield Ask("GetLocalListVersion", {})))


def _told(reply: Reply | None) -> Ended:
    if not isinstance(reply, Answered):
        return unanswered(reply)
    version = reply.payload["listVersion"]
    if version < 0:
        return Ended(CommandState.REJECTED, NO_LIST, reply.payload)
    return Ended(CommandState.ACCEPTED, str(version), reply.payload)


def send_local_list(command: Command, context: Context) -> Conversation:
    """What has changed, where the station has the version that we remember; else, or where it refuses that, everything
    (L02). In parts as long as the station takes, each with the next version; the last one is read back."""
    plan = context.local_list
    told = _told((yield Ask("GetLocalListVersion", {})))
    if plan is None or told.state != CommandState.ACCEPTED or told.answer is None:
        yield told
        return
    version = told.answer["listVersion"]
    is_known = plan.known is not None and version == plan.version and not plan.in_full
    if is_known and plan.known == plan.wanted:
        yield Ended(CommandState.ACCEPTED, UP_TO_DATE, told.answer)
        return
    sent = (yield from _send("Differential", _changed(plan, context), version)) if is_known else None
    if sent is None or sent.ended.outcome in _WORTH_SENDING_IN_FULL:
        base = max(version, plan.version or 0, sent.version if sent else 0)
        sent = yield from _send("Full", _everything(plan, context), base)
    yield from _verified(sent, plan)


def _send(update_type: str, parts: Parts, version: int) -> Generator[Step, Any, _Sent]:
    """Send the parts until one is not taken. What follows the first part of a whole list adds to it."""
    ended = Ended(CommandState.ACCEPTED, UP_TO_DATE)
    for number, part in enumerate(parts, 1):
        version += 1
        kind = update_type if number == 1 else "Differential"
        payload: dict[str, Any] = {"listVersion": version, "updateType": kind}
        if part:
            payload["localAuthorizationList"] = part
        ended = ended_by((yield Ask("SendLocalList", payload)), good=["Accepted"], failed=["Failed"])
        if ended.state != CommandState.ACCEPTED:
            break
        yield Progressed(number, len(parts))
    answer = {"listVersion": version, "updateType": update_type, "parts": len(parts)}
    return _Sent(version, Ended(ended.state, ended.outcome, {**(ended.answer or {}), **answer}))


def _verified(sent: _Sent, plan: ListPlan) -> Conversation:
    if sent.ended.state != CommandState.ACCEPTED:
        yield sent.ended
        return
    told = _told((yield Ask("GetLocalListVersion", {})))
    answer = {**(sent.ended.answer or {}), "tokens": len(plan.wanted)}
    if told.state != CommandState.ACCEPTED or told.answer is None:
        yield told
    elif told.answer["listVersion"] != sent.version:
        yield Ended(CommandState.FAILED, OTHER_VERSION, {**answer, "told": told.answer["listVersion"]})
    else:
        yield Ended(CommandState.ACCEPTED, VERIFIED, answer)


def _everything(plan: ListPlan, context: Context) -> Parts:
    return _parts(_entries(plan.wanted), context) or [[]]


def _changed(plan: ListPlan, context: Context) -> Parts:
    """An entry without information removes its tag."""
    gone, come = changes(plan.known or {}, plan.wanted)
    return _parts([*({"idTag": tag} for tag in gone), *_entries(come)], context)


def _parts(entries: list[dict[str, Any]], context: Context) -> Parts:
    rest: Iterator[dict[str, Any]] = iter(entries)
    size = _longest_part(context)
    return list(iter(lambda: list(islice(rest, size)), []))


def _longest_part(context: Context) -> int:
    told = (context.configuration.get(LONGEST_PART_KEY) or "").strip()
    return int(told) if told.isdecimal() and int(told) else LONGEST_PART_OF_THE_SILENT


def _entries(entries: Entries) -> list[dict[str, Any]]:
    return [{"idTag": tag, "idTagInfo": _info(*entry)} for tag, entry in entries.items()]


def _info(expiry: str | None, parent: str | None) -> dict[str, str]:
    info = {"status": "Accepted"}
    if expiry:
        info["expiryDate"] = timestamps.wire_format(datetime.fromisoformat(expiry))
    if parent:
        info["parentIdTag"] = parent
    return info
