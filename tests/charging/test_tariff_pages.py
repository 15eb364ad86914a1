"""The pages of tariffs, and the cost on a session's page and in the charge logs."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.utils import timezone

from chargeports.models import ChargePort
from charging.models import ChargingSession, Tariff, TariffAssignment, TariffVersion
from charging.services import assign_tariff, reckon_costs
from common.actor import SYSTEM
from tests import factories

PRICES = {
    "price_kwh": "0.49",
    "price_min": "0",
    "start_fee": "0.35",
    "blocking_min": "0.10",
    "blocking_after_min": "240",
    "vat_percent": "19",
    "bands": "1-5 22:00-24:00 0.29\n6 00:00-24:00 0,39 0.01",
}


@pytest.fixture
def page(client, owner):
    client.force_login(owner)
    return client


def test_create_assign_and_preview(page, organisation):
    assert page.post("/tariffs/create/", {"name": "Public", "currency": "eur", **PRICES}).status_code == 302
    tariff = Tariff.objects.get()
    assert TariffVersion.objects.get().bands[1] == {
        "days": [6],
        "begin": "00:00",
        "end": "24:00",
        "kwh": "0.39",
        "minute": "0.01",
    }
    assert page.post(f"/tariffs/{tariff.pk}/assign/", {}).status_code == 302
    assert TariffAssignment.objects.get().contract is None
    query = {"start": "2030-07-02T12:00", "minutes": 60, "energy_kwh": 10, "idle_minutes": 0}
    answer = page.get(f"/tariffs/{tariff.pk}/", query)
    assert answer.context["cost"].total == Decimal("5.25")
    assert "Everybody" in answer.content.decode()


@pytest.mark.parametrize(
    "wrong",
    [
        {"bands": "Monday 10 cents"},
        {"bands": "1-5 22:00-06:00 0.29"},
        {"bands": "5-1 22:00-24:00 0.29"},
        {"price_kwh": "-1"},
        {"vat_percent": "200"},
        {"currency": "Euro"},
    ],
)
def test_bad_input_changes_nothing(page, wrong):
    answer = page.post("/tariffs/create/", {"name": "Public", "currency": "EUR", **PRICES, **wrong})
    assert (answer.status_code, Tariff.objects.count()) == (422, 0)


def test_one_target_at_a_time_that_exists(page, organisation):
    tariff = factories.tariff(organisation)
    contract = factories.contract(organisation)
    address = f"/tariffs/{tariff.pk}/assign/"
    assert page.post(address, {"contract": "DE-NOBODY"}).status_code == 422
    assert page.post(address, {"port": "DE*NO*E1"}).status_code == 422
    assert page.post(address, {"contract": contract.emaid}).status_code == 302
    assert page.post(f"/tariff-assignments/{TariffAssignment.objects.get().pk}/remove/").status_code == 302
    assert not TariffAssignment.objects.exists()


def test_prices_that_hold_stay(page, organisation):
    version = factories.tariff(organisation).versions.get()
    answer = page.post(f"/tariff-prices/{version.pk}/remove/", {"confirmed": "1"})
    assert (answer.status_code, "hold already" in answer.content.decode()) == (422, True)


def test_cost_stands_in_the_logs_and_on_the_sessions_page(page, organisation):
    station = factories.station(organisation)
    ChargePort.objects.update(calibration_law="ocmf")
    assign_tariff(SYSTEM, factories.tariff(organisation))
    session = factories.session(station)
    running = factories.session(station, state="running", port_number=1, energy_wh=2_000)
    reckon_costs(timezone.now())
    assert "€5.00" in page.get("/charge-logs/").content.decode()
    assert "€5.00" in page.get(f"/sessions/{session.pk}/").content.decode()
    shown = page.get(f"/sessions/{running.pk}/").content.decode()
    assert ("€1.00" in shown, "so far" in shown) == (True, True)
    assert ChargingSession.objects.filter(reckoned_at__gt=datetime(2026, 1, 1, tzinfo=UTC)).count() == 1
