"""BootNotification row by row (B01–B07)."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from accounts.models import AuditEntry
from common.actor import Actor
from common.errors import Refused
from stations import services
from stations.choices import BootStatus, LifeCycle, SearchKind
from stations.models import SearchEntry, Station, StationReport, StationState
from stations.services import BootReport
from stations.signals import station_changed
from tests import factories

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
PERSON = Actor(kind="user", label="Olivia", id=7)


def boot(station: Station, **fields) -> BootReport:
    values = {"vendor": "Acme", "model": "One", "serial_number": "S-1", "at": NOON} | fields
    return BootReport(station.pk, **values)


@pytest.mark.parametrize(
    "life_cycle, answer",
    [
        (LifeCycle.IN_OPERATION, BootStatus.ACCEPTED),
        (LifeCycle.PLANNED, BootStatus.PENDING),
        (LifeCycle.OUT_OF_OPERATION, BootStatus.PENDING),
        (LifeCycle.DECOMMISSIONED, BootStatus.REJECTED),
    ],
)
def test_B01_B02_B03_the_answer_follows_from_the_life_cycle(life_cycle, answer):
    station = factories.station(life_cycle=life_cycle)
    assert services.record_boots([boot(station)]) == [answer]
    state = StationState.objects.get(station=station)
    assert (state.boot_status, state.last_boot_at) == (answer, NOON)


def test_B01_the_first_boot_is_kept_beside_what_was_entered_and_is_found():
    station = factories.station(vendor="Entered", serial_number="E-1")
    services.record_boots([boot(station, firmware_version="1.2\x00", box_serial_number="B-1", iccid="8949")])
    station.refresh_from_db()
    report = StationReport.objects.get(station=station)
    assert (station.vendor, report.vendor, report.firmware_version, report.reported_at) == (
        "Entered",
        "Acme",
        "1.2",
        NOON,
    )
    serials = SearchEntry.objects.filter(station=station, kind=SearchKind.SERIAL).values_list("text", flat=True)
    assert set(serials) == {"E-1", "S-1", "B-1"}


def test_B05_a_boot_repeated_every_few_seconds_is_answered_every_time():
    station = factories.station()
    reports = [boot(station, at=NOON + timedelta(seconds=10 * turn)) for turn in range(5)]
    assert services.record_boots(reports) == [BootStatus.ACCEPTED] * 5
    assert StationReport.objects.get().reported_at == NOON + timedelta(seconds=40)
    assert not AuditEntry.objects.exists()


def test_B06_a_boot_ends_the_need_for_one():
    station = factories.station()
    services.require_reboot(station.pk)
    assert StationState.objects.get().reboot_required
    services.record_boots([boot(station)])
    assert not StationState.objects.get().reboot_required


@pytest.mark.parametrize("field", ["vendor", "model", "serial_number", "box_serial_number"])
def test_B07_another_device_is_held_until_a_person_confirms_it(field, django_capture_on_commit_callbacks):
    station = factories.station()
    services.record_boots([boot(station, box_serial_number="B-1")])
    other = boot(station, **{"box_serial_number": "B-1", field: "Other"})
    assert services.record_boots([other, other]) == [BootStatus.PENDING, BootStatus.PENDING]
    assert "Other" in StationReport.objects.get().held_because
    entry = AuditEntry.objects.get(action="stations.other_hardware")
    assert (entry.actor_kind, entry.actor_id, entry.after) == ("station", station.pk, {field: "Other"})

    heard = []
    station_changed.connect(receiver := lambda **told: heard.append((told["station_id"], told["fields"])))
    with django_capture_on_commit_callbacks(execute=True):
        services.confirm_hardware(PERSON, station)
    station_changed.disconnect(receiver)
    assert heard == [(station.pk, frozenset({"held_because"}))]
    assert services.record_boots([other]) == [BootStatus.ACCEPTED]
    assert AuditEntry.objects.get(action="stations.hardware_confirmed").actor_label == "Olivia"


def test_B07_in_one_batch_a_second_device_is_held_too():
    station = factories.station()
    reports = [boot(station), boot(station, serial_number="S-2")]
    assert services.record_boots(reports) == [BootStatus.ACCEPTED, BootStatus.PENDING]


def test_B07_what_is_left_out_or_written_in_other_letters_is_no_other_device():
    station = factories.station()
    services.record_boots([boot(station)])
    same = [boot(station, serial_number=""), boot(station, vendor="ACME "), boot(station)]
    assert services.record_boots(same) == [BootStatus.ACCEPTED] * 3
    assert StationReport.objects.get().serial_number == "S-1"


def test_confirming_what_is_not_held_is_refused():
    with pytest.raises(Refused):
        services.confirm_hardware(PERSON, factories.station())


def test_Q33_empty_values_are_dropped():
    station = factories.station()
    services.record_boots([boot(station, iccid="8949", imsi="262")])
    services.record_boots([boot(station, iccid="", imsi="")])
    report = StationReport.objects.get()
    assert (report.iccid, report.imsi) == ("8949", "262")


def test_a_boot_of_a_station_that_is_gone_is_rejected():
    station = factories.station()
    unknown = replace(boot(station), station_id=station.pk + 1000)
    assert services.record_boots([unknown, boot(station)]) == [BootStatus.REJECTED, BootStatus.ACCEPTED]


def test_many_boots_take_as_many_queries_as_one(django_assert_max_num_queries, django_assert_num_queries):
    of = factories.organisation()
    stations = [factories.station(of, ports=0) for _ in range(200)]
    services.record_boots([boot(station) for station in stations])
    with django_assert_max_num_queries(15) as queries:
        services.record_boots([boot(stations[0], model="Two")])
    with django_assert_num_queries(len(queries)):
        services.record_boots([boot(station, model="Three") for station in stations])
