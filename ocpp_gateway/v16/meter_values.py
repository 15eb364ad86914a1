"""MeterValues (OCPP 1.6 §4.7): always confirmed, whatever transaction they speak of."""

from charging import services as charging
from ocpp_gateway.messages import Answer, InboundCall, is_backlog
from ocpp_gateway.v16.readings import corrections_for, noted, readings


def handle(calls: list[InboundCall]) -> list[Answer]:
    corrections = corrections_for(calls)
    reports = [_report(call, corrections[call.peer.station_id]) for call in calls]
    session_ids = charging.record_meter_values(reports)
    return [
        Answer(
            {},
            port_number=call.payload.get("connectorId"),
            session_id=session_id,
            mended=noted(corrections[call.peer.station_id]),
            is_backlog=is_backlog(call, [reading.sampled_at for reading in report.readings]),
        )
        for call, report, session_id in zip(calls, reports, session_ids, strict=True)
    ]


def _report(call: InboundCall, correction: charging.Correction) -> charging.MeterReport:
    return charging.MeterReport(
        station_id=call.peer.station_id,
        organisation_id=call.peer.organisation_id,
        port_number=call.payload.get("connectorId", 0),
        transaction_id=call.payload.get("transactionId"),
        received_at=call.received_at,
        readings=readings(call, call.payload.get("meterValue", []), correction),
    )
