"""Writes the message log: one row per exchange, by COPY, in the transaction of what the exchange did."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db import connection

from common.bulk import copy_rows
from ocpp_gateway.choices import Direction
from ocpp_gateway.messages import Peer
from ocpp_gateway.pipe import REPEATED_LATER

LARGEST_PORT_NUMBER = 2**15 - 1
_COLUMNS = (
    "received_at",
    "organisation_id",
    "station_id",
    "connection_id",
    "direction",
    "message_id",
    "action",
    "port_number",
    "session_id",
    "command_id",
    "request",
    "response",
    "answered_at",
    "error_code",
    "mended",
)


class Row(NamedTuple):
    """One exchange. `request` and `response` are frames, in which secrets are blanked already."""

    peer: Peer
    received_at: datetime
    direction: Direction
    request: str
    message_id: str = ""
    action: str = ""
    port_number: int | None = None
    session_id: int | None = None
    command_id: int | None = None
    response: str | None = None
    answered_at: datetime | None = None
    error_code: str | None = None
    mended: tuple[str, ...] = ()


def write(rows: Iterable[Row]) -> None:
    copy_rows("ocpp_gateway_exchange", _COLUMNS, map(_values, rows))


def _values(row: Row) -> tuple[object, ...]:
    return (
        row.received_at,
        row.peer.organisation_id,
        row.peer.station_id,
        row.peer.connection_id,
        row.direction.value,
        row.message_id,
        row.action[:60],
        row.port_number if row.port_number is not None and 0 <= row.port_number <= LARGEST_PORT_NUMBER else None,
        row.session_id,
        row.command_id,
        row.request,
        row.response,
        row.answered_at,
        row.error_code[:60] if row.error_code else None,
        [note[:200] for note in row.mended] if row.mended else "{}",
    )


@dataclass(frozen=True, slots=True)
class Given:
    """A call that was answered on an earlier connection: both frames as they travelled."""

    request: str
    response: str


RECENT = timedelta(hours=1)
RECENT_PER_STATION = 3


def recent_answers(station_ids: list[int], now: datetime) -> dict[int, list[Given]]:
    """The newest answers to what chargers repeat on their next connection (`pipe.REPEATED_LATER`), newest first.

    A charger whose connection broke before the answer reached it sends the call again. One query.
    """
    found: dict[int, list[Given]] = {}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT station.id, newest.request, newest.response FROM unnest(%s::bigint[]) AS station(id)"
            " CROSS JOIN LATERAL (SELECT request, response FROM ocpp_gateway_exchange"
            " WHERE station_id = station.id AND received_at > %s AND direction = %s AND action = ANY(%s)"
            " AND response IS NOT NULL AND error_code IS NULL ORDER BY received_at DESC, id DESC LIMIT %s) AS newest",
            [station_ids, now - RECENT, Direction.IN.value, sorted(REPEATED_LATER), RECENT_PER_STATION],
        )
        for station_id, request, response in cursor.fetchall():
            found.setdefault(station_id, []).append(Given(request, response))
    return found
