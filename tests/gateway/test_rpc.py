"""Frames over a real connection: what is answered, in which order, and what is kept of what cannot be read."""

import json

import pytest
from django.db import OperationalError
from django_scopes import scopes_disabled

from charging.models import ChargingSession, MeterValue
from ocpp_gateway import v16
from ocpp_gateway.choices import Direction
from ocpp_gateway.models import Exchange
from stations.choices import BootStatus
from stations.models import StationState
from tests import factories
from tests.gateway.charger import Charger, eventually

START = {"connectorId": 1, "idTag": "TAG", "meterStart": 1, "timestamp": "2026-06-01T12:00:00Z"}
STATUS = {"connectorId": 1, "errorCode": "NoError", "status": "Available"}


@pytest.fixture
def station(server):
    with scopes_disabled():
        return factories.station(online=False)


@pytest.fixture
def charger(server, station):
    with Charger(f"{server.ocpp_url}/{station.identity}") as connected:
        yield connected


def logged(direction):
    return eventually(lambda: Exchange.objects.filter(direction=direction).first())


def test_R01_what_is_no_json_is_kept_raw_and_ignored(charger):
    charger.send('[2,"1","Heartb')
    assert charger.call("Heartbeat")[0] == 3
    row = logged(Direction.INVALID)
    assert (row.request, row.mended, row.response) == ('[2,"1","Heartb', ["not-json"], None)


def test_R02_a_wrong_shape_with_a_readable_id_is_a_formation_violation(charger):
    charger.send('[2,"odd","Heartbeat"]')
    answer = charger.receive()
    assert answer[:3] == [4, "odd", "FormationViolation"]
    assert json.loads(logged(Direction.INVALID).response) == answer


def test_R04_R05_unknown_and_misdirected_actions(charger):
    assert charger.call("Foo")[2] == "NotImplemented"
    assert charger.call("Reset", {"type": "Soft"})[2] == "NotSupported"
    rows = list(Exchange.objects.order_by("id").values_list("action", "error_code"))
    assert rows == [("Foo", "NotImplemented"), ("Reset", "NotSupported")]


def test_R07_a_missing_field_of_a_question(charger):
    answer = charger.call("Authorize")
    assert answer[2:] == ["OccurenceConstraintViolation", "required: idTag", {}]
    row = logged(Direction.IN)
    assert (json.loads(row.response), row.error_code) == (answer, "OccurenceConstraintViolation")


def test_R08_R11_R12_what_can_be_mended_is_mended_and_noted(charger):
    assert charger.call("StatusNotification", STATUS | {"connectorId": "1", "info": None, "extra": 1})[2] == {}
    assert set(logged(Direction.IN).mended) == {"coerced:connectorId", "null-dropped:info", "extra-dropped:extra"}


def test_R15_the_same_call_again_is_answered_as_before_without_a_second_effect(charger):
    first = charger.call("StartTransaction", START, unique_id="again")
    assert charger.call("StartTransaction", START, unique_id="again") == first
    with scopes_disabled():
        assert ChargingSession.objects.count() == 1
    assert eventually(lambda: Exchange.objects.filter(mended=["repeated"]).first())


def test_R15_what_comes_again_on_the_next_connection_is_answered_as_before(server, station, charger):
    values = [{"timestamp": "2026-06-01T12:00:00Z", "sampledValue": [{"value": "5"}]}]
    said = {"connectorId": 1, "meterValue": values}
    charger.call("StartTransaction", START, unique_id="s1")
    charger.call("MeterValues", said, unique_id="m1")
    with Charger(f"{server.ocpp_url}/{station.identity}") as again:
        again.call("MeterValues", said, unique_id="m1")
        assert MeterValue.objects.count() == 1
        again.call("MeterValues", said | {"connectorId": 2}, unique_id="m1")
        assert MeterValue.objects.count() == 2


def test_R18_an_answer_to_no_call_is_ignored_and_kept(charger):
    charger.send([3, "never-asked", {}])
    assert charger.call("Heartbeat")[0] == 3
    assert logged(Direction.INVALID).mended == ["answer-to-no-call"]


def test_R24_Q78_a_hundred_calls_in_a_row_are_answered_in_their_order(charger):
    for number in range(120):
        charger.send([2, f"p{number}", "Heartbeat", {}])
    assert [charger.receive()[1] for _ in range(120)] == [f"p{number}" for number in range(120)]
    assert list(Exchange.objects.order_by("id").values_list("message_id", flat=True)) == [f"p{n}" for n in range(120)]


def test_R26_R27_when_the_database_fails_the_charger_is_told_and_the_connection_lives(charger, monkeypatch):
    def away(calls):
        raise OperationalError("the server closed the connection; password=secret")

    monkeypatch.setitem(v16.HANDLERS, "StartTransaction", away)
    answer = charger.call("StartTransaction", START)
    assert answer[2:] == ["InternalError", "", {}]
    assert charger.call("Heartbeat")[0] == 3


def test_R27_one_bad_call_spoils_nothing_but_itself(charger, monkeypatch):
    def broken(calls):
        raise ValueError("a mistake of ours")

    monkeypatch.setitem(v16.HANDLERS, "MeterValues", broken)
    assert charger.call("MeterValues", {"connectorId": 1, "meterValue": []})[2] == {}
    row = logged(Direction.IN)
    assert (row.action, row.error_code) == ("MeterValues", "InternalError")


def test_nothing_is_acknowledged_that_is_not_stored(charger):
    for number in range(1, 6):
        charger.call("Heartbeat", unique_id=f"h{number}")
        assert Exchange.objects.filter(message_id=f"h{number}").exists()


@pytest.fixture
def new_charger(server, station):
    """A charger whose boot was never accepted."""
    StationState.objects.update(boot_status=BootStatus.NEVER)
    with Charger(f"{server.ocpp_url}/{station.identity}") as connected:
        yield connected


def test_B04_before_the_boot_is_accepted_other_calls_are_refused(new_charger):
    assert new_charger.call("StatusNotification", STATUS)[2] == "SecurityError"
    assert new_charger.call("Heartbeat")[2] == "SecurityError"
    assert Exchange.objects.filter(error_code="SecurityError").count() == 2
    assert new_charger.boot()["status"] == "Accepted"
    assert new_charger.call("StatusNotification", STATUS)[2] == {}


def test_Q29_Q30_what_belongs_before_the_boot_is_answered(new_charger):
    assert new_charger.call("DataTransfer", {"vendorId": "x"})[2] == {"status": "UnknownVendorId"}
    event = {"type": "StartupOfTheDevice", "timestamp": "2026-06-01T12:00:00Z"}
    assert new_charger.call("SecurityEventNotification", event)[2] == {}


def test_B05_a_boot_that_is_repeated_is_answered_every_time(charger):
    said = {"chargePointVendor": "V", "chargePointModel": "M"}
    for _ in range(3):
        assert charger.call("BootNotification", said, unique_id="same")[2]["status"] == "Accepted"


def test_H02_any_message_is_a_sign_of_life(charger, station):
    before = StationState.objects.get().last_seen_at
    charger.call("StatusNotification", STATUS)
    charger.socket.close()
    assert eventually(lambda: StationState.objects.filter(online=False).first()).last_seen_at > before


def test_T18_markup_is_stored_as_it_came(charger):
    charger.call("StatusNotification", STATUS | {"info": "<script>alert(1)</script>"})
    assert "<script>alert(1)</script>" in logged(Direction.IN).request
