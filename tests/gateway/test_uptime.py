"""How long stations could be used: by day of their own time zone, maintenance apart."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django_scopes import scope

from chargeports.models import AvailabilityDay, EquipmentError, MaintenanceWindow
from ocpp_gateway.models import Connection
from ocpp_gateway.uptime import reckon_days, reckon_missing
from stations.choices import LifeCycle
from tests import factories

BERLIN = ZoneInfo("Europe/Berlin")
HOUR = 3600
# The day on which Berlin skips an hour.
CHANGE = date(2026, 3, 29)


@pytest.fixture(autouse=True)
def within(organisation):
    with scope(organisation=organisation):
        yield


@pytest.fixture
def station(organisation):
    return factories.station(
        organisation, identity="BER-1", ports=2, time_zone="Europe/Berlin", life_cycle=LifeCycle.IN_OPERATION
    )


def at(hour: float, day: date = CHANGE) -> datetime:
    """By the station's clock."""
    return (datetime(day.year, day.month, day.day, tzinfo=BERLIN) + timedelta(hours=hour)).astimezone(UTC)


def connected(station, opened, closed):
    Connection.objects.create(
        organisation_id=station.organisation_id, station=station, security_profile=1, opened_at=opened, closed_at=closed
    )


def faulted(station, port_number, since, until, severity="outage"):
    EquipmentError.objects.create(
        organisation_id=station.organisation_id,
        station=station,
        port_number=port_number,
        error_code="GroundFailure",
        severity=severity,
        since=since,
        until=until,
        last_at=since,
    )


def maintained(station, port_number, start, end):
    MaintenanceWindow.objects.create(
        organisation_id=station.organisation_id, station=station, port_number=port_number, starts_at=start, ends_at=end
    )


def figures(station, day=CHANGE):
    reckon_days([station.pk], [day], BERLIN)
    found = AvailabilityDay.objects.get(station=station, day=day)
    return found.port_s, found.down_s, found.maintenance_s


def test_a_day_has_the_hours_that_passed(station):
    connected(station, at(-30), None)
    assert figures(station) == (2 * 23 * HOUR, 0, 0)
    assert figures(station, date(2026, 3, 30)) == (2 * 24 * HOUR, 0, 0)


def test_what_was_offline_or_faulted_counts_once(station):
    connected(station, at(-30), at(6))
    connected(station, at(8), None)
    faulted(station, 1, at(7), at(9))
    faulted(station, 2, at(10), at(11), severity="warning")
    faulted(station, 0, at(20), None)
    # Both ports are offline from 6 to 8 and faulted from 20 on, the first one also from 8 to 9.
    assert figures(station)[1] == (4 + 1 + 2 * 4) * HOUR


def test_maintenance_is_kept_apart(station):
    connected(station, at(-30), at(6))
    connected(station, at(8), None)
    maintained(station, 0, at(5), at(7))
    maintained(station, 2, at(7), at(9))
    faulted(station, 2, at(8), at(10))
    # Of the first port 7 to 8 is left, of the second one 9 to 10.
    assert figures(station) == (2 * 23 * HOUR, 2 * HOUR, 6 * HOUR)


def test_a_connection_that_comes_back_at_once_was_never_away(station, settings):
    settings.GATEWAY_OFFLINE_GRACE_S = 60
    connected(station, at(-30), at(6))
    connected(station, at(6) + timedelta(seconds=50), at(12))
    connected(station, at(12) + timedelta(seconds=90), None)
    assert figures(station)[1] == 2 * 90


def test_nothing_is_said_of_the_time_before_the_first_connection(station):
    assert figures(station) == (0, 0, 0)
    connected(station, at(12), None)
    assert figures(station) == (2 * 12 * HOUR, 0, 0)


def test_days_are_reckoned_once_they_are_over(organisation, station):
    connected(station, at(0) - timedelta(days=60), None)
    other = factories.station(organisation, time_zone="Europe/Berlin", life_cycle=LifeCycle.OUT_OF_OPERATION)
    connected(other, at(0), None)
    factories.station(organisation, time_zone="Nowhere/Else", life_cycle=LifeCycle.IN_OPERATION)
    assert reckon_missing(at(1)) == 7
    days = AvailabilityDay.objects.order_by("-day").values_list("station", "day")
    assert days[0] == (station.pk, date(2026, 3, 27))
    assert reckon_missing(at(5)) == 1
    assert days[0] == (station.pk, date(2026, 3, 28))
    assert reckon_missing(at(6)) == 0
