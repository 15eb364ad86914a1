"""The message log and the connection history, as pages read them."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django_scopes import scope, scopes_disabled

from common.partitions import drop_expired, ensure
from ocpp_gateway import exchanges, selectors, tasks
from ocpp_gateway.choices import Direction
from ocpp_gateway.exchanges import Row
from ocpp_gateway.models import Exchange
from ocpp_gateway.partitions import MESSAGE_LOG
from tests import factories
from tests.gateway.pipeline_kit import peer

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)


@pytest.fixture
def station(db):
    with scopes_disabled():
        return factories.station()


def log(of, *moments, **fields):
    exchanges.write(Row(peer(of), at, Direction.IN, "[]", **fields) for at in moments)


def test_the_log_is_read_newest_first_within_its_bounds(station):
    moments = [NOON + timedelta(minutes=number) for number in range(5)]
    log(station, *moments)
    found = selectors.exchanges(station, moments[1], moments[4])
    assert [row.received_at for row in found] == [moments[3], moments[2], moments[1]]


def test_the_log_of_another_station_is_not_seen(station):
    with scopes_disabled():
        other = factories.station()
    log(other, NOON)
    assert not selectors.exchanges(station, NOON - timedelta(days=1), NOON + timedelta(days=1)).exists()


def test_the_bounds_keep_the_read_to_their_partitions(station):
    day = NOON.date()
    ensure(MESSAGE_LOG, day - timedelta(days=3), day)
    plan = selectors.exchanges(station, NOON - timedelta(hours=1), NOON).explain()
    assert "ocpp_gateway_exchange_20260601" in plan
    assert "20260531" not in plan


def test_whatever_a_frame_holds_is_written(station):
    log(station, NOON, port_number=2**31, mended=("x" * 300,), action="A" * 100, error_code="E" * 100)
    row = Exchange.objects.get()
    assert (row.port_number, row.mended, row.action) == (None, ["x" * 200], "A" * 60)


def test_partitions_are_made_ahead_and_dropped_when_their_time_is_over(station):
    ensure(MESSAGE_LOG, (NOON - timedelta(days=400)).date(), (NOON - timedelta(days=400)).date())
    tasks.keep_partitions()
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_inherits WHERE inhparent = 'ocpp_gateway_exchange'::regclass")
        assert cursor.fetchone()[0] > MESSAGE_LOG.ahead
    assert drop_expired(MESSAGE_LOG, NOON) == []


def test_the_connection_history_is_the_organisations_own(station):
    with scopes_disabled():
        stranger = factories.organisation()
    with scope(organisation=station.organisation):
        assert list(selectors.connections(station)) == []
        assert selectors.open_connection(station) is None
    with scope(organisation=stranger):
        assert not selectors.connections(station).exists()
