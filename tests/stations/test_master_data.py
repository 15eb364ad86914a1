from datetime import date
from decimal import Decimal
from threading import Barrier, Thread

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django_scopes import scope, scopes_disabled

from accounts.models import AuditEntry
from chargeports.models import ChargePort, PortState
from charging.models import TokenGroup
from charging.selectors import admitted_groups
from charging.services import admit_groups
from common.actor import Actor
from stations import services
from stations.choices import LifeCycle
from stations.models import Contact, SearchEntry, Station, StationGroup, StationState
from stations.parts import consequences_of
from stations.services.marketing import change_marketing_text, change_roaming
from stations.signals import station_changed
from tests import factories

PERSON = Actor(kind="user", label="Olivia", id=7, address="192.0.2.7")


@pytest.fixture
def of(db):
    return factories.organisation()


@pytest.fixture
def changes():
    heard = []

    def receiver(station_id, fields, **kwargs):
        heard.append((station_id, fields))

    station_changed.connect(receiver)
    yield heard
    station_changed.disconnect(receiver)


def errors_of(raised) -> dict:
    return raised.value.message_dict


def test_a_new_station_has_state_search_entries_and_an_audit_row(of):
    group = services.create_group(PERSON, of, "North")
    owner = services.create_contact(PERSON, of, {"name": "City works"})
    values = {
        "identity": " CP-1 ",
        "name": "Market",
        "country": "de",
        "city": "Köln",
        "latitude": "50.94",
        "longitude": Decimal("6.96"),
        "owner": owner,
        "groups": [group],
    }
    with scope(organisation=of):
        station = services.create_station(PERSON, of, values)
    assert (station.identity, station.country, station.latitude) == ("CP-1", "DE", Decimal("50.94"))
    assert StationState.objects.get(station=station).organisation == of
    assert set(SearchEntry.objects.values_list("kind", "text")) == {
        ("identity", "CP-1"),
        ("name", "Market"),
        ("address", "Köln"),
    }
    entry = AuditEntry.objects.get(action="stations.created")
    assert (entry.organisation, entry.object_label, entry.address) == (of, "CP-1", "192.0.2.7")
    assert entry.after["owner"] == "City works"
    assert entry.after["groups"] == ["North"]
    assert "vendor" not in entry.after


@pytest.mark.parametrize(
    "values, field",
    [
        ({"identity": ""}, "identity"),
        ({"identity": "a/b"}, "identity"),
        ({"identity": "x" * 49}, "identity"),
        ({"time_zone": "Europe/Atlantis"}, "time_zone"),
        ({"country": "D1"}, "country"),
        ({"country": "D"}, "country"),
        ({"latitude": Decimal("50.9")}, "longitude"),
        ({"longitude": Decimal("50.9")}, "latitude"),
        ({"latitude": Decimal("91"), "longitude": Decimal("1")}, "latitude"),
        ({"life_cycle": "sold"}, "life_cycle"),
        ({"access_type": "secret"}, "access_type"),
        ({"iccid": "8" * 23}, "iccid"),
    ],
)
def test_what_cannot_be_is_an_error_of_its_field_and_nothing_is_made(of, values, field):
    with pytest.raises(ValidationError) as raised:
        services.create_station(PERSON, of, {"identity": "CP-1"} | values)
    assert list(errors_of(raised)) == [field]
    assert not Station.objects.exists()
    assert not AuditEntry.objects.exists()


def test_an_identity_is_unique_over_all_organisations_without_telling_whose_it_is(of):
    theirs = factories.station(identity="Cp-1")
    with scope(organisation=of), pytest.raises(ValidationError) as raised:
        services.create_station(PERSON, of, {"identity": "cP-1"})
    (message,) = errors_of(raised)["identity"]
    assert "in use already" in message
    assert theirs.organisation.name not in message


@pytest.mark.django_db(transaction=True)
def test_of_two_who_take_an_identity_at_once_one_gets_it():
    of = factories.organisation()
    together, results = Barrier(3), []

    def create() -> None:
        with scopes_disabled():
            together.wait(timeout=60)
            try:
                services.create_station(PERSON, of, {"identity": "CP-1"})
                results.append("made")
            except ValidationError as error:
                results.append(list(error.message_dict))
        connection.close()

    threads = [Thread(target=create) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results, key=str) == [["identity"], ["identity"], "made"]


