"""StopTransaction (OCPP 1.6 §4.10): always confirmed; without an idTag the answer holds no idTagInfo (X14)."""

from charging import services as charging
from ocpp_gateway.messages import Answer, InboundCall, is_backlog, moment
from ocpp_gateway.v16.readings import corrections_for, noted, readings
from ocpp_gateway.v16.tokens import id_tag_info

DEFAULT_REASON = "Local"


def handle(calls: list[InboundCall]) -> list[Answer]:
    corrections = corrections_for(calls)
    requests = [_request(call, corrections[call.peer.station_id]) for call in calls]
    outcomes = charging.stop_sessions(requests)
    return [
        Answer(
            {"idTagInfo": id_tag_info(outcome.verdict)} if outcome.verdict else {},
            session_id=outcome.session_id,
            mended=noted(corrections[call.peer.station_id]),
            is_backlog=is_backlog(call, [request.ended_at]),
        )
        for call, request, outcome in zip(calls, requests, outcomes, strict=True)
    ]


def _request(call: InboundCall, correction: charging.Correction) -> charging.StopRequest:
    said = call.payload
    ended = moment(call, said.get("timestamp"))
    return charging.StopRequest(
        station_id=call.peer.station_id,
        organisation_id=call.peer.organisation_id,
        transaction_id=said.get("transactionId", 0),
        id_tag=said.get("idTag"),
        meter_stop_wh=correction.energy_wh(said.get("meterStop")),
        ended_at=ended.at,
        received_at=call.received_at,
        reason=said.get("reason", DEFAULT_REASON),
        readings=readings(call, said.get("transactionData", []), correction),
        clock_is_wrong=ended.clock_is_wrong,
    )
