"""The last six months of a station, or of all: from rollups only, in the station's own calendar."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Count, QuerySet, Sum
from django.db.models.functions import ExtractIsoWeekDay, TruncMonth

from chargeports.models import ChargePort
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


@dataclass(frozen=True)
class Statistics:
    months: Sequence[Month]
    # Sessions by weekday (Monday is 1), and by hour of the station's clock.
    by_weekday: Mapping[int, int]
    by_hour: Mapping[int, int]


def statistics(now: datetime, station: Station | None = None, zone: str = "") -> Statistics:
    """Of a station, or of the whole organisation. Five queries."""
    months = _months(now, ZoneInfo(station.time_zone if station else zone), _port_count(station))
    first = months[0].first
    by_first = {month.first: month for month in months}
    for row in _grouped(_of(SessionDay.objects.filter(day__gte=first), station)):
        for name in _SUMS:
            setattr(by_first[row["month"]], name, row[name])
    revenue = _of(RevenueDay.objects.filter(day__gte=first), station).annotate(month=TruncMonth("day"))
    for row in revenue.values("month", "currency").annotate(sum=Sum("total")).order_by("currency"):
        by_first[row["month"]].revenue[row["currency"]] = row["sum"]
    weekdays = _of(SessionDay.objects.filter(day__gte=first), station).annotate(weekday=ExtractIsoWeekDay("day"))
    by_weekday = weekdays.values("weekday").annotate(sum=Sum("sessions")).values_list("weekday", "sum")
    hours = _of(SessionSlot.objects.filter(month__gte=first), station).values("hour").annotate(sum=Sum("sessions"))
    return Statistics(months, dict(by_weekday.order_by()), dict(hours.values_list("hour", "sum").order_by()))


def of_group(now: datetime, station: Station) -> tuple[int, Statistics] | None:
    """How many stations the station's groups hold, and the averages of one of them; None where it is in no group."""
    members = Station.objects.filter(groups__in=station.groups.all()).values("pk").distinct()
    counted = members.aggregate(stations=Count("pk", distinct=True), ports=Count("ports", distinct=True))
    if not counted["stations"]:
        return None
    months = _months(now, ZoneInfo(station.time_zone), counted["ports"])
    by_first = {month.first: month for month in months}
    rows = SessionDay.objects.filter(day__gte=months[0].first, station__in=members)
    for row in _grouped(rows):
        for name in _SUMS:
            setattr(by_first[row["month"]], name, row[name])
    return counted["stations"], Statistics(months, {}, {})


def _of(rows: QuerySet[Any], station: Station | None) -> QuerySet[Any]:
    return rows.filter(station=station) if station else rows


def _grouped(rows: QuerySet[SessionDay]) -> QuerySet[SessionDay, Any]:
    return rows.annotate(month=TruncMonth("day")).values("month").annotate(**_SUMS).order_by("month")


def _port_count(station: Station | None) -> int:
    return _of(ChargePort.objects.all(), station).count()


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
