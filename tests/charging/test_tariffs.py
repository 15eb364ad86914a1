"""What charging costs: the arithmetic, which tariff wins, and what is kept."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from chargeports.models import ChargePort
from charging.models import ChargingSession, RevenueDay, SessionCost
from charging.services import add_version, assign_tariff, estimate, reckon_costs
from charging.tariffs import Band, Prices, Use, cost_of
from common.actor import SYSTEM
from stations.models import StationGroup
from tests import factories
from tests.charging import cases

BERLIN = "Europe/Berlin"
EVENING = frozenset(range(1, 8))
NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
NOW = NOON + timedelta(days=1)


def D(text: str) -> Decimal:
    return Decimal(text)


def lines(use, prices):
    return [(line.kind, line.quantity.normalize(), line.amount) for line in cost_of(use, prices).lines]


class TestArithmetic:
    def use(self, minutes=60, energy_wh=10_000, start=NOON, readings=()):
        return Use(start, start + timedelta(minutes=minutes), energy_wh, BERLIN, readings)

    def test_adds_up_to_the_cent(self):
        prices = Prices(D("0.4567"), D("0.015"), D("0.35"), vat_percent=D("19"))
        cost = cost_of(self.use(energy_wh=12_345), prices)
        assert [(line.kind, line.amount) for line in cost.lines] == [
            ("start", D("0.35")),
            ("energy", D("5.64")),
            ("time", D("0.90")),
        ]
        assert (cost.total, cost.vat) == (D("6.89"), D("1.10"))

    def test_half_a_cent_is_rounded_up(self):
        assert cost_of(self.use(energy_wh=1_000), Prices(D("0.005"))).total == D("0.01")

    def test_nothing_costs_nothing(self):
        cost = cost_of(self.use(minutes=0, energy_wh=0), Prices(D("0.5"), D("0.1")))
        assert (cost.lines, cost.total) == ((), D("0"))

    def test_times_of_day_divide_the_energy_by_its_readings(self):
        """12 to 13 h UTC is 13 to 14 h in Berlin; 8 of 10 kWh flow before 13:30."""
        band = Band(EVENING, "13:30", "24:00", D("0.20"), D("0"))
        readings = [(NOON + timedelta(minutes=30), D("8000"))]
        found = lines(self.use(readings=readings), Prices(D("0.50"), bands=(band,)))
        assert found == [("energy", D("8"), D("4.00")), ("energy", D("2"), D("0.40"))]

    def test_weekdays_count_in_the_stations_zone(self):
        """Sunday, 23 h UTC is Monday in Berlin."""
        start = datetime(2026, 7, 5, 22, 30, tzinfo=UTC)
        monday = Band(frozenset({1}), "00:00", "24:00", D("1"), D("0"))
        assert cost_of(self.use(start=start), Prices(D("0.1"), bands=(monday,))).total == D("10.00")

    @pytest.mark.parametrize(
        "start, minutes",
        [
            # From 1:30 to 3:30 by the clock: an hour less in spring, an hour more in autumn.
            (datetime(2026, 3, 29, 0, 30, tzinfo=UTC), 60),
            (datetime(2026, 10, 24, 23, 30, tzinfo=UTC), 180),
        ],
    )
    def test_minutes_are_those_that_passed_when_clocks_change(self, start, minutes):
        night = Band(EVENING, "00:00", "24:00", D("0"), D("0.01"))
        cost = cost_of(self.use(minutes=minutes, start=start), Prices(bands=(night,)))
        assert cost.total == D("0.01") * minutes

    def test_the_hour_that_comes_twice_is_charged_twice(self):
        """2 to 3 h by the clock in the night to the 25th of October lasts two hours."""
        band = Band(EVENING, "02:00", "03:00", D("0"), D("0.01"))
        use = self.use(minutes=240, start=datetime(2026, 10, 24, 23, 0, tzinfo=UTC))
        assert cost_of(use, Prices(bands=(band,))).total == D("1.20")

    def test_blocking_begins_after_the_last_energy_and_a_while(self):
        prices = Prices(blocking_minute=D("0.10"), blocking_after_min=10)
        readings = [(NOON + timedelta(minutes=20), D("10000")), (NOON + timedelta(minutes=40), D("10000"))]
        assert lines(self.use(readings=readings), prices) == [("blocking", D("30"), D("3.00"))]
        assert cost_of(self.use(), prices).total == D("0"), "nobody knows when charging ended"

    def test_a_register_that_falls_or_overshoots_charges_no_energy_twice(self):
        band = Band(EVENING, "13:30", "24:00", D("0.50"), D("0"))
        readings = [(NOON + timedelta(minutes=m), D(wh)) for m, wh in ((10, "9000"), (20, "-5"), (40, "99000"))]
        assert cost_of(self.use(readings=readings), Prices(D("0.50"), bands=(band,))).total == D("5.00")


@pytest.fixture
def port(station):
    ChargePort.objects.update(calibration_law="ocmf")
    return station.ports.get(number=1)


@pytest.fixture
def ended(station, port):
    session = cases.start(station)
    return cases.stop(station, session.pk, meter=11_000)


def cost() -> SessionCost:
    return SessionCost.objects.get()


class TestReckoning:
    def test_keeps_the_cost_and_its_breakdown(self, network, ended):
        assign_tariff(SYSTEM, factories.tariff(network))
        assert reckon_costs(NOW) == 1
        assert (cost().total, cost().currency, cost().unbilled) == (D("5.00"), "EUR", "")
        assert cost().lines[0]["kind"] == "energy"
        assert reckon_costs(NOW) == 0

    def test_never_changes_with_the_tariff(self, network, ended):
        tariff = factories.tariff(network)
        assign_tariff(SYSTEM, tariff)
        reckon_costs(NOW)
        add_version(SYSTEM, tariff, NOW, {"price_kwh": D("9")})
        assign_tariff(SYSTEM, factories.tariff(network, price_kwh=D("9")))
        assert (reckon_costs(NOW), cost().total) == (0, D("5.00"))

    def test_a_late_end_is_reckoned_with_the_same_prices(self, network, station, port):
        session = cases.start(station)
        ChargingSession.objects.update(state="ended_without_stop", ended_at=cases.at(30), counted_on="2026-03-10")
        assign_tariff(SYSTEM, factories.tariff(network))
        reckon_costs(NOW)
        assign_tariff(SYSTEM, factories.tariff(network, price_kwh=D("9")))
        cases.stop(station, session.pk, meter=5_000)
        assert (reckon_costs(NOW), cost().total) == (1, D("2.00"))
        assert RevenueDay.objects.get().total == D("2.00")

    def test_revenue_is_counted_by_day(self, network, station, ended):
        assign_tariff(SYSTEM, factories.tariff(network))
        reckon_costs(NOW)
        second = cases.start(station, 120, meter=11_000)
        cases.stop(station, second.pk, 180, meter=12_000)
        reckon_costs(NOW)
        day = RevenueDay.objects.get()
        assert (day.total, str(day.day), day.port_number) == (D("5.50"), "2026-03-10", 1)

    def test_is_not_billed_without_calibration_law_or_tariff(self, network, station, ended):
        reckon_costs(NOW)
        assert (cost().unbilled, cost().total) == ("no_tariff", D("0"))
        ChargePort.objects.update(calibration_law="none")
        assign_tariff(SYSTEM, factories.tariff(network))
        ChargingSession.objects.update(reckoned_at=None)
        reckon_costs(NOW)
        assert (cost().unbilled, cost().total) == ("calibration", D("0"))
        assert not RevenueDay.objects.exists()

    def test_goodwill_is_reckoned_for_its_review_and_not_billed(self, network, ended):
        ChargingSession.objects.update(method="goodwill")
        assign_tariff(SYSTEM, factories.tariff(network))
        reckon_costs(NOW)
        assert (cost().unbilled, cost().total, cost().currency) == ("goodwill", D("5.00"), "EUR")
        assert not RevenueDay.objects.exists()

    def test_contract_wins_over_port_over_group_over_everybody(self, network, station, port):
        contract = factories.contract(network)
        factories.token(network, "CARD1", contract=contract)
        group = StationGroup.objects.create(organisation=network, name="Depots")
        station.groups.add(group)
        session = cases.start(station)
        targets = ({}, {"group": group}, {"port": port}, {"contract": contract})
        for price, target in enumerate(targets, start=1):
            assign_tariff(SYSTEM, factories.tariff(network, price_min=D(price)), **target)
            found = estimate(ChargingSession.objects.select_related("station").get(pk=session.pk))
            assert found.cost.lines[0].price == price

    def test_of_another_organisation_does_not_count(self, ended):
        assign_tariff(SYSTEM, factories.tariff(factories.organisation()))
        reckon_costs(NOW)
        assert cost().unbilled == "no_tariff"

    def test_takes_as_many_queries_for_many_as_for_one(self, network, station, ended):
        assign_tariff(SYSTEM, factories.tariff(network, price_kwh=D("1"), blocking_min=D("1")))

        def queries():
            with CaptureQueriesContext(connection) as counted:
                reckon_costs(NOW)
            return len(counted)

        once = queries()
        for _ in range(4):
            factories.session(station)
        assert queries() <= once
