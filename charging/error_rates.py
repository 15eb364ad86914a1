"""Error rates from the rollups: of a charge port, a station, a group, a model or the whole organisation.

Failed authorisations are left out of every number. *Cancelled* are sessions of that type and those who were let to
charge and did not begin; *without cancelled* leaves them out altogether.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db import connection
from django.db.models import QuerySet, Sum

from accounts.models import Organisation
from chargeports.models import ChargePort
from charging.choices import Fault
from charging.models import FaultDay, FaultRules, NotBegunDay, SessionDay
from stations.models import Station, StationGroup

RANKED = 100


@dataclass(frozen=True)
class Place:
    """What is looked at; nothing named is the whole organisation."""

    station: Station | None = None
    port: ChargePort | None = None
    group: StationGroup | None = None
    vendor: str = ""
    model: str = ""

    def limit(self, days: QuerySet[Any]) -> QuerySet[Any]:
        if self.port is not None:
            return days.filter(station_id=self.port.station_id, port_number=self.port.number)
        if self.station is not None:
            return days.filter(station=self.station)
        return self._limit_fleet(days)

    def _limit_fleet(self, days: QuerySet[Any]) -> QuerySet[Any]:
        if self.group is not None:
            days = days.filter(station__groups=self.group)
        if self.vendor:
            days = days.filter(station__vendor=self.vendor)
        return days.filter(station__model=self.model) if self.model else days


@dataclass
class Rate:
    """`ended` counts the sessions that are looked at, `by_fault` the faulty ones by their primary type; both count
    `not_begun`, those without a session, as cancelled ones.
    """

    ended: int = 0
    by_fault: dict[int, int] = field(default_factory=lambda: defaultdict(int))
    not_begun: int = 0

    @property
    def sessions(self) -> int:
        return self.ended - self.not_begun

    @property
    def faulty(self) -> int:
        return sum(self.by_fault.values())

    @property
    def successful(self) -> int:
        return max(0, self.ended - self.faulty)

    @property
    def cancelled(self) -> int:
        return self.by_fault.get(Fault.CANCELLED, 0)

    @property
    def percent(self) -> float | None:
        return 100 * self.faulty / self.ended if self.ended else None

    @property
    def percent_without_cancelled(self) -> float | None:
        rest = self.ended - self.cancelled
        return 100 * (self.faulty - self.cancelled) / rest if rest > 0 else None


def rates_by_day(place: Place, first: date, last: date) -> dict[date, Rate]:
    """Each day on which something ended or was cancelled before it began, in order. Three queries."""
    found: dict[date, Rate] = {}
    totals = place.limit(SessionDay.objects.filter(day__range=(first, last)))
    for day, ended in totals.values_list("day").annotate(Sum("sessions")).order_by("day"):
        found[day] = Rate(ended)
    faults = place.limit(FaultDay.objects.filter(day__range=(first, last), sessions__gt=0))
    for day, fault, sessions in faults.values_list("day", "fault").annotate(Sum("sessions")).order_by("day", "fault"):
        rate = found.setdefault(day, Rate())
        if fault == Fault.FAILED_AUTHORISATION:
            rate.ended -= sessions
        else:
            rate.by_fault[fault] += sessions
    attempts = place.limit(NotBegunDay.objects.filter(day__range=(first, last)))
    silent = FaultRules.objects.filter(left_out__contains=[Fault.CANCELLED]).values("organisation")
    attempts = attempts.exclude(organisation__in=silent)
    for day, number in attempts.values_list("day").annotate(Sum("attempts")).order_by("day"):
        rate = found.setdefault(day, Rate())
        rate.ended += number
        rate.not_begun += number
        rate.by_fault[Fault.CANCELLED] += number
    return dict(sorted(found.items()))


def rate_of(days: dict[date, Rate]) -> Rate:
    """All of these days together."""
    total = Rate(sum(rate.ended for rate in days.values()), not_begun=sum(rate.not_begun for rate in days.values()))
    for rate in days.values():
        for fault, sessions in rate.by_fault.items():
            total.by_fault[fault] += sessions
    return total


# --- Ranking ------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Ranked:
    """A line of the ranking: its place, the sessions without cancelled ones, and how many of these were faulty."""

    keys: tuple[Any, ...]
    ended: int
    faulty: int
    cancelled: int
    main_fault: Fault | None

    @property
    def percent(self) -> float:
        return 100 * self.faulty / self.ended

    @property
    def percent_with_cancelled(self) -> float:
        return 100 * (self.faulty + self.cancelled) / (self.ended + self.cancelled)


@dataclass(frozen=True)
class Level:
    """What the lines of a ranking are; `keys` are columns of SQL, `join` brings along what they need."""

    keys: str
    join: str = ""


LEVELS = {
    "ports": Level("t.station_id, s.identity, s.name, t.port_number"),
    "stations": Level("t.station_id, s.identity, s.name"),
    "groups": Level(
        "g.id, g.name",
        "JOIN stations_station_groups m ON m.station_id = s.id"
        " JOIN stations_stationgroup g ON g.id = m.stationgroup_id",
    ),
    "models": Level("s.vendor, s.model"),
}

# Ordered by the rate that is certain at least (lower bound of Wilson's interval at 95 %), so that one bad session out
# of one does not stand above thirty out of a hundred.
_RANKING = """
    WITH kinds AS (
        SELECT station_id, port_number, fault, sum(sessions) AS sessions FROM charging_faultday
        WHERE organisation_id = %(organisation)s AND day BETWEEN %(first)s AND %(last)s AND sessions > 0
        GROUP BY 1, 2, 3
    ), totals AS (
        SELECT station_id, port_number, sum(sessions) AS sessions FROM charging_sessionday
        WHERE organisation_id = %(organisation)s AND day BETWEEN %(first)s AND %(last)s
        GROUP BY 1, 2
    ), unused AS (
        SELECT station_id, port_number, sum(attempts) AS attempts FROM charging_notbegunday
        WHERE organisation_id = %(organisation)s AND day BETWEEN %(first)s AND %(last)s AND NOT EXISTS (
            SELECT FROM charging_faultrules WHERE organisation_id = %(organisation)s AND 2 = ANY(left_out))
        GROUP BY 1, 2
    ), ports AS (
        SELECT t.station_id, t.port_number, t.sessions, coalesce(max(u.attempts), 0) AS not_begun,
            coalesce(sum(k.sessions) FILTER (WHERE k.fault = 0), 0) AS refused,
            coalesce(sum(k.sessions) FILTER (WHERE k.fault = 2), 0) AS cancelled,
            coalesce(sum(k.sessions) FILTER (WHERE k.fault NOT IN (0, 2)), 0) AS faulty,
            (array_agg(k.fault ORDER BY k.sessions DESC) FILTER (WHERE k.fault NOT IN (0, 2)))[1] AS main,
            max(k.sessions) FILTER (WHERE k.fault NOT IN (0, 2)) AS main_sessions
        FROM totals t LEFT JOIN kinds k USING (station_id, port_number)
            LEFT JOIN unused u USING (station_id, port_number)
        GROUP BY 1, 2, 3
    ), places AS (
        SELECT {keys}, sum(t.sessions - t.refused - t.cancelled)::int AS n, sum(t.faulty)::int AS k,
            sum(t.cancelled + t.not_begun)::int AS cancelled,
            (array_agg(t.main ORDER BY t.main_sessions DESC NULLS LAST))[1] AS main
        FROM ports t JOIN stations_station s ON s.id = t.station_id {join}
        WHERE (%(group)s::bigint IS NULL OR s.id IN (
                SELECT station_id FROM stations_station_groups WHERE stationgroup_id = %(group)s))
            AND (%(vendor)s = '' OR s.vendor = %(vendor)s) AND (%(model)s = '' OR s.model = %(model)s)
        GROUP BY {keys}
    )
    SELECT * FROM places WHERE k > 0 AND n > 0
    ORDER BY (k::float8 / n + 1.92 / n - 1.96 * sqrt((k::float8 / n * (n - k) / n + 0.96 / n) / n))
        / (1 + 3.84 / n) DESC, k DESC
    LIMIT %(most)s
"""


def ranking(
    organisation: Organisation, place: Place, first: date, last: date, level: str, most: int = RANKED
) -> Sequence[Ranked]:
    """Where most goes wrong, worst first. One query."""
    wanted = LEVELS[level]
    values: dict[str, int | str | date | None] = {
        "organisation": organisation.pk,
        "first": first,
        "last": last,
        "group": place.group.pk if place.group else None,
        "vendor": place.vendor,
        "model": place.model,
        "most": most,
    }
    with connection.cursor() as cursor:
        cursor.execute(_RANKING.format(keys=wanted.keys, join=wanted.join), values)
        return [_ranked(row) for row in cursor.fetchall()]


def _ranked(row: tuple[Any, ...]) -> Ranked:
    *keys, ended, faulty, cancelled, main = row
    return Ranked(tuple(keys), ended, faulty, cancelled, Fault(main) if main else None)
