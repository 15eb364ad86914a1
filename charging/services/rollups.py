"""Sums of a day (`SessionDay`): kept as sessions close, and corrected when a late stop changes one.

A closed session is counted on the day of its start in the station's own time zone. `counted_on` remembers the day, so
that a correction always meets the row that has the session in it, whatever happened to the time zone since. Orphans are
not counted: they wait for someone to say what they were.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, tzinfo
from functools import cache
from typing import NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.db import connection
from django.utils import timezone

from charging.choices import COUNTED
from charging.models import ChargingSession
from common.lookups import among
from stations.models import Station


class Contribution(NamedTuple):
    """What a counted session adds to its day."""

    organisation_id: int
    station_id: int
    port_number: int
    day: date
    energy_wh: int
    duration_s: int
    hour: int | None


def contribution(session: ChargingSession) -> Contribution | None:
    if session.counted_on is None:
        return None
    return Contribution(
        session.organisation_id,
        session.station_id,
        session.port_number,
        session.counted_on,
        session.energy_wh,
        session.duration_s or 0,
        session.counted_hour,
    )


def count_days(sessions: Sequence[ChargingSession]) -> None:
    """Give every closed session that is not counted yet the day that counts it."""
    closed = [session for session in sessions if session.state in COUNTED and session.counted_on is None]
    if not closed:
        return
    stations = Station.objects.filter(among("pk", {session.station_id for session in closed}))
    zones = dict(stations.values_list("pk", "time_zone"))
    for session in closed:
        there = session.began_at.astimezone(_zone(zones[session.station_id]))
        session.counted_on, session.counted_hour = there.date(), there.hour


@cache
def _zone(name: str) -> tzinfo:
    """A zone that is not known costs no session its answer: the portal's own stands in."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return timezone.get_default_timezone()


# Two statements: the second one has to see a row that somebody else made while the first one waited for it.
_MAKE = """
    INSERT INTO charging_sessionday (organisation_id, station_id, port_number, day, sessions, energy_wh, duration_s)
    SELECT organisation_id, station_id, port_number, day, 0, 0, 0
    FROM unnest(%s::bigint[], %s::bigint[], %s::int[], %s::date[])
        AS change(organisation_id, station_id, port_number, day)
    ORDER BY station_id, port_number, day
    ON CONFLICT (station_id, port_number, day) DO NOTHING
"""
_ADD = """
    UPDATE charging_sessionday known
    SET sessions = known.sessions + change.sessions,
        energy_wh = known.energy_wh + change.energy_wh,
        duration_s = known.duration_s + change.duration_s
    FROM unnest(%s::bigint[], %s::int[], %s::date[], %s::int[], %s::bigint[], %s::bigint[])
        AS change(station_id, port_number, day, sessions, energy_wh, duration_s)
    WHERE known.station_id = change.station_id AND known.port_number = change.port_number AND known.day = change.day
"""


_MAKE_SLOTS = """
    INSERT INTO charging_sessionslot (organisation_id, station_id, month, weekday, hour, sessions)
    SELECT organisation_id, station_id, month, weekday, hour, 0
    FROM unnest(%s::bigint[], %s::bigint[], %s::date[], %s::int[], %s::int[])
        AS change(organisation_id, station_id, month, weekday, hour)
    ORDER BY station_id, month, weekday, hour
    ON CONFLICT (station_id, month, weekday, hour) DO NOTHING
"""
_ADD_SLOTS = """
    UPDATE charging_sessionslot known
    SET sessions = known.sessions + change.sessions
    FROM unnest(%s::bigint[], %s::date[], %s::int[], %s::int[], %s::int[])
        AS change(station_id, month, weekday, hour, sessions)
    WHERE known.station_id = change.station_id AND known.month = change.month
        AND known.weekday = change.weekday AND known.hour = change.hour
"""


def write_slots(before: Iterable[Contribution | None], after: Iterable[Contribution | None]) -> None:
    """The same for the hours of the week in which sessions began."""
    sums: dict[tuple[int, int, date, int, int], int] = defaultdict(int)
    for sign, contributions in ((-1, before), (1, after)):
        for one in filter(None, contributions):
            if one.hour is None:
                continue
            month, weekday = one.day.replace(day=1), one.day.isoweekday()
            sums[one.organisation_id, one.station_id, month, weekday, one.hour] += sign
    changes = [(*key, amount) for key, amount in sums.items() if amount]
    if changes:
        columns = [list(column) for column in zip(*changes, strict=True)]
        with connection.cursor() as cursor:
            cursor.execute(_MAKE_SLOTS, columns[:5])
            cursor.execute(_ADD_SLOTS, columns[1:])


def write_days(before: Iterable[Contribution | None], after: Iterable[Contribution | None]) -> None:
    """Take what was counted `before` from its days and add what counts `after`."""
    sums: dict[tuple[int, int, int, date], list[int]] = defaultdict(lambda: [0, 0, 0])
    for sign, contributions in ((-1, before), (1, after)):
        for one in filter(None, contributions):
            for index, amount in enumerate((1, one.energy_wh, one.duration_s)):
                sums[one[:4]][index] += sign * amount
    changes = [(*key, *amounts) for key, amounts in sums.items() if any(amounts)]
    if changes:
        columns = [list(column) for column in zip(*changes, strict=True)]
        with connection.cursor() as cursor:
            cursor.execute(_MAKE, columns[:4])
            cursor.execute(_ADD, columns[1:])