def test_a_change_audits_only_what_changed_and_tells_the_gateway(of, changes, django_capture_on_commit_callbacks):
    station = factories.station(of, identity="CP-OLD", name="Old", city="Bonn")
    with django_capture_on_commit_callbacks(execute=True):
        services.update_station(PERSON, station, {"name": "New", "city": "Bonn", "identity": "CP-NEW"})
    entry = AuditEntry.objects.get()
    assert entry.before == {"name": "Old", "identity": "CP-OLD"}
    assert entry.after == {"name": "New", "identity": "CP-NEW"}
    assert station.name == "New"
    assert SearchEntry.objects.filter(text="CP-NEW").exists()
    assert changes == [(station.pk, frozenset({"name", "identity"}))]


def test_a_change_that_changes_nothing_writes_nothing(of):
    station = factories.station(of, latitude=Decimal("50.5"), longitude=Decimal("6.5"))
    services.update_station(PERSON, station, {"name": station.name, "latitude": "50.500", "groups": []})
    assert not AuditEntry.objects.exists()


def test_a_change_leaves_what_somebody_else_changed_in_the_meantime(of):
    station = factories.station(of, city="Bonn")
    stale = Station.objects.get(pk=station.pk)
    services.update_station(PERSON, station, {"city": "Berlin"})
    services.update_station(PERSON, stale, {"name": "New"})
    station.refresh_from_db()
    assert (station.city, station.name) == ("Berlin", "New")


def test_a_wrong_change_changes_neither_the_station_nor_the_object(of):
    station = factories.station(of)
    with pytest.raises(ValidationError):
        services.update_station(PERSON, station, {"name": "New", "time_zone": "Mars"})
    assert station.name != "New"
    assert Station.objects.get().name != "New"


def test_a_contact_of_another_organisation_is_refused(of):
    foreign = services.create_contact(PERSON, factories.organisation(), {"name": "Theirs"})
    with pytest.raises(ValidationError) as raised:
        services.create_station(PERSON, of, {"identity": "CP-1", "operator": foreign})
    assert list(errors_of(raised)) == ["operator"]


def test_groups_are_changed_with_the_station_and_those_of_others_are_refused(of):
    north, south = (services.create_group(PERSON, of, name) for name in ("North", "South"))
    station = factories.station(of)
    services.update_station(PERSON, station, {"groups": [north, south]})
    services.update_station(PERSON, station, {"groups": [south]})
    entry = AuditEntry.objects.filter(action="stations.changed").last()
    assert (entry.before, entry.after) == ({"groups": ["North", "South"]}, {"groups": ["South"]})
    foreign = services.create_group(PERSON, factories.organisation(), "Theirs")
    with pytest.raises(ValidationError):
        services.update_station(PERSON, station, {"groups": [foreign]})


def test_a_clone_is_planned_like_its_source_without_what_belongs_to_the_one_device(of):
    group = services.create_group(PERSON, of, "North")
    source = factories.station(of, ports=2, vendor="Acme", serial_number="S-1", iccid="8949", city="Bonn")
    source.groups.add(group)
    ChargePort.objects.filter(number=1).update(
        evse_id="DE*ABC*E1", evse_id_key="DEABCE1", max_power_w=22000, name="Left"
    )
    copy = services.clone_station(PERSON, source, "CP-COPY", "Copy")
    assert (copy.life_cycle, copy.vendor, copy.city, copy.name) == (LifeCycle.PLANNED, "Acme", "Bonn", "Copy")
    assert (copy.serial_number, copy.iccid, list(copy.groups.all())) == ("", "", [group])
    ports = ChargePort.objects.filter(station=copy).order_by("number")
    assert list(ports.values_list("number", "name", "max_power_w", "evse_id", "evse_id_key")) == [
        (1, "Left", 22000, "", None),
        (2, "", None, "", None),
    ]
    assert PortState.objects.filter(port__station=copy, status="").count() == 2
    assert SearchEntry.objects.filter(station=copy, kind="port_name", text="Left").exists()
    assert AuditEntry.objects.get(action="stations.cloned").after == {"from": source.identity}


