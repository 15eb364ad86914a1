"""StatusNotification (OCPP 1.6 §4.9): the status of a connector, or of the charger itself (connector 0)."""

from chargeports import services as chargeports
from ocpp_gateway.messages import Answer, InboundCall, moment


def handle(calls: list[InboundCall]) -> list[Answer]:
    chargeports.record_statuses([_report(call) for call in calls])
    return [Answer({}, port_number=call.payload["connectorId"]) for call in calls]


def _report(call: InboundCall) -> chargeports.StatusReport:
    said = call.payload
    event = moment(call, said.get("timestamp"))
    return chargeports.StatusReport(
        station_id=call.peer.station_id,
        organisation_id=call.peer.organisation_id,
        port_number=said["connectorId"],
        status=said.get("status", ""),
        error_code=said.get("errorCode", ""),
        vendor_error_code=said.get("vendorErrorCode", ""),
        vendor_id=said.get("vendorId", ""),
        info=said.get("info", ""),
        at=event.at,
        received_at=call.received_at,
        at_is_derived=event.is_derived,
    )
