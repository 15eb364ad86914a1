"""Maintenance windows: they never overlap, end by themselves, lock if told to, and mark the errors within."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core.exceptions import ValidationError

from accounts.models import AuditEntry
from chargeports import services
from chargeports.choices import CommandKind, CommandState, WindowState
from chargeports.models import Command, EquipmentError, MaintenanceWindow, PortState
from chargeports.selectors import in_maintenance
from chargeports.services import StatusReport, WindowWish
from chargeports.signals import maintenance_window_ended
from chargeports.tasks import keep_windows
from charging import services as charging
from common.actor import Actor
from common.errors import Refused
from stations.models import HistoryEntry, ServicePackage
from tests import factories

PERSON = Actor(kind="user", label="Olivia", id=7)


@pytest.fixture
def station(db):
    made = factories.station(ports=2)
    ServicePackage.objects.create(
        organisation_id=made.organisation_id, station=made, kind="support", since="2026-01-01"
    )
    return made


@pytest.fixture
def ended():
    heard = []

    def receiver(window_ids, **kwargs):
        heard.extend(window_ids)

    maintenance_window_ended.connect(receiver)
    yield heard
    maintenance_window_ended.disconnect(receiver)


def hours(count):
    return datetime.now(UTC) + timedelta(hours=count)


def add(station, start=-0.1, end=2.0, ports=(), **wish):
    return services.add_windows(PERSON, station, WindowWish(hours(start), hours(end), ports, **wish))


def pass_time(window, by):
    """Let the window have been so many hours earlier."""
    shift = timedelta(hours=by)
    MaintenanceWindow.objects.filter(pk=window.pk).update(
        starts_at=window.starts_at - shift, ends_at=window.ends_at - shift
    )


def availability():
    return list(
        Command.objects.filter(kind=CommandKind.CHANGE_AVAILABILITY)
        .order_by("pk")
        .values_list("port_number", "parameters__operative")
    )


class TestAdding:
    def test_one_for_the_station_or_one_for_each_port(self, station):
        (whole,) = add(station, comment="New meter")
        assert (whole.port_number, whole.state, whole.comment) == (0, WindowState.ACTIVE, "New meter")
        ahead = add(station, 10, 12, ports=[1, 2])
        assert [(one.port_number, one.state) for one in ahead] == [(1, WindowState.PLANNED), (2, WindowState.PLANNED)]
        assert AuditEntry.objects.filter(action="chargeports.window_added").count() == 3

    def test_a_start_that_has_passed_means_now(self, station):
        (window,) = add(station, start=-5)
        assert datetime.now(UTC) - window.starts_at < timedelta(minutes=1)

    @pytest.mark.parametrize("first, second", [((), ()), ((), (1,)), ((1,), ()), ((1,), (1, 2))])
    def test_windows_of_one_port_do_not_overlap(self, station, first, second):
        add(station, ports=first)
        with pytest.raises(ValidationError) as caught:
            add(station, 1, 3, ports=second)
        assert list(caught.value.message_dict) == ["starts_at"]
        assert MaintenanceWindow.objects.count() == 1

    def test_windows_of_different_ports_or_one_after_the_other_do(self, station):
        add(station, ports=[1])
        add(station, ports=[2])
        add(station, 2.1, 3)
        assert MaintenanceWindow.objects.count() == 3

    @pytest.mark.parametrize(
        "wish, field",
        [
            ({"start": 2, "end": 1}, "ends_at"),
            ({"start": -3, "end": -2}, "ends_at"),
            ({"end": 24 * 400}, "ends_at"),
            ({"ports": [9]}, "port_numbers"),
            ({"tokens": ["A"]}, "tokens"),
            ({"tokens": ["A" * 21], "locks_ports": True}, "tokens"),
        ],
    )
    def test_bad_input_changes_nothing(self, station, wish, field):
        with pytest.raises(ValidationError) as caught:
            add(station, **wish)
        assert list(caught.value.message_dict) == [field]
        assert not MaintenanceWindow.objects.exists()


class TestItsLife:
    def test_it_opens_and_ends_by_itself(self, station, ended, django_capture_on_commit_callbacks):
        (window,) = add(station, 1, 2)
        pass_time(window, 1.5)
        keep_windows()
        window.refresh_from_db()
        assert window.opened_at is not None
        pass_time(window, 1)
        with django_capture_on_commit_callbacks(execute=True):
            keep_windows()
            keep_windows()
        assert ended == [window.pk]
        events = HistoryEntry.objects.filter(station=station).order_by("pk").values_list("event", flat=True)
        assert list(events) == ["chargeports.window_opened", "chargeports.window_closed"]

    def test_ending_early_corrects_its_end(self, station):
        (window,) = add(station)
        services.end_window(PERSON, window)
        window.refresh_from_db()
        assert (window.state, window.ended_by) == (WindowState.PAST, "Olivia")
        assert datetime.now(UTC) - window.ends_at < timedelta(minutes=1)
        add(station)
        with pytest.raises(Refused):
            services.end_window(PERSON, window)

    def test_only_what_has_not_begun_is_removed(self, station):
        (planned,) = add(station, 1, 2)
        services.remove_window(PERSON, planned)
        (active,) = add(station)
        with pytest.raises(Refused):
            services.remove_window(PERSON, active)
        assert MaintenanceWindow.objects.get() == active


class TestErrors:
    def fault(self, station, port_number, at):
        services.record_statuses(
            [
                StatusReport(
                    station.pk, station.organisation_id, port_number, "Faulted", "GroundFailure", "", "", "", at, at
                )
            ]
        )
        return EquipmentError.objects.latest("pk").in_maintenance

    def test_errors_within_are_marked_those_elsewhere_are_not(self, station):
        add(station, ports=[1])
        now = datetime.now(UTC)
        assert self.fault(station, 1, now)
        assert not self.fault(station, 2, now)
        assert not self.fault(station, 0, now)

    def test_a_window_of_the_station_marks_everything(self, station):
        add(station)
        assert self.fault(station, 0, datetime.now(UTC))
        assert self.fault(station, 2, datetime.now(UTC))

    def test_many_are_told_by_one_query(self, station, django_assert_num_queries):
        add(station, ports=[1])
        now = datetime.now(UTC)
        occasions = [(station.pk, number, now) for number in range(20)]
        with django_assert_num_queries(1):
            assert in_maintenance(occasions) == {(station.pk, 1, now)}


class TestLocking:
    def start(self, station, tag):
        now = datetime.now(UTC)
        request = charging.StartRequest(station.pk, station.organisation_id, 1, tag, 0, now, now)
        return charging.start_sessions([request])[0].verdict.status

    def test_ports_are_locked_for_its_duration_and_no_longer(self, station):
        (window,) = add(station, ports=[1], locks_ports=True)
        assert PortState.objects.get(port__number=1).lock_reason == "maintenance"
        services.end_window(PERSON, window)
        assert PortState.objects.filter(locked_since__isnull=False).count() == 0
        assert availability() == [(1, False), (1, True)]

    def test_a_lock_of_a_person_outlives_the_window(self, station):
        (window,) = add(station, ports=[1], locks_ports=True)
        services.lock(PERSON, station, 1)
        with pytest.raises(Refused, match="maintenance window"):
            services.unlock(PERSON, station, 1)
        services.end_window(PERSON, window)
        assert PortState.objects.get(port__number=1).lock_reason == "manual"
        assert (1, True) not in availability()

    def test_named_tokens_charge_all_the_same(self, station):
        for tag in ("TECHNICIAN", "DRIVER"):
            factories.token(station.organisation, tag)
        add(station, locks_ports=True, tokens=["technician"])
        assert availability() == [], "the charger stays operative, or the technician could not charge either"
        assert self.start(station, "TECHNICIAN") == "Accepted"
        assert self.start(station, "DRIVER") == "Blocked"
        with pytest.raises(Refused, match="Locked for maintenance: only the tokens"):
            services.request_command(PERSON, station, CommandKind.START_CHARGING, {"id_tag": "DRIVER"}, port_number=1)

    def test_what_waits_for_an_offline_station_ends_with_the_window(self, station):
        type(station.state).objects.update(online=False)
        (window,) = add(station, locks_ports=True)
        command = Command.objects.get()
        assert command.state == CommandState.QUEUED
        assert command.expires_at <= window.ends_at


def test_none_is_added_without_a_service_package_whoever_asks(station):
    ServicePackage.objects.all().delete()
    with pytest.raises(Refused, match="service package"):
        add(station)