def test_a_clone_takes_over_what_the_public_is_told_and_who_may_charge(of):
    source = factories.station(of)
    services.change_access(PERSON, source, {"house_rules": "Park forwards.", "holiday_country": "DE"})
    day = date(2030, 1, 2)
    values = {"first_day": day, "last_day": day, "openings": [], "scope": "both", "note": "Stocktaking"}
    services.add_exception(PERSON, source, values)
    change_marketing_text(PERSON, source, "de", {"title": "Laden"})
    change_roaming(PERSON, source, {"hotline": "+49 30 5550100"})
    services.publish(PERSON, source, services.create_portal(PERSON, of, "City map"))
    group = TokenGroup.objects.create(organisation=of, parent_id="STAFF")
    admit_groups(PERSON, source, [group])
    copy = services.clone_station(PERSON, source, "CP-COPY")
    assert (copy.access.house_rules, copy.access.holiday_country) == ("Park forwards.", "DE")
    assert copy.hours_exceptions.get().note == "Stocktaking"
    assert copy.marketing_texts.get().title == "Laden"
    assert copy.roaming.hotline == "+49 30 5550100"
    assert copy.publications.get().portal.name == "City map"
    assert admitted_groups(copy) == [group]


def test_a_clone_under_a_taken_identity_makes_nothing(of):
    source = factories.station(of)
    with pytest.raises(ValidationError):
        services.clone_station(PERSON, source, source.identity.lower())
    assert Station.objects.count() == 1


def test_a_life_cycle_says_what_it_does_and_is_audited(of):
    station = factories.station(of)
    factories.command(station)
    texts = [str(text) for text in consequences_of(station, LifeCycle.DECOMMISSIONED)]
    assert "disconnected" in texts[0]
    assert any("1 waiting command" in text for text in texts)
    assert not any("waiting" in str(text) for text in consequences_of(station, LifeCycle.OUT_OF_OPERATION))
    services.change_life_cycle(PERSON, station, LifeCycle.DECOMMISSIONED)
    entry = AuditEntry.objects.get(action="stations.changed")
    assert (entry.before, entry.after) == ({"life_cycle": "in_operation"}, {"life_cycle": "decommissioned"})


def test_groups_have_a_name_of_their_own_in_the_organisation(of):
    group = services.create_group(PERSON, of, "North")
    services.create_group(PERSON, factories.organisation(), "North")
    other = services.create_group(PERSON, of, "South")
    for attempt in (
        lambda: services.create_group(PERSON, of, " north"),
        lambda: services.rename_group(PERSON, other, "NORTH"),
    ):
        with pytest.raises(ValidationError) as raised:
            attempt()
        assert list(errors_of(raised)) == ["name"]
    assert services.rename_group(PERSON, group, "NORTH").name == "NORTH"


def test_stations_join_and_leave_a_group_and_only_those_that_move_are_audited(of):
    group = services.create_group(PERSON, of, "North")
    first, second, foreign = factories.station(of), factories.station(of), factories.station()
    assert services.add_to_group(PERSON, group, [first]) == 1
    assert services.add_to_group(PERSON, group, [first, second, foreign]) == 1
    assert set(group.stations.all()) == {first, second}
    assert services.remove_from_group(PERSON, group, [first, foreign]) == 1
    assert set(group.stations.all()) == {second}
    actions = AuditEntry.objects.values_list("action", "object_label").exclude(action="stations.group_created")
    assert list(actions.order_by("id")) == [
        ("stations.group_joined", first.identity),
        ("stations.group_joined", second.identity),
        ("stations.group_left", first.identity),
    ]


def test_many_stations_join_a_group_in_as_many_queries_as_one(of, django_assert_max_num_queries):
    group = services.create_group(PERSON, of, "North")
    stations = [factories.station(of, ports=0) for _ in range(50)]
    with django_assert_max_num_queries(5):
        services.add_to_group(PERSON, group, stations)


def test_a_group_or_contact_that_is_deleted_leaves_its_stations(of):
    group = services.create_group(PERSON, of, "North")
    owner = services.create_contact(PERSON, of, {"name": "City works"})
    station = factories.station(of, owner=owner)
    services.add_to_group(PERSON, group, [station])
    services.delete_group(PERSON, group)
    services.delete_contact(PERSON, owner)
    station.refresh_from_db()
    assert station.owner is None
    assert not StationGroup.objects.exists()
    assert not Contact.objects.exists()


def test_a_contact_is_changed_and_checked(of):
    contact = services.create_contact(PERSON, of, {"name": "City works", "email": "a@city.example"})
    services.update_contact(PERSON, contact, {"phone": "+49 1"})
    entry = AuditEntry.objects.get(action="stations.contact_changed")
    assert (entry.before, entry.after) == ({"phone": ""}, {"phone": "+49 1"})
    with pytest.raises(ValidationError) as raised:
        services.update_contact(PERSON, contact, {"email": "nowhere"})
    assert list(errors_of(raised)) == ["email"]
