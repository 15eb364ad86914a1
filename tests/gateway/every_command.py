"""Every kind of command with its parameters and its port, for chargers that are asked for all of them."""

from dataclasses import asdict
from datetime import timedelta
from typing import Any

from django.utils import timezone

from chargeports.certificates import hash_data, read_certificate
from chargeports.choices import CommandKind
from stations.models import Station
from tests import factories

Parameters = dict[str, Any]
_PROFILE = {"kind": "relative", "unit": "A", "periods": [{"start_s": 0, "limit": 16}]}


def commands(station: Station, vendor_id: str = "com.example") -> dict[CommandKind, tuple[Parameters, int | None]]:
    """Every kind of command, in an order that a real charger can follow: a restart is the last one."""
    root = factories.certificate("Root")
    firmware = factories.firmware(
        station.organisation,
        vendor="Nordwatt",
        model="N22",
        signature="c2ln",
        signing_certificate=factories.certificate("Nordwatt firmware"),
    )
    later = (timezone.now() + timedelta(hours=1)).isoformat()
    return {
        CommandKind.RESERVE: ({"reservation_id": 5, "id_tag": "TAG", "until": later}, 1),
        CommandKind.CANCEL_RESERVATION: ({"reservation_id": 5}, 1),
        CommandKind.START_CHARGING: ({"id_tag": "TAG", "limit_a": 16}, 1),
        CommandKind.STOP_CHARGING: ({"session_id": 12}, 1),
        CommandKind.UNLOCK: ({}, 1),
        CommandKind.CHANGE_AVAILABILITY: ({"operative": True}, 1),
        CommandKind.READ_CONFIGURATION: ({"keys": []}, None),
        CommandKind.CHANGE_CONFIGURATION: ({"key": "HeartbeatInterval", "value": "300"}, None),
        CommandKind.CLEAR_CACHE: ({}, None),
        CommandKind.TRIGGER_MESSAGE: ({"message": "status"}, 1),
        CommandKind.DATA_TRANSFER: ({"vendor_id": vendor_id, "message_id": "Echo", "data": "x"}, None),
        CommandKind.EXTENDED_TRIGGER: ({"message": "heartbeat"}, None),
        CommandKind.GET_LOCAL_LIST_VERSION: ({}, None),
        CommandKind.SEND_LOCAL_LIST: ({}, None),
        CommandKind.GET_INSTALLED_CERTIFICATE_IDS: ({"certificate_type": "manufacturer_root"}, None),
        CommandKind.INSTALL_CERTIFICATE: (
            {"certificate_type": "central_system_root", "certificate": root},
            None,
        ),
        CommandKind.DELETE_CERTIFICATE: (
            asdict(hash_data(read_certificate(root), "SHA256")),
            None,
        ),
        CommandKind.CERTIFICATE_SIGNED: ({"certificate_chain": factories.certificate("Charger")}, None),
        CommandKind.GET_DIAGNOSTICS: ({"retries": 1}, None),
        CommandKind.GET_LOG: ({"log": "security"}, None),
        CommandKind.UPDATE_FIRMWARE: ({"firmware_id": firmware.pk}, None),
        CommandKind.SIGNED_UPDATE_FIRMWARE: ({"firmware_id": firmware.pk}, None),
        CommandKind.SET_CHARGING_PROFILE: ({**_PROFILE, "purpose": "session_default"}, 1),
        CommandKind.GET_COMPOSITE_SCHEDULE: ({"duration_s": 3600}, 1),
        CommandKind.CLEAR_CHARGING_PROFILE: ({}, 1),
        CommandKind.RESET: ({"type": "soft"}, None),
    }
