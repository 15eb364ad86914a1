"""Authorize (OCPP 1.6 §4.1): may this token charge?"""

from charging import services as charging
from ocpp_gateway.messages import Answer, InboundCall
from ocpp_gateway.v16.tokens import id_tag_info


def handle(calls: list[InboundCall]) -> list[Answer]:
    requests = [
        charging.AuthorizeRequest(
            station_id=call.peer.station_id,
            organisation_id=call.peer.organisation_id,
            id_tag=call.payload["idTag"],
            at=call.received_at,
        )
        for call in calls
    ]
    return [Answer({"idTagInfo": id_tag_info(verdict)}) for verdict in charging.authorize(requests)]
