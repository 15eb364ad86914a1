"""Messages that are kept in the message log and confirmed, and change nothing else."""

from ocpp_gateway.messages import Answer, InboundCall


def confirm(calls: list[InboundCall]) -> list[Answer]:
    """SecurityEventNotification (security whitepaper A04): always confirmed, whatever the event (Z01)."""
    return [Answer({}) for _ in calls]


def reject(calls: list[InboundCall]) -> list[Answer]:
    """SignCertificate (security whitepaper A02): nobody here signs certificates."""
    return [Answer({"status": "Rejected"}) for _ in calls]
