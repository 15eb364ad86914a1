"""When a station is open, and when charging is possible there: exact in the station's time zone, also on the days when
clocks are changed.

A day's openings are those of an exception for the day, else of the holiday that it is, else of the weekday. An opening
begins when the clock first shows its begin and ends when the clock last shows its end; a time that the clock skips is
the moment of the change. Openings that touch are one: 24:00 and 00:00 of the next day are the same moment.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from itertools import takewhile
from zoneinfo import ZoneInfo

import holidays
from django.utils.translation import get_language

from stations.choices import ExceptionScope, HolidayRule, OperatingKind
from stations.models import HoursException, Station, StationAccess
from stations.opening_hours import Hours, Period, is_always, openings_on

# So far ahead a change is looked for: a year with whatever holidays and exceptions it has.
HORIZON = timedelta(days=370)
ALL_DAY: list[Period] = [("00:00", "24:00")]
_SUNDAY = 7

Interval = tuple[datetime, datetime]


@dataclass(frozen=True)
class ExceptionalDays:
    first: date
    last: date
    openings: Sequence[Period]


@dataclass(frozen=True)
class Holidays:
    """The holidays of a country or of one of its regions (ISO 3166), and what holds on them."""

    country: str
    region: str
    rule: str
    openings: Sequence[Period] = ()

    def name_of(self, day: date) -> str:
        return holidays_of(self.country, self.region, day.year).get(day, "")


@dataclass(frozen=True)
class Schedule:
    """Openings by weekday with what holds on other days, in a time zone. Hours that nobody entered are always open."""

    hours: Hours
    zone: str
    exceptions: Sequence[ExceptionalDays] = field(default_factory=tuple)
    holidays: Holidays | None = None

    def is_open(self, at: datetime) -> bool:
        return any(begin <= at < end for begin, end in self._from(at))

    def next_change(self, at: datetime) -> datetime | None:
        """When it opens or closes next after `at` (UTC); None where nothing changes within a year."""
        for begin, end in self._from(at):
            if begin > at:
                return begin
            if end > at:
                return None if end >= self._end_of_view(at) else end
        return None

    def openings_on(self, day: date) -> Sequence[Period]:
        """The periods of a calendar day, in the order of their begin."""
        for exception in self.exceptions:
            if exception.first <= day <= exception.last:
                return exception.openings
        if self.holidays and self.holidays.name_of(day):
            return self._openings_of_holiday(self.holidays, day)
        return self._openings_of_weekday(day.isoweekday())

    def exceptional_days(self, first: date, days: int) -> list[date]:
        """The days from `first` on, as far as is looked, on which an exception or a holiday holds."""
        last = first + timedelta(days=days)
        found = {
            max(one.first, first) + timedelta(days=number)
            for one in self.exceptions
            for number in range((min(one.last, last) - max(one.first, first)).days + 1)
        }
        if self.holidays:
            observed = self.holidays
            years = (holidays_of(observed.country, observed.region, year) for year in {first.year, last.year})
            found |= {day for names in years for day in names if first <= day <= last}
        return sorted(found)

    def _openings_of_holiday(self, observed: Holidays, day: date) -> Sequence[Period]:
        return {
            HolidayRule.CLOSED.value: [],
            HolidayRule.SUNDAY.value: self._openings_of_weekday(_SUNDAY),
            HolidayRule.OPENINGS.value: observed.openings,
        }.get(observed.rule, self._openings_of_weekday(day.isoweekday()))

    def _openings_of_weekday(self, weekday: int) -> Sequence[Period]:
        return ALL_DAY if is_always(self.hours) or not self.hours else openings_on(self.hours, weekday)

    def _from(self, at: datetime) -> Iterator[Interval]:
        """The intervals that end after `at`, in their order, those that touch joined, as far as is looked ahead."""
        if self._is_always_open:
            return iter([(at, self._end_of_view(at))])
        return ((begin, end) for begin, end in _joined(self._intervals(at)) if end > at)

    @property
    def _is_always_open(self) -> bool:
        return not self.exceptions and not self.holidays and (not self.hours or is_always(self.hours))

    def _intervals(self, at: datetime) -> Iterator[Interval]:
        zone = ZoneInfo(self.zone)
        day = at.astimezone(zone).date() - timedelta(days=1)
        last = day + HORIZON
        while day < last:
            for begin, end in sorted(self.openings_on(day)):
                yield moment(day, begin, zone), moment(day, end, zone, last=True)
            day += timedelta(days=1)

    def _end_of_view(self, at: datetime) -> datetime:
        zone = ZoneInfo(self.zone)
        return moment(at.astimezone(zone).date() - timedelta(days=2) + HORIZON, "24:00", zone, last=True)


def _joined(intervals: Iterator[Interval]) -> Iterator[Interval]:
    current: Interval | None = None
    for begin, end in intervals:
        if current and begin <= current[1]:
            current = (current[0], max(current[1], end))
            continue
        if current:
            yield current
        current = (begin, end) if begin < end else None
    if current:
        yield current


def moment(day: date, clock: str, zone: ZoneInfo, *, last: bool = False) -> datetime:
    """The moment (UTC) at which the zone's clock shows `HH:MM` of the day, the first or the `last` of two.

    Where the clock skips that time, the moment of the change.
    """
    hours, minutes = int(clock[:2]), int(clock[3:])
    wall = datetime.combine(day, datetime.min.time()) + timedelta(hours=hours, minutes=minutes)
    found = wall.replace(tzinfo=zone, fold=1 if last else 0).astimezone(UTC)
    if found.astimezone(zone).replace(tzinfo=None) == wall:
        return found
    return _change_between(wall.replace(tzinfo=zone, fold=1).astimezone(UTC), wall.replace(tzinfo=zone), zone)


def _change_between(earlier: datetime, later: datetime, zone: ZoneInfo) -> datetime:
    """The moment between the two at which the zone's offset changes, to the second."""
    later, offset = later.astimezone(UTC), earlier.astimezone(zone).utcoffset()
    while later - earlier > timedelta(seconds=1):
        middle = earlier + (later - earlier) // 2
        if middle.astimezone(zone).utcoffset() == offset:
            earlier = middle
        else:
            later = middle
    return later.replace(microsecond=0)


