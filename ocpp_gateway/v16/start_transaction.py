"""StartTransaction (OCPP 1.6 §4.8): gets a transaction id even when the token is refused (errata 3.17)."""

from charging import services as charging
from ocpp_gateway.messages import Answer, InboundCall, is_backlog, moment
from ocpp_gateway.v16.readings import corrections_for, noted
from ocpp_gateway.v16.tokens import id_tag_info


def handle(calls: list[InboundCall]) -> list[Answer]:
    corrections = corrections_for(calls)
    requests = [_request(call, corrections[call.peer.station_id]) for call in calls]
    outcomes = charging.start_sessions(requests)
    return [
        Answer(
            {"transactionId": outcome.session_id, "idTagInfo": id_tag_info(outcome.verdict)},
            port_number=call.payload["connectorId"],
            session_id=outcome.session_id,
            mended=noted(corrections[call.peer.station_id]),
            is_backlog=is_backlog(call, [request.started_at]),
        )
        for call, request, outcome in zip(calls, requests, outcomes, strict=True)
    ]


def _request(call: InboundCall, correction: charging.Correction) -> charging.StartRequest:
    said = call.payload
    started = moment(call, said.get("timestamp"))
    return charging.StartRequest(
        station_id=call.peer.station_id,
        organisation_id=call.peer.organisation_id,
        port_number=said["connectorId"],
        id_tag=said["idTag"],
        meter_start_wh=correction.energy_wh(said.get("meterStart")),
        started_at=started.at,
        received_at=call.received_at,
        reservation_id=said.get("reservationId"),
        clock_is_wrong=started.clock_is_wrong,
        offline=started.is_late and not started.clock_is_wrong,
    )
