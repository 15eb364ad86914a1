"""Statistics of the last six months: to the session, in the station's own time."""

import csv
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from chargeports.models import AvailabilityDay
from charging.models import RevenueDay, SessionDay, SessionSlot
from charging.services import recount
from charging.statistics import of_group, statistics
from stations.models import StationGroup
from tests import factories
from tests.accounts.conftest import streamed
from tests.charging import cases

TAB = "/stations/BER-1/statistics/"
NOW = datetime(2026, 4, 1, 12, tzinfo=UTC)


@pytest.fixture
def station(organisation):
    return factories.station(organisation, identity="BER-1", ports=2, time_zone="Europe/Berlin")


@pytest.fixture
def page(client, owner):
    client.force_login(owner)
    return client


def charge(station, at: datetime, *, meter=6000):
    session = cases.start(station, started_at=at)
    return cases.stop(station, session.pk, ended_at=at.replace(minute=59), meter=meter)


def last_line(page, **query) -> dict[str, str]:
    """The newest month of the CSV, by its headings."""
    lines = streamed(page.get(TAB, {"format": "csv", **query})).decode().splitlines()
    return list(csv.DictReader(lines))[-1]


class TestRollups:
    @pytest.mark.parametrize(
        "at, month, weekday, hour",
        [
            # Half past midnight on Sunday, the 1st of March, in Berlin is still February in UTC.
            (datetime(2026, 2, 28, 23, 30, tzinfo=UTC), date(2026, 3, 1), 7, 0),
            # Around the hour that is skipped: 1:30, then 3:30.
            (datetime(2026, 3, 29, 0, 30, tzinfo=UTC), date(2026, 3, 1), 7, 1),
            (datetime(2026, 3, 29, 1, 30, tzinfo=UTC), date(2026, 3, 1), 7, 3),
            # The hour that comes twice.
            (datetime(2026, 10, 25, 0, 30, tzinfo=UTC), date(2026, 10, 1), 7, 2),
            (datetime(2026, 10, 25, 1, 30, tzinfo=UTC), date(2026, 10, 1), 7, 2),
        ],
    )
    def test_count_by_the_stations_clock(self, station, at, month, weekday, hour):
        charge(station, at)
        slot = SessionSlot.objects.get(sessions=1)
        assert (slot.month, slot.weekday, slot.hour) == (month, weekday, hour)
        assert SessionDay.objects.get().day == at.astimezone(ZoneInfo("Europe/Berlin")).date()

    def test_are_the_same_when_counted_anew(self, station):
        for hour in (8, 9, 9):
            charge(station, datetime(2026, 3, 10, hour, tzinfo=UTC))
        before = sorted(SessionSlot.objects.values_list("hour", "sessions"))
        recount([station.pk])
        assert sorted(SessionSlot.objects.values_list("hour", "sessions")) == before


class TestFigures:
    def test_are_right_to_the_session(self, organisation, station):
        charge(station, datetime(2026, 2, 28, 23, 30, tzinfo=UTC))
        charge(station, datetime(2026, 2, 28, 22, 30, tzinfo=UTC))
        charge(station, datetime(2026, 3, 10, 9, tzinfo=UTC), meter=9000)
        charge(factories.station(organisation), datetime(2026, 3, 10, 9, tzinfo=UTC))
        found = statistics(NOW, station)
        february, march, april = found.months[-3:]
        assert [month.first.month for month in found.months] == [11, 12, 1, 2, 3, 4]
        assert (february.sessions, march.sessions, april.sessions) == (1, 2, 0)
        assert (march.energy_wh, march.energy_a_session_wh, march.sessions_a_day) == (13_000, 6_500, 2 / 31)
        assert found.by_weekday == {6: 1, 7: 1, 2: 1}
        assert found.by_hour == {23: 1, 0: 1, 10: 1}

    def test_time_is_what_passed_when_clocks_change(self, station):
        march, april = statistics(NOW, station).months[-2:]
        assert (march.days, march.port_s) == (31, (31 * 24 - 1) * 3600 * 2)
        assert (april.days, april.port_s) == (1, 14 * 3600 * 2)

    def test_of_the_organisation_hold_all_its_stations(self, organisation, station):
        charge(station, datetime(2026, 3, 10, 9, tzinfo=UTC))
        charge(factories.station(organisation), datetime(2026, 3, 10, 9, tzinfo=UTC))
        assert statistics(NOW, zone="Europe/Berlin").months[-2].sessions == 2


