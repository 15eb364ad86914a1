import pytest
from django.core.exceptions import ValidationError

from accounts.models import AuditEntry
from common.actor import SYSTEM, Actor
from stations import services
from stations.models import FieldTemplate, FreeField
from stations.rights import VIEW_FREE_FIELDS, VIEW_STATIONS
from stations.search import quick_search
from tests import factories

ADDRESS = "/stations/BER-1/additional-information/"


@pytest.fixture
def station(organisation):
    return factories.station(organisation, identity="BER-1")


@pytest.fixture
def page(client, owner):
    client.force_login(owner)
    return client


@pytest.fixture
def fields(station) -> list[FreeField]:
    return [services.add_field(SYSTEM, station, name, f"Value {name}") for name in ("A", "B", "C")]


def names(station) -> list[str]:
    return [field.name for field in station.free_fields.all()]


def test_fields_are_added_changed_and_deleted(page, station):
    page.post("/free-fields/BER-1/create/", {"name": "Key box", "value": "Code <1234>"})
    field = station.free_fields.get()
    assert field.author == "Owner"
    assert "Code &lt;1234&gt;" in page.get(ADDRESS).content.decode()
    page.post(f"/free-fields/{field.pk}/edit/", {"name": "Key box", "value": "Behind the house"})
    assert "Behind the house" in page.get(ADDRESS).content.decode()
    page.post(f"/free-fields/{field.pk}/delete/", {"confirmed": "1"})
    assert "No additional information yet" in page.get(ADDRESS).content.decode()
    actions = AuditEntry.objects.filter(action__startswith="stations.field_").order_by("id")
    assert [entry.action for entry in actions] == [
        "stations.field_added",
        "stations.field_changed",
        "stations.field_deleted",
    ]


def test_bad_fields_are_refused_and_nothing_typed_is_lost(page, station):
    answer = page.post("/free-fields/BER-1/create/", {"name": "", "value": "Kept"})
    assert answer.status_code == 422
    assert "Kept" in answer.content.decode()
    with pytest.raises(ValidationError) as error:
        services.add_field(SYSTEM, station, "x" * 121, "\x00")
    assert set(error.value.message_dict) == {"name", "value"}


@pytest.mark.parametrize(
    "posted, wanted",
    [({"down": 0}, "BAC"), ({"up": 2}, "ACB"), ({"up": 0}, "ABC"), ({"down": 2}, "ABC"), ({}, "ABC")],
)
def test_a_button_moves_a_field(page, station, fields, posted, wanted):
    data = {name: fields[place].pk for name, place in posted.items()}
    page.post(f"{ADDRESS}order/", {"field": [field.pk for field in fields], **data})
    assert "".join(names(station)) == wanted


def test_fields_of_others_and_nonsense_change_no_order(page, station, fields, organisation):
    beside = services.add_field(SYSTEM, factories.station(organisation), "Beside", "x")
    page.post(f"{ADDRESS}order/", {"field": [fields[2].pk, "x", beside.pk, "9" * 5000], "up": "y"})
    assert names(station) == ["C", "A", "B"]
    beside.refresh_from_db()
    assert beside.position == 1


def test_the_quick_search_finds_a_value_until_it_is_gone(organisation, station):
    field = services.add_field(SYSTEM, station, "Parking operator", "Contipark\nLevel 2")
    assert [hit.station.identity for hit in quick_search(organisation, "contipark level")] == ["BER-1"]
    services.change_field(SYSTEM, field, "Parking operator", "Apcoa")
    assert not quick_search(organisation, "contipark")
    services.update_station(SYSTEM, station, {"name": "Renamed"})
    assert quick_search(organisation, "apcoa")
    services.delete_field(SYSTEM, field)
    assert not quick_search(organisation, "apcoa")


def test_descriptions_are_offered_where_they_have_no_value(page, organisation, station):
    page.post("/additional-information/create/", {"name": "Meter box"})
    assert "offered already" in page.post("/additional-information/create/", {"name": "METER BOX"}).content.decode()
    assert "?name=Meter%20box" in page.get(ADDRESS).content.decode()
    assert 'value="Meter box"' in page.get("/free-fields/BER-1/create/?name=Meter%20box").content.decode()
    services.add_field(SYSTEM, station, "meter BOX", "Cellar")
    assert "?name=Meter%20box" not in page.get(ADDRESS).content.decode()
    page.post(f"/additional-information/{FieldTemplate.objects.get().pk}/delete/", {"confirmed": "1"})
    assert names(station) == ["meter BOX"]


def test_who_may_only_see_finds_nothing_to_press(client, station, fields, organisation):
    client.force_login(factories.member(organisation, VIEW_STATIONS, VIEW_FREE_FIELDS))
    text = client.get(ADDRESS).content.decode()
    assert "Value A" in text
    assert "free-fields" not in text
    assert client.post(f"{ADDRESS}order/").status_code == 403


def test_a_station_has_a_bounded_number_of_fields(station, monkeypatch):
    monkeypatch.setattr(services.free_fields, "MOST_FIELDS", 1)
    services.add_field(Actor("user", "Anna", 1), station, "A", "1")
    with pytest.raises(ValidationError):
        services.add_field(SYSTEM, station, "B", "2")


def test_the_tab_takes_few_queries(page, station, fields, django_assert_max_num_queries):
    page.get(ADDRESS)
    with django_assert_max_num_queries(12):
        page.get(ADDRESS)
