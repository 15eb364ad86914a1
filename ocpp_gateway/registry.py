"""Which node holds which station's socket. A node renews a lease; when that runs out, its connections are closed here.

Every function belongs to its caller's transaction, works across organisations and takes lists: a reconnect storm of
thousands of stations needs few queries.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import connection
from django.db.models import QuerySet

from chargeports import services as chargeports
from chargeports.choices import CommandState
from ocpp_gateway.closing import Closing, OurClose, closing, is_drop
from ocpp_gateway.models import Connection, GatewayNode
from stations import services as stations

LEASE = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class NodeName:
    """A gateway process: its id, the channel on which it hears pokes, and the host it runs on."""

    id: UUID
    channel: str
    host: str


@dataclass(frozen=True, slots=True)
class Opening:
    """A connection to be written into the registry."""

    station_id: int
    organisation_id: int
    address: str
    subprotocol: str
    security_profile: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Replaced:
    """A connection that a newer one of the same station replaced; its node is to close the socket."""

    connection_id: int
    channel: str


@dataclass(frozen=True, slots=True)
class Opened:
    """The connection's new row, and what it replaced."""

    connection_id: int
    replaced: Replaced | None


@dataclass(frozen=True, slots=True)
class Ended:
    """A socket that is gone. `server_code` is what the server reported, for the record only."""

    connection_id: int
    closing: Closing
    server_code: int | None
    reason: str
    at: datetime
    last_message_at: datetime | None
    messages_in: int
    messages_out: int


def renew(node: NodeName, now: datetime) -> bool:
    """Renew the lease; False when it had run out and been taken away (then its connections are closed already)."""
    return bool(GatewayNode.objects.filter(pk=node.id).update(lease_until=now + LEASE))


def enrol(node: NodeName, now: datetime) -> None:
    """Make the node known, unless it is."""
    GatewayNode.objects.bulk_create(
        [GatewayNode(id=node.id, channel=node.channel, host=node.host, started_at=now, lease_until=now + LEASE)],
        ignore_conflicts=True,
    )


def held(station_ids: Iterable[int]) -> set[int]:
    """Those of the stations that have an open connection."""
    rows = Connection.objects.filter(station_id__in=station_ids, closed_at=None)
    return set(rows.values_list("station_id", flat=True))


def open_connections(node: NodeName, openings: Sequence[Opening], now: datetime) -> list[Opened]:
    """Open a connection per station (each at most once), closing the older ones: the newer wins (T30)."""
    enrol(node, now)
    replaced = _replace([opening.station_id for opening in openings], now)
    rows = Connection.objects.bulk_create(
        Connection(
            station_id=opening.station_id,
            organisation_id=opening.organisation_id,
            node_id=node.id,
            node_host=node.host,
            address=opening.address,
            subprotocol=opening.subprotocol,
            security_profile=opening.security_profile,
            server="uvicorn",
            opened_at=opening.at,
        )
        for opening in openings
    )
    stations.set_online([opening.station_id for opening in openings], now)
    return [Opened(row.pk, replaced.get(row.station_id)) for row in rows]


def _replace(station_ids: Iterable[int], now: datetime) -> dict[int, Replaced]:
    older = list(Connection.objects.filter(station_id__in=station_ids, closed_at=None).select_related("node"))
    if older:
        _close(Connection.objects.filter(pk__in=[row.pk for row in older]), closing(OurClose.REPLACED, None), now)
        chargeports.requeue_unsent([row.pk for row in older])
    return {row.station_id: Replaced(row.pk, row.node.channel if row.node else "") for row in older}


def _close(rows: QuerySet[Connection], reading: Closing, now: datetime) -> None:
    rows.update(closed_at=now, code=reading.code, side=reading.side, reason=str(reading.title))


def close_connections(ends: Sequence[Ended]) -> None:
    """Write down how sockets ended. A connection that was replaced meanwhile never marks its station offline (T30)."""
    _count_messages(ends)
    station_ids = _write_ends(ends)
    chargeports.requeue_unsent([end.connection_id for end in ends])
    closed = [end for end in ends if end.connection_id in station_ids]
    for now_offline, some in (
        (stations.note_lost, [end for end in closed if is_drop(end.closing)]),
        (stations.set_offline, [end for end in closed if not is_drop(end.closing)]),
    ):
        if some:
            now_offline([station_ids[end.connection_id] for end in some], max(end.at for end in some))


