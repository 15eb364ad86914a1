"""Keyset pages over many rows with equal and missing values, in both directions."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django_scopes import scope

from common.keyset import BadCursor, Cursor, Keyset
from stations.models import Station, StationState

ROWS = 1_000
PAGE = 64
START = datetime(2026, 1, 1, 12, 0, 0, 123_456, tzinfo=UTC)


@pytest.fixture
def stations(organisation):
    """Names tie by tens; every third station was never seen, the others tie by sevens."""
    with scope(organisation=organisation):
        made = Station.objects.bulk_create(
            Station(organisation=organisation, identity=f"K{number:05}", name=f"name {number % 10}")
            for number in range(ROWS)
        )
        StationState.objects.bulk_create(
            StationState(
                station=station,
                organisation=organisation,
                last_seen_at=START + timedelta(microseconds=number % 7) if number % 3 else None,
            )
            for number, station in enumerate(made)
        )
        yield Station.objects.all()


def walk(keyset, *, backwards=False):
    """The keys of all rows, page by page, with every cursor passed through its text form."""
    found, cursor = [], None
    while True:
        rows = keyset.rows(cursor, PAGE, backwards=backwards)
        if not rows:
            return found
        found = [row.pk for row in rows] + found if backwards else found + [row.pk for row in rows]
        cursor = keyset.decode(keyset.cursor_of(rows[0] if backwards else rows[-1]).encode())


@pytest.mark.parametrize("path", ["name", "identity", "state__last_seen_at", "state__online", "latitude", "id"])
@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("backwards", [False, True])
def test_every_row_comes_exactly_once_and_in_order(stations, path, descending, backwards):
    sign = "-" if descending else ""
    expected = list(stations.order_by(f"{sign}{path}", f"{sign}pk").values_list("pk", flat=True))
    assert len(expected) == ROWS
    assert walk(Keyset(stations, path, descending=descending), backwards=backwards) == expected


@pytest.mark.parametrize("path, most", [("name", 1), ("state__last_seen_at", 2)])
def test_a_page_takes_one_query_and_two_only_where_values_may_be_missing(stations, path, most):
    keyset = Keyset(stations, path)
    cursor = None
    for _ in range(20):
        with CaptureQueriesContext(
            connection,
        ) as queries:
            rows = keyset.rows(cursor, PAGE)
        if not rows:
            break
        assert 1 <= len(queries) <= most
        cursor = keyset.cursor_of(rows[-1])
    assert not rows


def test_a_deep_page_starts_from_the_index(stations, organisation):
    keyset = Keyset(stations, "name")
    middle = keyset.cursor_of(keyset.rows(None, ROWS // 2)[-1])
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE stations_station")
        cursor.execute("SET LOCAL enable_seqscan = off")
    query = next(iter(keyset._segments(middle, descending=False)))[:PAGE]
    assert "station_by_name" in query.explain()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "!!!",
        "bnVsbA",
        "W10",
        "WzFd",
        "WyJhIiwgIngiXQ",
        "WyJub3QgYSBkYXRlIiwgIjEiXQ",
        "e30",
        "WyJhXHUwMDAwIiwgIjEiXQ",
    ],
)
def test_what_is_no_cursor_is_refused(stations, text):
    with pytest.raises(BadCursor):
        Keyset(stations, "state__last_seen_at").decode(text)


def test_a_lone_surrogate_is_refused(stations):
    with pytest.raises(BadCursor):
        Keyset(stations, "name").decode("WyJcdWQ4MDAiLCAiMSJd")


def test_a_cursor_keeps_microseconds(stations):
    keyset = Keyset(stations, "state__last_seen_at")
    assert keyset.decode(Cursor(START, 7).encode()) == Cursor(START, 7)


def test_a_cursor_of_a_huge_key_finds_nothing(stations):
    keyset = Keyset(stations, "name")
    assert keyset.rows(keyset.decode(Cursor("name 9", 10**30).encode()), PAGE) == []
