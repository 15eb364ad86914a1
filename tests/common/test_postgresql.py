"""Times as the database writes them."""

from datetime import UTC, datetime

import pytest
from django.db import DataError, connection


def told(text: str) -> datetime:
    with connection.cursor() as cursor:
        cursor.execute("SELECT %s::timestamptz", [text])
        return cursor.fetchone()[0]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-03-29 02:30:00+02", datetime(2026, 3, 29, 0, 30, tzinfo=UTC)),
        ("2026-03-29 00:30:00.5+00", datetime(2026, 3, 29, 0, 30, 0, 500_000, tzinfo=UTC)),
        ("1969-12-31 23:59:59.123456+00", datetime(1969, 12, 31, 23, 59, 59, 123_456, tzinfo=UTC)),
        ("0001-01-01 00:00:00+00", datetime(1, 1, 1, tzinfo=UTC)),
    ],
)
def test_a_time_is_read_to_the_microsecond_in_utc(text: str, moment: datetime) -> None:
    assert told(text) == moment
    assert told(text).tzinfo is UTC


@pytest.mark.django_db
@pytest.mark.parametrize("text", ["infinity", "12026-01-01 00:00:00+00", "0044-03-15 12:00:00+00 BC"])
def test_a_time_that_python_cannot_hold_is_named(text: str) -> None:
    with pytest.raises(DataError):
        told(text)
