"""BootNotification (OCPP 1.6 §4.2): a charger says what it is, and hears whether it may work."""

from django.conf import settings

from chargeports import services as chargeports
from ocpp_gateway.messages import Answer, BootAnswer, InboundCall, current_time
from stations import services as stations
from stations.choices import BootStatus

RETRY_INTERVAL_S = 60
"""How soon a charger that is not accepted (yet) asks again."""


def handle(calls: list[InboundCall]) -> list[Answer]:
    reports = [_report(call) for call in calls]
    statuses = stations.record_boots(reports)
    chargeports.record_booted_firmware([(one.station_id, one.firmware_version, one.at) for one in reports])
    return [_answer(call, status) for call, status in zip(calls, statuses, strict=True)]


def _report(call: InboundCall) -> stations.BootReport:
    said = call.payload
    return stations.BootReport(
        station_id=call.peer.station_id,
        vendor=said.get("chargePointVendor", ""),
        model=said.get("chargePointModel", ""),
        serial_number=said.get("chargePointSerialNumber", ""),
        box_serial_number=said.get("chargeBoxSerialNumber", ""),
        firmware_version=said.get("firmwareVersion", ""),
        iccid=said.get("iccid", ""),
        imsi=said.get("imsi", ""),
        meter_type=said.get("meterType", ""),
        meter_serial_number=said.get("meterSerialNumber", ""),
        at=call.received_at,
    )


def _answer(call: InboundCall, status: BootStatus) -> Answer:
    accepted = status == BootStatus.ACCEPTED
    interval_s = heartbeat_interval_s(call.peer.station_id) if accepted else RETRY_INTERVAL_S
    return Answer(
        {"status": status.value, "currentTime": current_time(call), "interval": interval_s},
        boot=BootAnswer(accepted, may_be_called=status != BootStatus.REJECTED, interval_s=interval_s),
    )


def heartbeat_interval_s(station_id: int) -> int:
    """The interval of the settings and up to a tenth more, always the same for one station: chargers that came back
    together after a restart do not send their heartbeats together (T41)."""
    interval_s: int = settings.GATEWAY_HEARTBEAT_INTERVAL_S
    return interval_s + station_id % max(interval_s // 10, 1)
