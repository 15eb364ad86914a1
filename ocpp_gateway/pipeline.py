"""Charger calls of all connections, handled a batch at a time: one transaction, and the commit before the answers.

Handlers are functions over lists and write with set-based statements. A batch that fails is handled again call by call
(`batching.Batcher`), so that one bad message spoils nothing but itself.
"""

import logging
from collections.abc import Sequence
from datetime import datetime

from django.utils import timezone

from ocpp_gateway import exchanges, metrics
from ocpp_gateway.choices import Direction
from ocpp_gateway.codec import CallErrorCode, encode_error
from ocpp_gateway.database import in_transaction, is_outage
from ocpp_gateway.exchanges import Row
from ocpp_gateway.messages import Answer, InboundCall, ProtocolVersion
from ocpp_gateway.rounds import rounds

logger = logging.getLogger(__name__)

Item = InboundCall | Row


def handle(version: ProtocolVersion, items: Sequence[Item]) -> list[Answer]:
    """Handle calls, and write rows of the log that need no handling; answers in order, all stored when this returns.

    Raises what went wrong for several items, or when the database is away: then nothing is stored, and the charger is
    to try again (OCPP 1.6 §3.7.1). A single call that cannot be handled is answered and kept raw (R27).
    """
    try:
        return in_transaction(lambda: _handle_all(version, items))
    except Exception as error:
        if len(items) > 1 or is_outage(error):
            raise
        logger.exception("An exchange could not be handled.")
        return [_salvage(version, items[0])]


def _handle_all(version: ProtocolVersion, items: Sequence[Item]) -> list[Answer]:
    answers = [_unhandled(item) for item in items]
    for part in rounds(items, key=lambda item: item.peer.station_id):
        for action, indices in _by_action(items, part).items():
            calls = [item for index in indices if isinstance(item := items[index], InboundCall)]
            for index, answer in zip(indices, version.handlers[action](calls), strict=True):
                answers[index] = answer
    _write(version, items, answers)
    return answers


def _unhandled(item: Item) -> Answer:
    return Answer({}, error=item.refusal if isinstance(item, InboundCall) else None)


def _by_action(items: Sequence[Item], indices: list[int]) -> dict[str, list[int]]:
    """The calls to handle, by action in one order for all nodes, so that their locks do not cross."""
    found: dict[str, list[int]] = {}
    for index in indices:
        item = items[index]
        if isinstance(item, InboundCall) and item.refusal is None:
            found.setdefault(item.action, []).append(index)
    return dict(sorted(found.items()))


def _write(
    version: ProtocolVersion, items: Sequence[Item], answers: Sequence[Answer], error_code: str | None = None
) -> None:
    """Put every answer into its frame, and log it with its call."""
    now = timezone.now()
    rows = []
    for item, answer in zip(items, answers, strict=True):
        if isinstance(item, InboundCall):
            answer.frame = _frame(version, item, answer)
            rows.append(_row(item, answer, now, error_code))
        else:
            rows.append(item)
    exchanges.write(rows)


def _row(item: InboundCall, answer: Answer, answered_at: datetime, error_code: str | None) -> Row:
    return Row(
        peer=item.peer,
        received_at=item.received_at,
        direction=Direction.IN,
        request=item.raw,
        message_id=item.unique_id,
        action=item.action,
        port_number=answer.port_number,
        session_id=answer.session_id,
        response=answer.frame,
        answered_at=answered_at,
        error_code=error_code or answer.error,
        mended=(*item.mended, *answer.mended),
    )


def _frame(version: ProtocolVersion, call: InboundCall, answer: Answer) -> str:
    if answer.error:
        return encode_error(call.unique_id, answer.error)
    return version.reader.version.encode_result(call.unique_id, call.action, answer.payload)


def _salvage(version: ProtocolVersion, item: Item) -> Answer:
    """Store a call that could not be handled raw, and answer it: a report is confirmed all the same."""
    if isinstance(item, Row):
        raise RuntimeError("A row of the message log could not be written.")
    confirmed = item.action in version.confirmed_anyway
    answer = Answer({}, error=None if confirmed else CallErrorCode.INTERNAL_ERROR)
    in_transaction(lambda: _write(version, [item], [answer], error_code=CallErrorCode.INTERNAL_ERROR))
    metrics.messages(item.action, "salvaged").inc()
    return answer
