import pytest
from django.core.exceptions import ValidationError
from django_scopes import scope

from accounts.models import AuditEntry
from chargeports import services
from chargeports.models import ChargePort, PortState
from common.actor import Actor
from common.errors import Refused
from stations.models import SearchEntry, StationState
from tests import factories

PERSON = Actor(kind="user", label="Olivia", id=7)


@pytest.fixture
def station(db):
    return factories.station(ports=0)


def make(station, number=1, **values) -> ChargePort:
    return services.create_port(PERSON, station, {"number": number} | values)


def test_a_new_port_has_state_search_entries_and_an_audit_row(station, topics):
    values = {"evse_id": " de*ab7*e840*6487 ", "name": "Left", "plugs": ["IEC_62196_T2"], "max_power_w": 22000}
    with scope(organisation=station.organisation):
        port = make(station, **values)
    assert (port.evse_id, port.evse_id_key) == ("DE*AB7*E840*6487", "DEAB7E8406487")
    assert PortState.objects.get(port=port).status == ""
    entries = set(SearchEntry.objects.values_list("kind", "text", "port_number"))
    assert entries == {("evse_id", "DE*AB7*E840*6487", 1), ("evse_id", "DEAB7E8406487", 1), ("port_name", "Left", 1)}
    assert AuditEntry.objects.get().after["evse_id"] == "DE*AB7*E840*6487"
    assert f"station.{station.pk}" in topics()


@pytest.mark.parametrize(
    "values, field",
    [
        ({"number": 0}, "number"),
        ({"number": 100}, "number"),
        ({"number": None}, "number"),
        ({"evse_id": "8406487"}, "evse_id"),
        ({"plugs": ["Type 2"]}, "plugs"),
        ({"current_type": "XC"}, "current_type"),
        ({"phases": 4}, "phases"),
        ({"max_power_w": -1}, "max_power_w"),
    ],
)
def test_what_cannot_be_is_an_error_of_its_field(station, values, field):
    with pytest.raises(ValidationError) as raised:
        make(station, **values)
    assert list(raised.value.message_dict) == [field]
    assert not ChargePort.objects.exists()


def test_an_evse_id_is_unique_over_all_organisations_without_separators(station):
    make(factories.station(ports=0), evse_id="DE*AB7*E840*6487")
    with scope(organisation=station.organisation), pytest.raises(ValidationError) as raised:
        make(station, evse_id="DEAB7E8406487")
    assert list(raised.value.message_dict) == ["evse_id"]


def test_ports_without_evse_id_are_many_and_a_number_is_one(station):
    make(station, 1)
    make(station, 2)
    with pytest.raises(ValidationError) as raised:
        make(station, 2)
    assert list(raised.value.message_dict) == ["number"]


def test_a_change_audits_only_what_changed(station):
    port = make(station, evse_id="DE*AB7*E1", name="Left")
    services.update_port(PERSON, port, {"name": "Right", "evse_id": "de*ab7*e1"})
    entry = AuditEntry.objects.get(action="chargeports.port_changed")
    assert (entry.before, entry.after) == ({"name": "Left"}, {"name": "Right"})
    services.update_port(PERSON, port, {"evse_id": ""})
    assert (port.evse_id_key, ChargePort.objects.get().evse_id_key) == (None, None)
    assert list(SearchEntry.objects.values_list("text", flat=True)) == ["Right"]


def test_a_port_at_which_a_car_charges_is_not_deleted(station):
    port = make(station, name="Left")
    PortState.objects.update(status="Charging")
    with pytest.raises(Refused):
        services.delete_port(PERSON, port)
    StationState.objects.update(online=False)
    services.delete_port(PERSON, port)
    assert not ChargePort.objects.exists()
    assert not SearchEntry.objects.exists()
    assert AuditEntry.objects.get(action="chargeports.port_deleted").before == {
        "number": 1,
        "name": "Left",
        "current_type": "AC",
        "calibration_law": "none",
    }
