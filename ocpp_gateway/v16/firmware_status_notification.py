"""FirmwareStatusNotification (OCPP 1.6 §4.5) and its signed form (security whitepaper L01): repeated steps are fine."""

from ocpp_gateway.messages import Answer, InboundCall
from stations import services as stations


def handle(calls: list[InboundCall]) -> list[Answer]:
    stations.record_firmware_status(
        [(call.peer.station_id, call.payload.get("status", ""), call.received_at) for call in calls]
    )
    return [Answer({}) for _ in calls]
