"""Heartbeat (OCPP 1.6 §4.6): asks for the time."""

from ocpp_gateway import timestamps
from ocpp_gateway.messages import Answer, InboundCall


def handle(calls: list[InboundCall]) -> list[Answer]:
    return [Answer({"currentTime": timestamps.wire_format(call.received_at)}) for call in calls]
