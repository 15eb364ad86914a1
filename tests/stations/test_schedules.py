from datetime import UTC, date, datetime, timedelta

import pytest
from django.utils import translation

from stations import opening_hours
from stations.choices import ExceptionScope, HolidayRule, OperatingKind
from stations.models import HoursException, StationAccess
from stations.schedules import (
    ExceptionalDays,
    Holidays,
    Schedule,
    coming_holidays,
    opening_schedule,
    operating_schedule,
)
from tests import factories

BERLIN = "Europe/Berlin"
WORKDAYS = opening_hours.weekly({day: [("08:00", "18:00")] for day in range(1, 6)})


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def every_day(*periods: tuple[str, str]) -> dict:
    return opening_hours.weekly({day: list(periods) for day in range(1, 8)})


@pytest.mark.parametrize(
    "at, is_it_open, changes",
    [
        ("2026-01-05 06:59", False, "2026-01-05 07:00"),  # Monday, winter: 08:00 is 07:00 UTC
        ("2026-01-05 07:00", True, "2026-01-05 17:00"),
        ("2026-01-05 17:00", False, "2026-01-06 07:00"),
        ("2026-01-09 18:00", False, "2026-01-12 07:00"),  # over the weekend
        ("2026-07-06 06:00", True, "2026-07-06 16:00"),  # summer: 06:00 UTC
    ],
)
def test_a_week_in_the_stations_zone(at, is_it_open, changes):
    schedule = Schedule(WORKDAYS, BERLIN)
    assert schedule.is_open(utc(at)) is is_it_open
    assert schedule.next_change(utc(at)) == utc(changes)


@pytest.mark.parametrize("hours", [{}, opening_hours.ALWAYS, every_day(("00:00", "24:00"))])
def test_what_is_always_open_never_changes(hours):
    schedule = Schedule(hours, BERLIN)
    assert schedule.is_open(utc("2026-03-29 01:30"))
    assert schedule.next_change(utc("2026-03-29 01:30")) is None


def test_what_never_opens_never_changes():
    schedule = Schedule(opening_hours.weekly({}), BERLIN)
    assert not schedule.is_open(utc("2026-03-29 01:30"))
    assert schedule.next_change(utc("2026-03-29 01:30")) is None


def test_an_opening_over_midnight_is_one():
    hours = opening_hours.weekly({5: [("20:00", "24:00")], 6: [("00:00", "04:00")]})
    schedule = Schedule(hours, BERLIN)
    assert schedule.next_change(utc("2026-01-09 19:30")) == utc("2026-01-10 03:00")


@pytest.mark.parametrize(
    "periods, at, changes",
    [
        # 29 March 2026: at 01:00 UTC the clock goes from 02:00 to 03:00.
        ([("02:30", "05:00")], "2026-03-29 00:00", "2026-03-29 01:00"),
        ([("00:00", "02:30")], "2026-03-29 00:00", "2026-03-29 01:00"),
        ([("01:00", "04:00")], "2026-03-29 00:30", "2026-03-29 02:00"),
        # 25 October 2026: at 01:00 UTC the clock goes from 03:00 back to 02:00.
        ([("02:30", "05:00")], "2026-10-25 00:00", "2026-10-25 00:30"),
        ([("00:00", "02:30")], "2026-10-25 00:00", "2026-10-25 01:30"),
        ([("01:00", "04:00")], "2026-10-25 00:30", "2026-10-25 03:00"),
    ],
)
def test_days_when_clocks_change(periods, at, changes):
    assert Schedule(every_day(*periods), BERLIN).next_change(utc(at)) == utc(changes)


def test_every_minute_of_a_change_agrees_with_the_clock():
    """Open from 01:30 to 02:30: whatever minute of that the clock shows, once or twice, is open."""
    schedule = Schedule(every_day(("01:30", "02:30")), BERLIN)
    start = utc("2026-10-24 23:00")
    minutes = [start + timedelta(minutes=minute) for minute in range(180)]
    assert [at for at in minutes if schedule.is_open(at)] == minutes[30:150]


