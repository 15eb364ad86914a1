"""SecurityEventNotification (security whitepaper A04): always confirmed, whatever the event (Z01)."""

from chargeports.services import SecurityReport, record_security_events
from ocpp_gateway.messages import Answer, InboundCall, moment


def handle(calls: list[InboundCall]) -> list[Answer]:
    record_security_events(
        SecurityReport(
            call.received_at,
            call.peer.organisation_id,
            call.peer.station_id,
            call.payload.get("type", ""),
            moment(call, call.payload.get("timestamp")).at,
            call.payload.get("techInfo", ""),
        )
        for call in calls
    )
    return [Answer({}) for _ in calls]
