"""Heartbeat (OCPP 1.6 §4.6): asks for the time."""

from ocpp_gateway.messages import Answer, InboundCall, current_time


def handle(calls: list[InboundCall]) -> list[Answer]:
    return [Answer({"currentTime": current_time(call)}) for call in calls]
