"""What chargers write as a time is read, and what they are sent every one of them can read."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocpp_gateway.timestamps import parse, wire_format

BERLIN = ZoneInfo("Europe/Berlin")
TEN = datetime(2023, 10, 19, 10, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "text, moment",
    [
        ("2023-10-19T10:00:00Z", TEN),
        ("2023-10-19t10:00:00z", TEN),
        (" 2023-10-19T10:00:00Z ", TEN),
        ("2023-10-19 10:00:00Z", TEN),
        ("2023-10-19T10:00Z", TEN),
        ("20231019T100000Z", TEN),
        ("2023-10-19T12:00:00+02:00", TEN),
        ("2023-10-19T12:00:00+0200", TEN),
        ("2023-10-19T12:00:00+02", TEN),
        ("2023-10-19T10:00:00+00:00Z", TEN),
        ("2023-10-19T10:00:00.25Z", TEN.replace(microsecond=250_000)),
        ("2023-10-19T10:00:00,25Z", TEN.replace(microsecond=250_000)),
        ("2023-10-19T10:00:00.123456789Z", TEN.replace(microsecond=123_456)),
        ("2016-12-31T23:59:60Z", datetime(2016, 12, 31, 23, 59, 59, tzinfo=UTC)),
        ("2000-01-01T00:00:00Z", datetime(2000, 1, 1, tzinfo=UTC)),
        ("1970-01-01T00:00:10+01:00", datetime(1969, 12, 31, 23, 0, 10, tzinfo=UTC)),
    ],
)
def test_X21_any_iso_time_with_a_zone_is_read_without_a_note(text, moment):
    assert parse(text, BERLIN) == (moment, ())


@pytest.mark.parametrize(
    "text, moment",
    [
        ("2023-10-19T18:30:00", datetime(2023, 10, 19, 16, 30, tzinfo=UTC)),
        ("2023-12-19T18:30:00.5", datetime(2023, 12, 19, 17, 30, 0, 500_000, tzinfo=UTC)),
        ("2023-12-19", datetime(2023, 12, 18, 23, 0, tzinfo=UTC)),
    ],
)
def test_X21_a_time_without_zone_is_of_the_stations_zone(text, moment):
    assert parse(text, BERLIN) == (moment, ("zone-missing",))


@pytest.mark.parametrize("text", ["1697709600", "1697709600000"])
def test_X21_seconds_since_1970_are_read(text):
    assert parse(text, BERLIN) == (TEN, ("epoch",))


@pytest.mark.parametrize(
    "text", ["", "now", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "2023-02-30T10:00:00Z", "12:00", "2023-13-01"]
)
def test_what_is_no_time_is_none(text):
    assert parse(text, BERLIN) == (None, ())


@given(st.text())
def test_parse_never_raises(text):
    moment, _ = parse(text, BERLIN)
    assert moment is None or moment.utcoffset() == timedelta(0)


@given(st.datetimes(datetime(1970, 1, 2), datetime(2199, 12, 30), timezones=st.timezones()))
def test_every_time_is_read_back(moment):
    assert parse(moment.isoformat(), BERLIN).moment == moment.astimezone(UTC)


@pytest.mark.parametrize("moment", [TEN.replace(microsecond=999_999), TEN.astimezone(BERLIN)])
def test_R30_Q39_our_times_are_whole_seconds_with_z(moment):
    assert wire_format(moment) == "2023-10-19T10:00:00Z"


def test_R30_a_time_without_zone_is_not_sent():
    with pytest.raises(ValueError, match="zone"):
        wire_format(datetime(2023, 10, 19))
