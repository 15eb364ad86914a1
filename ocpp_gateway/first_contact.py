"""What is asked of a charger after its boot was accepted, gently: its configuration if that was never read, and the
status of its connectors if some never told it (S01). And it is told of the locks that hold.

Many chargers boot together after an outage, and some restart when they are asked at once (Q25, Q26): each gets its own
delay, and one question at a time.
"""

import random
from collections.abc import Collection
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.db.models import QuerySet

from chargeports.choices import CommandKind
from chargeports.models import PortState
from chargeports.services import hold_after_boot, request_of_all
from common.actor import SYSTEM
from ocpp_gateway.messages import Peer
from stations.models import StationState


class FirstContact:
    """Stations that booted on this node, and when each is to be looked at: once per connection (B05)."""

    def __init__(self) -> None:
        self._due: dict[int, tuple[float, int]] = {}
        self._done: set[int] = set()

    def plan(self, peer: Peer, now: float) -> None:
        if peer.connection_id in self._done:
            return
        self._done.add(peer.connection_id)
        delay_s = settings.GATEWAY_BOOT_GRACE_S + random.uniform(0, settings.GATEWAY_FIRST_CONTACT_SPREAD_S)  # noqa: S311
        self._due[peer.connection_id] = (now + delay_s, peer.station_id)

    def forget(self, connection_id: int) -> None:
        self._done.discard(connection_id)
        self._due.pop(connection_id, None)

    def take_due(self, now: float) -> list[int]:
        """The stations whose time has come."""
        due = [connection_id for connection_id, (at, _) in self._due.items() if at <= now]
        return [self._due.pop(connection_id)[1] for connection_id in due]


def ask(station_ids: Collection[int]) -> None:
    """Queue what is missing of the stations, as commands that can be seen in their history."""
    hold_after_boot(station_ids, datetime.now(UTC))
    unread = StationState.objects.filter(station_id__in=station_ids, configuration_read_at=None)
    if ids := _ids(unread):
        request_of_all(SYSTEM, ids, CommandKind.READ_CONFIGURATION, {"keys": []})
    silent = PortState.objects.filter(port__station_id__in=station_ids, status="")
    if ids := _ids(silent, "port__station_id"):
        request_of_all(SYSTEM, ids, CommandKind.TRIGGER_MESSAGE, {"message": "status"})


def _ids(rows: QuerySet[Any], name: str = "station_id") -> list[int]:
    return list(rows.values_list(name, flat=True).distinct())
