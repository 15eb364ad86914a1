"""What the notifications about files have in common: a status, and in the security extension the request's number."""

from chargeports.services import TransferReport
from ocpp_gateway.messages import InboundCall


def reports(calls: list[InboundCall]) -> list[TransferReport]:
    return [
        TransferReport(
            station_id=call.peer.station_id,
            word=call.payload.get("status", ""),
            at=call.received_at,
            request_id=call.payload.get("requestId"),
        )
        for call in calls
    ]
