"""The last six months of a station, or of all: from rollups only, in the station's own calendar."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Count, QuerySet, Sum
from django.db.models.functions import ExtractIsoWeekDay, TruncMonth

from chargeports.models import AvailabilityDay, ChargePort
from chargeports.selectors import ports_shown
from charging.models import RevenueDay, SessionDay, SessionSlot
from stations.models import Station
from stations.schedules import moment

MONTHS = 6
_SUMS = {name: Sum(name, default=0) for name in ("sessions", "energy_wh", "duration_s")}


@dataclass
class Month:
    """What ended in a month. `days` and `port_s` are those that have passed: of the calendar, and of all ports."""

    first: date
    days: int
    port_s: int
    sessions: int = 0
    energy_wh: int = 0
    duration_s: int = 0
    revenue: dict[str, Decimal] = field(default_factory=dict)
    # Of all ports, on the days whose availability is known: all seconds, those of planned maintenance, and of the
    # others those in which a port was faulted or its station offline.
    known_s: int = 0
    maintenance_s: int = 0
    down_s: int = 0

    @property
    def sessions_a_day(self) -> float:
        return self.sessions / self.days if self.days else 0

    @property
    def energy_a_session_wh(self) -> float:
        return self.energy_wh / self.sessions if self.sessions else 0

    @property
    def utilisation(self) -> float | None:
        """The share of the ports' time in which a session ran, in percent."""
        return min(100.0, 100 * self.duration_s / self.port_s) if self.port_s else None

    @property
    def availability(self) -> float | None:
        """The share of the ports' time beside planned maintenance in which a car could be charged, in percent."""
        expected_s = self.known_s - self.maintenance_s
        return 100 * (expected_s - self.down_s) / expected_s if expected_s else None

    @property
    def maintenance_h(self) -> float | None:
        """Hours of planned maintenance, of all ports together."""
        return self.maintenance_s / 3600 if self.known_s else None


@dataclass(frozen=True)
class Statistics:
    months: Sequence[Month]
    # Sessions by weekday (Monday is 1), and by hour of the station's clock.
    by_weekday: Mapping[int, int]
    by_hour: Mapping[int, int]


def statistics(now: datetime, station: Station | None = None, zone: str = "") -> Statistics:
    """Of a station, or of the whole organisation. Five queries."""
    ports = len(ports_shown(station)) if station else ChargePort.objects.count()
    months = _months(now, ZoneInfo(station.time_zone if station else zone), ports)
    first = months[0].first
    by_weekday = _take_days(months, _of(SessionDay.objects, station))
    _take_availability(months, _of(AvailabilityDay.objects, station))
    revenue = _of(RevenueDay.objects, station).filter(day__gte=first).annotate(month=TruncMonth("day"))
    by_first = {month.first: month for month in months}
    for row in revenue.values("month", "currency").annotate(sum=Sum("total")).order_by("currency"):
        by_first[row["month"]].revenue[row["currency"]] = row["sum"]
    hours = _of(SessionSlot.objects, station).filter(month__gte=first).values("hour").annotate(sum=Sum("sessions"))
    return Statistics(months, by_weekday, dict(hours.values_list("hour", "sum").order_by()))


def of_group(now: datetime, station: Station) -> tuple[int, Statistics] | None:
    """How many stations the station's groups hold, and the sums of all of them; None where it is in no group.

    Three queries.
    """
    members = Station.objects.filter(groups__in=station.groups.all()).values("pk").distinct()
    counted = members.aggregate(stations=Count("pk", distinct=True), ports=Count("ports", distinct=True))
    if not counted["stations"]:
        return None
    months = _months(now, ZoneInfo(station.time_zone), counted["ports"])
    by_weekday = _take_days(months, SessionDay.objects.filter(station__in=members))
    _take_availability(months, AvailabilityDay.objects.filter(station__in=members))
    return counted["stations"], Statistics(months, by_weekday, {})


def _take_days(months: Sequence[Month], rows: QuerySet[SessionDay]) -> dict[int, int]:
    """Sum the days into their months; the sessions by weekday. One query."""
    by_first, by_weekday = {month.first: month for month in months}, Counter[int]()
    days = rows.filter(day__gte=months[0].first).annotate(month=TruncMonth("day"), weekday=ExtractIsoWeekDay("day"))
    grouped: QuerySet[Any, Any] = days.values("month", "weekday").annotate(**_SUMS)
    for row in grouped.order_by():
        by_weekday[row["weekday"]] += row["sessions"]
        for name in _SUMS:
            setattr(by_first[row["month"]], name, getattr(by_first[row["month"]], name) + row[name])
    return dict(by_weekday)


def _take_availability(months: Sequence[Month], rows: QuerySet[AvailabilityDay]) -> None:
    """One query."""
    by_first = {month.first: month for month in months}
    days = rows.filter(day__gte=months[0].first).annotate(month=TruncMonth("day")).values("month")
    sums = days.annotate(known_s=Sum("port_s"), out_s=Sum("down_s"), work_s=Sum("maintenance_s"))
    for row in sums.order_by():
        month = by_first[row["month"]]
        month.known_s, month.down_s, month.maintenance_s = row["known_s"], row["out_s"], row["work_s"]


def _of(rows: Any, station: Station | None) -> QuerySet[Any]:
    found: QuerySet[Any] = rows.filter(station=station) if station else rows.all()
    return found


def _months(now: datetime, zone: ZoneInfo, ports: int) -> list[Month]:
    """The last six months, the present one up to now, in true seconds: days of 23 and 25 hours count as such."""
    today = now.astimezone(zone).date()
    first, found = today.replace(day=1), []
    for _number in range(MONTHS):
        following = (first + timedelta(days=31)).replace(day=1)
        until = min(moment(following, "00:00", zone), now)
        passed_s = round((until - moment(first, "00:00", zone)).total_seconds())
        days = ((following - first) if following <= today else (today - first + timedelta(days=1))).days
        found.append(Month(first, days, passed_s * ports))
        first = (first - timedelta(days=1)).replace(day=1)
    return found[::-1]
