"""Rollups made anew."""

from collections.abc import Iterable

from django.db import transaction

from charging.choices import COUNTED
from charging.models import ChargingSession, FaultDay, SessionDay, SessionSlot
from charging.services.changes import lock_stations
from charging.services.rollups import contribution, count_days, write_days, write_slots
from common.bulk import update_rows

_AT_ONCE = 5000


@transaction.atomic
def recount(station_ids: Iterable[int]) -> None:
    """Count all closed sessions of the stations anew, e.g. after an import; works across organisations. They are judged
    anew by the next `classify_closed`.
    """
    ids = lock_stations(station_ids)
    SessionDay.objects.filter(station_id__in=ids).delete()
    FaultDay.objects.filter(station_id__in=ids).delete()
    SessionSlot.objects.filter(station_id__in=ids).delete()
    closed = ChargingSession.objects.filter(station_id__in=ids, state__in=COUNTED)
    closed.update(counted_on=None, fault=None, faults=[], classified_at=None)
    chunk: list[ChargingSession] = []
    for session in closed.order_by("pk").iterator(_AT_ONCE):
        chunk.append(session)
        if len(chunk) == _AT_ONCE:
            _count(chunk)
            chunk = []
    _count(chunk)


def _count(sessions: list[ChargingSession]) -> None:
    count_days(sessions)
    update_rows(sessions, ["counted_on", "counted_hour"])
    counted = [contribution(session) for session in sessions]
    write_days([], counted)
    write_slots([], counted)