def test_where_midnight_itself_is_skipped_the_day_begins_at_the_change():
    # Beirut, 29 March 2026: at 00:00 the clock goes to 01:00, which is 22:00 UTC.
    schedule = Schedule(opening_hours.weekly({7: [("00:00", "24:00")]}), "Asia/Beirut")
    assert schedule.next_change(utc("2026-03-28 12:00")) == utc("2026-03-28 22:00")


def test_exceptions_go_before_holidays_and_these_before_weekdays():
    new_year = date(2026, 1, 1)  # a Thursday
    closed = Holidays("DE", "", HolidayRule.CLOSED)
    assert Schedule(WORKDAYS, BERLIN).openings_on(new_year) == [("08:00", "18:00")]
    assert Schedule(WORKDAYS, BERLIN, holidays=closed).openings_on(new_year) == []
    own = Holidays("DE", "", HolidayRule.OPENINGS, [("10:00", "12:00")])
    assert Schedule(WORKDAYS, BERLIN, holidays=own).openings_on(new_year) == [("10:00", "12:00")]
    as_sunday = Holidays("DE", "", HolidayRule.SUNDAY)
    sundays = opening_hours.weekly({4: [("08:00", "18:00")], 7: [("09:00", "10:00")]})
    assert Schedule(sundays, BERLIN, holidays=as_sunday).openings_on(new_year) == [("09:00", "10:00")]
    exception = ExceptionalDays(new_year, new_year, [("11:00", "13:00")])
    assert Schedule(WORKDAYS, BERLIN, [exception], closed).openings_on(new_year) == [("11:00", "13:00")]


def test_holidays_are_those_of_the_region():
    epiphany = date(2026, 1, 6)
    assert Schedule(WORKDAYS, BERLIN, holidays=Holidays("DE", "BY", HolidayRule.CLOSED)).openings_on(epiphany) == []
    assert Schedule(WORKDAYS, BERLIN, holidays=Holidays("DE", "BE", HolidayRule.CLOSED)).openings_on(epiphany) != []
    assert Schedule(WORKDAYS, BERLIN, holidays=Holidays("XX", "", HolidayRule.CLOSED)).openings_on(epiphany) != []


def test_a_station_opens_and_charges_by_different_hours(organisation):
    station = factories.station(organisation, opening_hours=WORKDAYS, time_zone=BERLIN)
    monday = utc("2026-01-05 12:00")
    assert opening_schedule(station).is_open(monday)
    assert operating_schedule(station).is_open(utc("2026-01-05 03:00"))
    assert operating_schedule(station).next_change(monday) is None
    StationAccess.objects.create(
        organisation=organisation,
        station=station,
        operating_kind=OperatingKind.WEEKLY,
        operating_hours=every_day(("10:00", "12:00")),
    )
    HoursException.objects.create(
        organisation=organisation,
        station=station,
        first_day="2026-01-05",
        last_day="2026-01-05",
        scope=ExceptionScope.OPENING,
    )
    station = type(station).objects.get(pk=station.pk)
    assert not opening_schedule(station).is_open(monday)
    assert opening_schedule(station).next_change(monday) == utc("2026-01-06 07:00")
    assert operating_schedule(station).is_open(utc("2026-01-05 10:30"))
    assert operating_schedule(station).next_change(monday) == utc("2026-01-06 09:00")


@pytest.mark.parametrize(("language", "name"), [("de", "Neujahr"), ("en", "New Year's Day")])
def test_coming_holidays_are_named_in_the_readers_language(db, language, name):
    station = factories.station()
    StationAccess.objects.create(station=station, organisation=station.organisation, holiday_country="DE")
    with translation.override(language):
        assert coming_holidays(station, date(2029, 12, 30), days=9) == [(date(2030, 1, 1), name)]
