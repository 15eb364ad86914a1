"""Reads of the locks that hold now: what they cover, and which tokens they let charge all the same."""

from collections.abc import Iterable
from datetime import datetime

from chargeports.models import PortLock
from common.lookups import among


class Locks:
    """The locks that hold at some stations, in whatever organisation. One query."""

    def __init__(self, station_ids: Iterable[int]) -> None:
        self._by_station: dict[int, list[PortLock]] = {}
        held = PortLock.objects.filter(among("station_id", set(station_ids)), until__isnull=True)
        for lock in held.order_by("since", "pk"):
            self._by_station.setdefault(lock.station_id, []).append(lock)

    def __bool__(self) -> bool:
        return bool(self._by_station)

    @property
    def station_ids(self) -> list[int]:
        return sorted(self._by_station)

    def on(self, station_id: int, port_number: int) -> list[PortLock]:
        """The locks that cover the port, the oldest first; under number 0 those of the whole station."""
        return [lock for lock in self._by_station.get(station_id, ()) if lock.covers(port_number)]

    def at(self, station_id: int) -> list[PortLock]:
        return self._by_station.get(station_id, [])

    def keep_inoperative(self, station_id: int, port_number: int) -> bool:
        """Whether the charger itself is to offer nothing there: not where named tokens may charge."""
        return any(not lock.tokens for lock in self.on(station_id, port_number))

    def lets(self, station_id: int, port_number: int, id_tag: str, at: datetime) -> bool:
        """Whether the token may start there at that time: a lock of later or one that names it does not refuse it."""
        return all(lock.since > at or _names(lock, id_tag) for lock in self.on(station_id, port_number))


def _names(lock: PortLock, id_tag: str) -> bool:
    return id_tag.upper() in map(str.upper, lock.tokens)
