"""DataTransfer (OCPP 1.6 §4.3): of vendors' own messages only EVBox's status is understood; each is kept in the message
log (C19, Q104)."""

from collections.abc import Iterator

from ocpp_gateway.messages import Answer, InboundCall
from ocpp_gateway.v16 import evbox


def handle(calls: list[InboundCall]) -> list[Answer]:
    statuses = [call for call in calls if evbox.is_status(call)]
    read = iter(evbox.record_statuses(statuses) if statuses else ())
    return [Answer({"status": _status(call, read)}) for call in calls]


def _status(call: InboundCall, read: Iterator[bool]) -> str:
    if evbox.is_status(call):
        return "Accepted" if next(read) else "Rejected"
    return "UnknownMessageId" if evbox.is_evbox(call) else "UnknownVendorId"
