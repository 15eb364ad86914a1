from decimal import Decimal

import pytest
from django.test import Client

from accounts.models import AuditEntry
from stations import opening_hours
from stations.choices import LifeCycle
from stations.models import Contact, Station, StationGroup
from stations.rights import CHANGE_STATIONS, VIEW_STATIONS
from tests import factories

NEW = {
    "identity": "HAM-7",
    "name": "Harbour",
    "life_cycle": "in_operation",
    "security_profile": "1",
    "protocol": "ocpp1.6",
    "country": "de",
    "latitude": "53.55",
    "longitude": "9.99",
    "time_zone": "Europe/Berlin",
    "access_type": "public",
    "hours_kind": "weekly",
    "hours_1": "08:00-18:00",
}
HTMX = {"HX-Request": "true", "HX-Target": "dialog-body"}


@pytest.fixture
def page(client, owner) -> Client:
    client.force_login(owner)
    return client


@pytest.fixture
def station(organisation) -> Station:
    return factories.station(organisation, identity="BER-1", name="Hall", serial_number="S-1", city="Berlin")


def only(**fields) -> Station:
    return Station.objects.get(**fields)


def test_a_station_is_created_with_everything_that_was_typed(page, organisation, owner):
    contact = Contact.objects.create(organisation=organisation, name="Owner Ltd")
    group = StationGroup.objects.create(organisation=organisation, name="North")
    answer = page.post("/station-create/", {**NEW, "owner": contact.pk, "groups": [group.pk]})
    assert answer.status_code == 302, answer.context["form"].errors
    assert answer["Location"] == "/stations/HAM-7/"
    made = only(identity="HAM-7")
    assert made.organisation == organisation
    assert (made.country, made.latitude, made.security_profile) == ("DE", Decimal("53.55"), 1)
    assert opening_hours.openings_on(made.opening_hours, 1) == [("08:00", "18:00")]
    assert made.owner == contact
    assert list(made.groups.all()) == [group]
    assert AuditEntry.objects.get(action="stations.created").actor_id == owner.pk


@pytest.mark.parametrize(
    "wrong, field",
    [
        ({"identity": ""}, "identity"),
        ({"identity": "a/b"}, "identity"),
        ({"identity": "ber-1"}, "identity"),
        ({"country": "Germany"}, "country"),
        ({"country": "D1"}, "country"),
        ({"latitude": ""}, "latitude"),
        ({"latitude": "91"}, "latitude"),
        ({"time_zone": "Mars/Olympus"}, "time_zone"),
        ({"access_type": "x"}, "access_type"),
        ({"hours_1": "always"}, "hours_1"),
        ({"owner": "999999"}, "owner"),
        ({"groups": ["999999"]}, "groups"),
        ({"security_profile": "7"}, "security_profile"),
    ],
)
def test_bad_input_is_named_at_its_field_and_nothing_typed_is_lost(page, station, wrong, field):
    answer = page.post("/station-create/", {**NEW, "vendor": "Typed before", **wrong})
    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == [field]
    text = answer.content.decode()
    assert "Typed before" in text
    assert "08:00-18:00" in text or field == "hours_1"
    assert Station.objects.count() == 1


def test_everything_that_is_wrong_is_told_at_once(page):
    answer = page.post("/station-create/", {**NEW, "identity": "a/b", "country": "D1", "hours_1": "x", "longitude": ""})
    assert set(answer.context["form"].errors) == {"identity", "country", "hours_1", "longitude"}


def test_a_station_id_of_another_organisation_is_taken_but_not_told_whose(page, other_organisation):
    factories.station(other_organisation, identity="HAM-7")
    answer = page.post("/station-create/", NEW)
    assert answer.status_code == 422
    assert "in use already" in answer.content.decode()
    assert other_organisation.name not in answer.content.decode()


def test_a_station_is_edited(page, station):
    shown = page.get("/stations/BER-1/edit/").content.decode()
    assert 'value="Hall"' in shown
    form = {name: value for name, value in NEW.items() if name not in ("life_cycle", "security_profile")}
    answer = page.post("/stations/BER-1/edit/", {**form, "hours_kind": "always"})
    assert answer["Location"] == "/stations/HAM-7/"
    station.refresh_from_db()
    assert (station.name, station.serial_number) == ("Harbour", "")
    assert opening_hours.is_always(station.opening_hours)
    changed = AuditEntry.objects.get(action="stations.changed")
    assert changed.before["name"] == "Hall"
    assert "protocol" not in changed.before


def test_an_error_while_editing_keeps_the_way_back_and_the_stored_name(page, station):
    answer = page.post("/stations/BER-1/edit/", {**NEW, "identity": "no/slash"})
    assert answer.status_code == 422
    assert 'href="/stations/BER-1/"' in answer.content.decode()
    station.refresh_from_db()
    assert station.identity == "BER-1"


def test_a_clone_is_planned_without_what_belongs_to_the_device(page, station):
    answer = page.post("/stations/BER-1/clone/", {"identity": "BER-2", "name": "Hall 2"})
    assert answer["Location"] == "/stations/BER-2/"
    copy = only(identity="BER-2")
    assert (copy.life_cycle, copy.city, copy.serial_number) == (LifeCycle.PLANNED, "Berlin", "")
    assert copy.ports.count() == 1