@lru_cache(maxsize=512)
def holidays_of(country: str, region: str, year: int, language: str | None = None) -> dict[date, str]:
    """The public holidays of a year; none where the package knows no such country or region."""
    try:
        return dict(holidays.country_holidays(country, subdiv=region or None, years=year, language=language))
    except NotImplementedError:
        return {}


def knows_region(country: str, region: str) -> bool:
    """Whether the country has the region (ISO 3166-2 without the country's letters)."""
    return region in holidays.list_supported_countries().get(country, [])


# --- Of a station -------------------------------------------------------------------------------------------------
def opening_schedule(station: Station, exceptions: Iterable[HoursException] | None = None) -> Schedule:
    """When people may come to the station. Two queries unless access and exceptions were loaded before."""
    return _schedule(station, station.opening_hours, ExceptionScope.OPENING, exceptions)


def operating_schedule(station: Station, exceptions: Iterable[HoursException] | None = None) -> Schedule:
    """When charging is possible at the station, which may differ from when it can be reached."""
    access = access_of_station(station)
    if access is None or access.operating_kind == OperatingKind.ALWAYS:
        return Schedule({}, station.time_zone)
    hours = station.opening_hours if access.operating_kind == OperatingKind.OPENING else access.operating_hours
    return _schedule(station, hours, ExceptionScope.OPERATING, exceptions)


def access_of_station(station: Station) -> StationAccess | None:
    return getattr(station, "access", None)


def _schedule(
    station: Station, hours: Hours, scope: ExceptionScope, exceptions: Iterable[HoursException] | None
) -> Schedule:
    access = access_of_station(station)
    known = station.hours_exceptions.all() if exceptions is None else exceptions
    kept = [one for one in known if one.scope in (scope, ExceptionScope.BOTH)]
    days = tuple(ExceptionalDays(one.first_day, one.last_day, _periods(one.openings)) for one in kept)
    observed = None
    if access and access.holiday_country and access.holiday_rule != HolidayRule.AS_USUAL:
        openings = _periods(access.holiday_openings)
        observed = Holidays(access.holiday_country, access.holiday_region, access.holiday_rule, openings)
    return Schedule(hours, station.time_zone, days, observed)


def _periods(stored: Sequence[Sequence[str]]) -> list[Period]:
    return [(begin, end) for begin, end in stored]


def coming_holidays(station: Station, today: date, days: int = 120) -> list[tuple[date, str]]:
    """The holidays that the station observes in the next days, with their names in the reader's language."""
    access = access_of_station(station)
    if access is None or not access.holiday_country:
        return []
    last = today + timedelta(days=days)
    place = (access.holiday_country, access.holiday_region)
    years = (holidays_of(*place, year, get_language()) for year in {today.year, last.year})
    found = sorted((day, name) for names in years for day, name in names.items() if day >= today)
    return list(takewhile(lambda entry: entry[0] <= last, found))