class TestAvailability:
    @pytest.fixture
    def known(self, organisation, station):
        """Of 200 hours 20 are maintenance and 9 down; of another station of its group 100 are known, and all good."""
        other = factories.station(organisation)
        StationGroup.objects.create(organisation=organisation, name="Depots").stations.add(station, other)
        for one, hours in ((station, (150, 9, 0)), (station, (50, 0, 20)), (other, (100, 0, 0))):
            port_s, down_s, maintenance_s = (3600 * number for number in hours)
            AvailabilityDay.objects.create(
                organisation=organisation,
                station=one,
                day=date(2026, 3, 10) + timedelta(days=AvailabilityDay.objects.count()),
                port_s=port_s,
                down_s=down_s,
                maintenance_s=maintenance_s,
            )

    def test_keeps_planned_maintenance_apart(self, station, known):
        february, march = statistics(NOW, station).months[-3:-1]
        assert (march.availability, march.maintenance_h) == (95.0, 20)
        assert (february.availability, february.maintenance_h) == (None, None)

    def test_of_a_group_is_that_of_all_its_time(self, station, known):
        stations, group = of_group(NOW, station)
        assert (stations, group.months[-2].availability) == (2, pytest.approx(100 * 271 / 280))


class TestPages:
    def test_show_pictures_and_tables_in_few_queries(self, page, station):
        charge(station, timezone.now().replace(minute=0))
        StationGroup.objects.create(organisation=station.organisation, name="Depots").stations.add(station)
        page.get(TAB)
        with CaptureQueriesContext(connection) as queries:
            answer = page.get(TAB, {"compare": "1"})
        assert len(queries) <= 12
        names = [chart.name for chart in answer.context["charts"]]
        by_month = [
            "charges",
            "charges-a-day",
            "energy",
            "energy-a-charge",
            "utilisation",
            "availability",
            "maintenance",
        ]
        assert names == [*by_month, "weekdays", "hours"]
        assert answer.context["charts"][0].series[0].values[-1] == 1

    def test_compare_with_the_group(self, page, organisation, station):
        assert page.get(TAB, {"compare": "1"}).context["compared"] is None
        group = StationGroup.objects.create(organisation=organisation, name="Depots")
        other = factories.station(organisation)
        group.stations.add(station, other)
        for _ in range(3):
            charge(other, timezone.now().replace(minute=0))
        chart = page.get(TAB, {"compare": "1"}).context["charts"][0]
        assert [series.values[-1] for series in chart.series] == [0, pytest.approx(1.5)]
        last = last_line(page, compare="1")
        assert [heading.startswith("Average of the group's stations") for heading in last].count(True) == 7
        assert last["Average of the group's stations: Charges"] == "1.5"

    def test_csv_and_the_empty_state(self, page, organisation, station):
        assert "Nothing was charged" in page.get(TAB).content.decode()
        lines = streamed(page.get(TAB, {"format": "csv"})).decode().splitlines()
        assert (len(lines), lines[0].split(",")[0].lstrip("\ufeff")) == (7, "Month")
        money = {"day": timezone.localdate(), "currency": "EUR", "total": "1250.5", "vat": "0"}
        RevenueDay.objects.create(organisation=organisation, station=station, port_number=1, **money)
        assert last_line(page)["Revenue, VAT included (EUR)"] == "1250.50"

    def test_of_all_stations(self, page, station, client, stranger):
        charge(station, timezone.now().replace(minute=0))
        assert page.get("/statistics/").context["months"][-1].sessions == 1
        client.force_login(stranger)
        assert client.get("/statistics/").context["months"][-1].sessions == 0