def test_a_clone_under_a_taken_station_id_says_so_inside_the_dialog(page, station):
    answer = page.post("/stations/BER-1/clone/", {"identity": "BER-1"}, headers=HTMX)
    assert answer.status_code == 422
    assert "in use already" in answer.content.decode()
    assert "<html" not in answer.content.decode()


def test_the_life_cycle_form_names_what_will_happen(page, station):
    text = page.get("/stations/BER-1/life-cycle/", headers=HTMX).content.decode()
    assert "The station is disconnected and refused from now on." in text
    answer = page.post("/stations/BER-1/life-cycle/", {"life_cycle": "decommissioned"}, headers=HTMX)
    assert answer["HX-Redirect"] == "/stations/BER-1/"
    station.refresh_from_db()
    assert station.life_cycle == LifeCycle.DECOMMISSIONED


def test_a_life_cycle_that_does_not_exist_is_refused(page, station):
    assert page.post("/stations/BER-1/life-cycle/", {"life_cycle": "retired"}).status_code == 422


FORMS = ("/station-create/", "/stations/BER-1/edit/", "/stations/BER-1/clone/", "/stations/BER-1/life-cycle/")


@pytest.mark.parametrize("address", [*FORMS, "/contacts/create/"])
def test_forms_need_the_right_to_change_stations(page, station, organisation, address):
    assert page.get(address).status_code == 200
    page.force_login(factories.member(organisation, VIEW_STATIONS))
    assert page.get(address).status_code == 403
    assert page.post(address, NEW).status_code == 403


@pytest.mark.parametrize("address", FORMS[1:])
def test_forms_of_another_organisations_station_do_not_exist(page, station, stranger, address):
    page.force_login(stranger)
    assert page.get(address).status_code == 404
    assert page.post(address, NEW).status_code == 404


def test_groups_are_made_renamed_and_deleted(page, organisation, station):
    assert page.post("/station-groups/create/", {"name": "North"})["Location"] == "/station-groups/"
    group = StationGroup.objects.get(organisation=organisation)
    station.groups.add(group)
    text = page.get("/station-groups/").content.decode()
    assert f'href="/stations/?group={group.pk}"' in text
    assert page.post("/station-groups/create/", {"name": "north"}).status_code == 422
    page.post(f"/station-groups/{group.pk}/", {"name": "South"})
    group.refresh_from_db()
    assert group.name == "South"
    assert "1 station leaves the group" in page.get(f"/station-groups/{group.pk}/delete/").content.decode()
    page.post(f"/station-groups/{group.pk}/delete/", {"confirmed": "1"})
    assert not StationGroup.objects.filter(pk=group.pk).exists()
    assert Station.objects.filter(pk=station.pk).exists()


def test_groups_need_their_own_right(page, organisation, other_organisation):
    foreign = StationGroup.objects.create(organisation=other_organisation, name="Theirs")
    assert page.get(f"/station-groups/{foreign.pk}/").status_code == 404
    assert page.post(f"/station-groups/{foreign.pk}/delete/", {"confirmed": "1"}).status_code == 404
    page.force_login(factories.member(organisation, VIEW_STATIONS, CHANGE_STATIONS))
    assert page.get("/station-groups/").status_code == 200
    assert page.post("/station-groups/create/", {"name": "North"}).status_code == 403


def test_the_number_of_queries_does_not_grow_with_the_groups(page, organisation, django_assert_max_num_queries):
    StationGroup.objects.bulk_create(StationGroup(organisation=organisation, name=f"G {n}") for n in range(40))
    page.get("/station-groups/")
    with django_assert_max_num_queries(15):
        assert len(page.get("/station-groups/").context["table"].rows) == 40


def test_contacts_are_made_found_changed_and_deleted(page, organisation, station):
    assert page.post("/contacts/create/", {"name": "Krug", "email": "krug@example.org"}).status_code == 302
    contact = Contact.objects.get(organisation=organisation)
    Station.objects.filter(pk=station.pk).update(owner=contact)
    assert "krug@example.org" in page.get("/contacts/?q=KRUG").content.decode()
    assert page.post(f"/contacts/{contact.pk}/", {"name": "Krug", "email": "no address"}).status_code == 422
    page.post(f"/contacts/{contact.pk}/", {"name": "Krug & Co", "email": ""})
    contact.refresh_from_db()
    assert (contact.name, contact.email) == ("Krug & Co", "")
    assert "1 station is assigned to this contact" in page.get(f"/contacts/{contact.pk}/delete/").content.decode()
    page.post(f"/contacts/{contact.pk}/delete/", {"confirmed": "1"})
    station.refresh_from_db()
    assert station.owner is None


def test_contacts_of_others_do_not_exist(page, other_organisation):
    foreign = Contact.objects.create(organisation=other_organisation, name="Theirs")
    assert page.get(f"/contacts/{foreign.pk}/").status_code == 404
    assert "Theirs" not in page.get("/contacts/").content.decode()
