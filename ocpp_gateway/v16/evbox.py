"""EVBox's own status message, which some of its chargers send where StatusNotification is due (Q104).

Its data is a list with commas that begins with connector, status and error code; newer firmware sends an object with
StatusNotification's names. Only what both have in common is read.
"""

from typing import Any

import orjson

from chargeports import services as chargeports
from chargeports.choices import PortStatus
from chargeports.models import PortState
from ocpp_gateway.messages import InboundCall

VENDORS = ("EV-BOX", "EVBOX")
STATUS = "EVBSTATUSNOTIFICATION"
NO_ERROR = "NoError"


def is_status(call: InboundCall) -> bool:
    return is_evbox(call) and str(call.payload.get("messageId", "")).upper() == STATUS


def is_evbox(call: InboundCall) -> bool:
    return str(call.payload["vendorId"]).upper() in VENDORS


def record_statuses(calls: list[InboundCall]) -> list[bool]:
    """Take over those that can be read, and tell which. What a StatusNotification told already is no news."""
    reports = [_report(call) for call in calls]
    read = [report for report in reports if report]
    known = PortState.objects.filter(port__station_id__in={report.station_id for report in read})
    told = {
        (station_id, number): status
        for station_id, number, status in known.values_list("port__station_id", "port__number", "status")
    }
    chargeports.record_statuses([report for report in read if told.get(report.place) != report.status])
    return [report is not None for report in reports]


def _report(call: InboundCall) -> chargeports.StatusReport | None:
    connector, status, error_code = _parts(call.payload.get("data", ""))
    if not (connector.isdecimal() and status) or status not in PortStatus.values:
        return None
    return chargeports.StatusReport(
        station_id=call.peer.station_id,
        organisation_id=call.peer.organisation_id,
        port_number=int(connector),
        status=status,
        error_code=error_code or NO_ERROR,
        vendor_error_code="",
        vendor_id=call.payload["vendorId"],
        info="",
        at=call.received_at,
        received_at=call.received_at,
        at_is_derived=True,
    )


def _parts(data: Any) -> tuple[str, str, str]:
    """Connector, status and error code; empty where they are not there."""
    try:
        found = orjson.loads(data)
    except orjson.JSONDecodeError:
        found = None
    if isinstance(found, dict):
        connector, status, code = (str(found.get(name, "")) for name in ("connectorId", "status", "errorCode"))
    else:
        connector, status, code = (part.strip() for part in (*str(data).split(",", 3), "", "", "")[:3])
    return connector, status, code
