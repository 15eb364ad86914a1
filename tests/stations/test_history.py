from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone, translation

from accounts.models import AuditEntry
from common.actor import SYSTEM, Actor
from common.errors import Refused
from stations import history, services
from stations.choices import HistoryKind, LifeCycle
from stations.models import HistoryEntry
from tests import factories

ANNA = Actor(kind="user", label="Anna", id=1)
BERT = Actor(kind="user", label="Bert", id=2)


@pytest.fixture
def station(organisation):
    return factories.station(organisation, identity="BER-1")


def sentences(station) -> list[str]:
    return [entry.sentence for entry in station.history.order_by("id")]


def boot(station, **values):
    said = {"vendor": "Alfen", "model": "NG910", "at": timezone.now()} | values
    services.record_boots([services.BootReport(station_id=station.pk, **said)])


def test_the_portal_writes_down_what_it_notices(station):
    boot(station, firmware_version="1.0")
    boot(station, firmware_version="1.0")
    boot(station, firmware_version="2.0")
    services.change_life_cycle(SYSTEM, station, LifeCycle.OUT_OF_OPERATION)
    assert sentences(station) == [
        "The charger reports firmware 2.0; before it was 1.0.",
        "The life cycle changed from “In operation” to “Out of operation”.",
    ]
    with translation.override("de"):
        assert "Außer Betrieb" in sentences(station)[1]


def test_another_device_and_its_confirmation_are_events(station):
    boot(station, serial_number="A1")
    boot(station, serial_number="B2")
    services.confirm_hardware(ANNA, station)
    assert "serial_number: A1 → B2" in sentences(station)[0]
    assert [entry.actor_kind for entry in station.history.order_by("id")] == ["station", "user"]


def test_events_of_many_stations_take_two_queries(organisation, other_organisation, django_assert_num_queries):
    stations = [factories.station(of) for of in (organisation, other_organisation, organisation)]
    wanted = [services.Occurrence(one.pk, history.CREATED, SYSTEM) for one in stations]
    gone = services.Occurrence(10**9, history.CREATED, SYSTEM)
    with django_assert_num_queries(2):
        services.record_events([*wanted, gone])
    written = dict(HistoryEntry.objects.values_list("station_id", "organisation_id"))
    assert written == {one.pk: one.organisation_id for one in stations}


def test_entries_are_written_changed_deleted_and_restored_by_their_author(station):
    entry = services.write_entry(ANNA, station, HistoryKind.CALL, "  Driver called: the cable is stuck.\x00 ")
    assert entry.text == "Driver called: the cable is stuck."
    services.change_entry(ANNA, entry, HistoryKind.FAILURE, entry.text, entry.at)
    services.delete_entry(ANNA, entry)
    services.restore_entry(ANNA, entry)
    services.pin_entry(BERT, entry, pinned=True)
    entry.refresh_from_db()
    assert (entry.kind, entry.pinned, entry.deleted_at) == (HistoryKind.FAILURE, True, None)
    actions = [
        action.partition("_")[2] for action in AuditEntry.objects.order_by("id").values_list("action", flat=True)
    ]
    assert [action for action in actions if action in ("written", "changed", "deleted", "restored", "pinned")] == [
        "written",
        "changed",
        "deleted",
        "restored",
        "pinned",
    ]


def test_nobody_changes_what_others_or_the_portal_wrote(station):
    entry = services.write_entry(ANNA, station, HistoryKind.NOTE, "Mine")
    services.record_event(station, history.CREATED, ANNA)
    event = station.history.get(kind=HistoryKind.EVENT)
    for actor, one in ((BERT, entry), (ANNA, event)):
        with pytest.raises(Refused):
            services.change_entry(actor, one, HistoryKind.NOTE, "Other", one.at)
        with pytest.raises(Refused):
            services.delete_entry(actor, one)
    with pytest.raises(Refused):
        services.restore_entry(ANNA, entry)


@pytest.mark.parametrize(
    "field, kind, text, ahead",
    [("kind", "event", "x", 0), ("kind", "", "x", 0), ("text", "note", " \x00 ", 0), ("at", "note", "x", 1)],
)
def test_bad_entries_are_refused_at_their_field(station, field, kind, text, ahead):
    with pytest.raises(ValidationError) as error:
        services.write_entry(ANNA, station, kind, text, timezone.now() + timedelta(days=ahead))
    assert set(error.value.message_dict) == {field}
    assert not station.history.exists()


def test_deleted_entries_go_for_good_after_a_month(station):
    entry = services.write_entry(ANNA, station, HistoryKind.NOTE, "Old")
    services.delete_entry(ANNA, entry)
    assert services.purge_deleted(timezone.now() - services.UNDO_FOR) == 0
    assert services.purge_deleted(timezone.now() + timedelta(seconds=1)) == 1
