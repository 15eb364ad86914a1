"""What is asked of a charger after its boot was accepted, gently: its configuration if that was never read, and the
status of its connectors if some never told it (S01).

Many chargers boot together after an outage, and some restart when they are asked at once (Q25, Q26): each gets its own
delay, and one question at a time.
"""

import random
from collections.abc import Iterable

from django.conf import settings

from chargeports.choices import OPEN_STATES, CommandKind
from chargeports.models import Command, PortState
from chargeports.services import request_command
from common.actor import SYSTEM
from common.errors import Refused
from ocpp_gateway.messages import Peer
from stations.models import Station


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


def ask(station_ids: Iterable[int]) -> None:
    """Queue what is missing of the stations, as commands that can be seen in their history."""
    for station in Station.objects.filter(pk__in=station_ids).select_related("state"):
        if station.state.configuration_read_at is None:
            _request(station, CommandKind.READ_CONFIGURATION, {"keys": []})
        if PortState.objects.filter(port__station=station, status="").exists():
            _request(station, CommandKind.TRIGGER_MESSAGE, {"message": "status"})


def _request(station: Station, kind: CommandKind, parameters: dict[str, object]) -> None:
    if Command.objects.filter(station=station, kind=kind, state__in=OPEN_STATES).exists():
        return
    try:
        request_command(SYSTEM, station, kind, parameters)
    except Refused:
        return  # it went offline meanwhile, or out of operation
