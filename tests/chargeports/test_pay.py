import pytest
from django.core.cache import cache
from django.test import Client
from django_scopes import scopes_disabled

from chargeports.models import ChargePort
from chargeports.views import pay
from common.actor import SYSTEM
from stations.models import Contact
from stations.services.marketing import change_roaming
from tests import factories


@pytest.fixture(autouse=True)
def _across_organisations(db):
    cache.clear()
    with scopes_disabled():
        yield


@pytest.fixture
def port(organisation) -> ChargePort:
    person = Contact.objects.create(organisation=organisation, name="Greta Lang")
    station = factories.station(organisation, identity="SECRET-1", name="City hall", owner=person, ports=0)
    return factories.port(station, status="Available", evse_id="DE*AB7*E840*6487", evse_id_key="DEAB7E8406487")


@pytest.mark.parametrize("written", ["DE*AB7*E840*6487", "DEAB7E8406487", "de*ab7*e840*6487"])
def test_a_stranger_sees_the_station_and_its_state_however_the_id_is_written(port, written):
    answer = Client().get(f"/pay/{written}/")
    text = answer.content.decode()
    assert "City hall" in text
    assert "Available" in text
    assert "not available at this charging station" not in text
    assert "Greta" not in text
    assert "SECRET-1" not in text


def test_direct_payment_that_is_deactivated_is_told(port):
    change_roaming(SYSTEM, port.station, {"direct_payment_deactivated": True})
    assert "Direct payment is not available" in Client().get("/pay/DEAB7E8406487/").content.decode()


@pytest.mark.parametrize("written", ["DE*AB7*E999", "x" * 300, "*", "%00"])
def test_what_names_no_port_is_not_found(port, written):
    assert Client().get(f"/pay/{written}/").status_code == 404


def test_a_station_out_of_operation_is_not_told_of(port):
    port.station.life_cycle = "decommissioned"
    port.station.save()
    assert Client().get("/pay/DEAB7E8406487/").status_code == 404


def test_who_asks_too_often_waits(port):
    # A minute may end meanwhile: then it is counted anew.
    calls = (Client().get("/pay/DEAB7E8406487/").status_code for _ in range(3 * pay.PAGES_PER_MINUTE))
    assert 429 in calls
