"""DataTransfer (OCPP 1.6 §4.3): of vendors' own messages EVBox's status and the meters' public keys are understood;
each is kept in the message log (C19, Q104).
"""

from collections.abc import Callable
from typing import NamedTuple

from ocpp_gateway.messages import Answer, InboundCall
from ocpp_gateway.v16 import evbox, meter_configuration


class _Known(NamedTuple):
    """Whether a message is this vendor's, whether it is this one, and what takes many and tells which it read."""

    is_vendor: Callable[[InboundCall], bool]
    is_message: Callable[[InboundCall], bool]
    record: Callable[[list[InboundCall]], list[bool]]


_KNOWN = (
    _Known(evbox.is_evbox, evbox.is_status, evbox.record_statuses),
    _Known(meter_configuration.is_general, meter_configuration.is_meters, meter_configuration.record_meters),
)


def handle(calls: list[InboundCall]) -> list[Answer]:
    statuses = [_unknown(call) for call in calls]
    for known in _KNOWN:
        places = [place for place, call in enumerate(calls) if known.is_message(call)]
        read = known.record([calls[place] for place in places]) if places else []
        for place, was_read in zip(places, read, strict=True):
            statuses[place] = "Accepted" if was_read else "Rejected"
    return [Answer({"status": status}) for status in statuses]


def _unknown(call: InboundCall) -> str:
    return "UnknownMessageId" if any(known.is_vendor(call) for known in _KNOWN) else "UnknownVendorId"