def give_up_dropped(now: datetime) -> None:
    """Stations whose connection broke off, and that did not come back in time, are offline (Q14)."""
    stations.give_up_lost(now - timedelta(seconds=settings.GATEWAY_OFFLINE_GRACE_S))


def _count_messages(ends: Sequence[Ended]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE ocpp_gateway_connection AS c SET messages_in = e.messages_in, messages_out = e.messages_out,"
            " last_message_at = e.last_message_at FROM unnest(%s::bigint[], %s::int[], %s::int[], %s::timestamptz[])"
            " AS e(id, messages_in, messages_out, last_message_at) WHERE c.id = e.id",
            [
                [end.connection_id for end in ends],
                [end.messages_in for end in ends],
                [end.messages_out for end in ends],
                [end.last_message_at for end in ends],
            ],
        )


def _write_ends(ends: Sequence[Ended]) -> dict[int, int]:
    """Close what is still open; the stations by connection."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE ocpp_gateway_connection AS c SET closed_at = e.at, code = e.code, side = e.side,"
            " server_code = e.server_code, reason = e.reason"
            " FROM unnest(%s::bigint[], %s::timestamptz[], %s::text[], %s::text[], %s::int[], %s::text[])"
            " AS e(id, at, code, side, server_code, reason)"
            " WHERE c.id = e.id AND c.closed_at IS NULL RETURNING c.id, c.station_id",
            [
                [end.connection_id for end in ends],
                [end.at for end in ends],
                [end.closing.code for end in ends],
                [str(end.closing.side) for end in ends],
                [end.server_code for end in ends],
                [(end.reason or str(end.closing.title))[:255] for end in ends],
            ],
        )
        return dict(cursor.fetchall())


def reap(now: datetime) -> int:
    """Close what nodes without a lease left open (code 0001); return how many nodes were dead."""
    dead = list(
        GatewayNode.objects.select_for_update(skip_locked=True).filter(lease_until__lt=now).values_list("pk", flat=True)
    )
    if dead:
        dismiss(dead, now)
    return len(dead)


def dismiss(node_ids: Sequence[UUID], now: datetime) -> None:
    """Take nodes out of the registry with all that they still hold."""
    rows = Connection.objects.filter(node_id__in=node_ids, closed_at=None)
    held = list(rows.values_list("pk", "station_id"))
    if held:
        _close(rows, closing(OurClose.BROKER_RESTART, None), now)
        chargeports.requeue_unsent([connection_id for connection_id, _ in held])
        stations.set_offline([station_id for _, station_id in held], now)
    GatewayNode.objects.filter(pk__in=node_ids).delete()


def reconcile(node_id: UUID, held: set[int], now: datetime) -> set[int]:
    """Bring the node's sockets and the registry together again: return the connections of `held` that the registry
    no longer has open, and close those that it has open and nobody holds.
    """
    rows = Connection.objects.filter(node_id=node_id, closed_at=None)
    is_open = dict(rows.values_list("pk", "opened_at"))
    orphans = [pk for pk, opened_at in is_open.items() if pk not in held and opened_at < now - LEASE]
    if orphans:
        close_connections([
            Ended(pk, closing(OurClose.CRASHED, None), None, "", now, None, 0, 0) for pk in orphans
        ])  # fmt: skip
    return held - is_open.keys()


def by_channel(station_ids: Iterable[int]) -> dict[str, list[int]]:
    """The stations whose sockets are held somewhere, by the channel of the node that holds them."""
    held = Connection.objects.filter(station_id__in=station_ids, closed_at=None)
    found: dict[str, list[int]] = {}
    for channel, station_id in held.values_list("node__channel", "station_id"):
        found.setdefault(channel, []).append(station_id)
    return found


def stations_with_queued_commands(node_id: UUID) -> list[int]:
    """Connected stations of the node for which commands wait: found again when a poke was lost."""
    return list(
        Connection.objects.filter(node_id=node_id, closed_at=None, station__commands__state=CommandState.QUEUED)
        .values_list("station_id", flat=True)
        .distinct()
    )
