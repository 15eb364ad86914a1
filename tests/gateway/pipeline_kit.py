"""Hands calls to the pipeline as a connection would, without a socket."""

from collections.abc import Iterable
from datetime import datetime
from itertools import count
from typing import Any

import orjson
from django.utils import timezone

from ocpp_gateway import pipeline, v16
from ocpp_gateway.messages import Answer, InboundCall, Peer, zone_of
from stations.models import Station

_ids = count(1)


def peer(of: Station) -> Peer:
    return Peer(
        connection_id=1,
        station_id=of.pk,
        organisation_id=of.organisation_id,
        identity=of.identity,
        zone=zone_of(of.time_zone),
    )


def call(of: Station, action: str, payload: dict[str, Any], at: datetime | None = None) -> InboundCall:
    """A charger's call as it is after the tolerant reader."""
    reading = v16.VERSION.reader.read(action, payload)
    assert reading.error is None, reading
    unique_id = f"m{next(_ids)}"
    return InboundCall(
        peer=peer(of),
        unique_id=unique_id,
        action=action,
        payload=reading.payload,
        raw=orjson.dumps([2, unique_id, action, payload]).decode(),
        received_at=at or timezone.now(),
        mended=reading.mended,
    )


def handle(calls: Iterable[InboundCall]) -> list[Answer]:
    return pipeline.handle(v16.VERSION, list(calls))


def ask(of: Station, action: str, payload: dict[str, Any], at: datetime | None = None) -> Answer:
    """Have one call handled."""
    return handle([call(of, action, payload, at)])[0]
