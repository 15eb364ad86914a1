"""The meters that chargers of has·to·be's make tell after their boot: vendor `generalConfiguration`, message
`setMeterConfiguration`, whose data is JSON `{"meters": [{"connectorId", "meterSerial", "type", "publicKey"}]}`.

Only the public keys are read; they stand in the history of the ports' keys.
"""

from typing import Any

import orjson

from chargeports.choices import MeterKeySource
from chargeports.services import SeenMeterKey, note_meter_keys
from ocpp_gateway.messages import InboundCall

VENDOR, MESSAGE = "GENERALCONFIGURATION", "SETMETERCONFIGURATION"


def is_meters(call: InboundCall) -> bool:
    return is_general(call) and str(call.payload.get("messageId", "")).upper() == MESSAGE


def is_general(call: InboundCall) -> bool:
    return str(call.payload["vendorId"]).upper() == VENDOR


def record_meters(calls: list[InboundCall]) -> list[bool]:
    """Note the keys of those that can be read, and tell which."""
    found = [_keys(call) for call in calls]
    note_meter_keys([key for keys in found for key in keys or ()])
    return [keys is not None for keys in found]


def _keys(call: InboundCall) -> list[SeenMeterKey] | None:
    """None where the data holds no list of meters."""
    try:
        told = orjson.loads(call.payload.get("data", ""))
    except orjson.JSONDecodeError:
        return None
    meters = told.get("meters") if isinstance(told, dict) else None
    if not isinstance(meters, list):
        return None
    return [
        SeenMeterKey(call.peer.station_id, number, key, MeterKeySource.VENDOR_MESSAGE, call.received_at)
        for number, key in map(_key, meters)
        if number and key
    ]


def _key(meter: Any) -> tuple[int, str]:
    """The connector and the key without blanks; nothing where they are not there."""
    if not isinstance(meter, dict):
        return 0, ""
    number = str(meter.get("connectorId", ""))
    is_number = number.isascii() and number.isdecimal() and len(number) < 5
    return int(number) if is_number else 0, "".join(str(meter.get("publicKey") or "").split())
