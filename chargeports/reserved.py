"""Reads of the reservations that hold now: which of them a session uses (OCPP 1.6 §4.8)."""

from collections.abc import Iterable
from datetime import datetime

from chargeports.choices import HOLDING
from chargeports.models import Reservation
from common.lookups import among


class HeldReservations:
    """The reservations that hold at some stations, in whatever organisation. One query."""

    def __init__(self, station_ids: Iterable[int]) -> None:
        found = Reservation.objects.filter(among("station_id", set(station_ids)), state__in=HOLDING).order_by("pk")
        self._held: dict[int, Reservation] = {reservation.pk: reservation for reservation in found}

    def take(
        self, station_id: int, port_number: int, told_id: int | None, tags: Iterable[str | None], at: datetime
    ) -> Reservation | None:
        """The reservation that a session at the port uses: the one that the charger names, or else the one for any of
        `tags`, the token or its parent (V03). It is taken: a later session does not get it again.
        """
        here = [one for one in self._held.values() if one.station_id == station_id]
        named = [one for one in here if one.pk == told_id]
        wanted = {tag.upper() for tag in tags if tag}
        fitting = [one for one in here if _fits(one, port_number, wanted, at)]
        found = next(iter([*named, *fitting]), None)
        return self._held.pop(found.pk) if found else None


def _fits(reservation: Reservation, port_number: int, tags: set[str], at: datetime) -> bool:
    own = {tag.upper() for tag in (reservation.id_tag, reservation.parent_id_tag) if tag}
    in_time = reservation.created_at <= at < reservation.expires_at
    return in_time and reservation.port_number in (0, port_number) and bool(own & tags)
