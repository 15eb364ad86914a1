"""Permanent locks: they outlive whatever makes a charger usable again, and only a permanent unlock ends them."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import AuditEntry
from chargeports import services
from chargeports.choices import CommandKind, CommandState, LockReason
from chargeports.models import Command, PortLock, PortState
from chargeports.services import StatusReport
from chargeports.tasks import keep_locks
from charging import services as charging
from charging.choices import AuthorizationStatus, SessionState
from common.actor import Actor
from common.errors import Refused
from ocpp_gateway import first_contact
from stations.models import StationState
from tests import factories

PERSON = Actor(kind="user", label="Olivia", id=7)
AVAILABILITY = CommandKind.CHANGE_AVAILABILITY


@pytest.fixture
def station(db):
    made = factories.station(ports=2)
    PortState.objects.update(status="Available")
    return made


def now():
    return datetime.now(UTC)


def report(station, status, port_number=1, at=None):
    moment = at or now()
    services.record_statuses(
        [
            StatusReport(
                station_id=station.pk,
                organisation_id=station.organisation_id,
                port_number=port_number,
                status=status,
                error_code="NoError",
                vendor_error_code="",
                vendor_id="",
                info="",
                at=moment,
                received_at=moment,
            )
        ]
    )


def answer_all(state=CommandState.ACCEPTED, ago=timedelta(0)):
    """Let the charger have answered all that it was asked, so long ago, and the locks be as old."""
    at = now() - ago
    PortLock.objects.filter(until=None, since__gt=at).update(since=at)
    for command in Command.objects.filter(state=CommandState.QUEUED):
        Command.objects.filter(pk=command.pk).update(state=state, sent_at=at, ended_at=at, created_at=at)


def corrections():
    return Command.objects.filter(actor_kind="task").order_by("pk")


def shown(station):
    states = PortState.objects.filter(port__station=station).order_by("port__number")
    return [(state.locked_by, state.lock_reason, state.locked_since is not None) for state in states]


NOT_LOCKED = ("", "", False)
LOCKED = ("Olivia", LockReason.MANUAL, True)


class TestLocking:
    def test_one_port_is_locked_and_the_charger_told(self, station):
        command = services.lock(PERSON, station, 2)
        assert shown(station) == [NOT_LOCKED, LOCKED]
        assert (command.kind, command.port_number) == (AVAILABILITY, 2)
        assert command.parameters == {"operative": False, "permanent": True}
        assert AuditEntry.objects.filter(action="chargeports.locked").count() == 1

    def test_a_locked_station_locks_all_ports_also_those_that_are_found_later(self, station):
        command = services.lock(PERSON, station)
        assert command.port_number is None
        report(station, "Unavailable", port_number=3)
        assert shown(station) == [LOCKED] * 3

    def test_it_waits_for_a_station_that_is_offline(self, station):
        StationState.objects.update(online=False)
        assert services.lock(PERSON, station, 1).state == CommandState.QUEUED

    def test_what_is_locked_is_not_locked_twice(self, station):
        services.lock(PERSON, station)
        with pytest.raises(Refused, match="Olivia"):
            services.lock(PERSON, station, 1)
        assert PortLock.objects.count() == 1

    def test_the_ordinary_change_leaves_no_lock(self, station):
        services.change_availability(PERSON, station, AVAILABILITY, {"operative": False}, 1)
        assert shown(station) == [NOT_LOCKED] * 2


class TestUnlocking:
    def test_only_the_permanent_unlock_ends_it(self, station):
        services.lock(PERSON, station, 1)
        answer_all()
        with pytest.raises(Refused, match="unlocked first"):
            services.request_command(PERSON, station, AVAILABILITY, {"operative": True}, 1)
        command = services.unlock(PERSON, station, 1)
        assert command.parameters["operative"] is True
        assert shown(station) == [NOT_LOCKED] * 2

    def test_the_rest_of_a_station_may_be_made_usable_but_not_a_locked_station(self, station):
        services.lock(PERSON, station, 1)
        services.request_command(PERSON, station, AVAILABILITY, {"operative": True})
        services.lock(PERSON, station)
        with pytest.raises(Refused, match="unlocked first"):
            services.request_command(PERSON, station, AVAILABILITY, {"operative": True})

    def test_unlocking_the_station_ends_the_locks_of_its_ports(self, station):
        services.lock(PERSON, station, 1)
        services.lock(PERSON, station, 2)
        answer_all()
        services.unlock(PERSON, station)
        asked = Command.objects.filter(state=CommandState.QUEUED, parameters__operative=True)
        assert sorted(command.port_number for command in asked) == [1, 2]
        assert shown(station) == [NOT_LOCKED] * 2

    def test_a_port_of_a_locked_station_is_not_unlocked_alone(self, station):
        services.lock(PERSON, station)
        with pytest.raises(Refused, match="whole station"):
            services.unlock(PERSON, station, 1)

    def test_what_is_not_locked_cannot_be_unlocked(self, station):
        with pytest.raises(Refused, match="not locked"):
            services.unlock(PERSON, station, 1)


class TestHolding:
    @pytest.mark.parametrize("status", ["Available", "Preparing"])
    def test_a_port_that_says_it_can_be_used_is_set_right(self, station, status):
        services.lock(PERSON, station, 1)
        report(station, "Unavailable", at=now() - timedelta(seconds=90))
        answer_all(ago=timedelta(minutes=2))
        report(station, status)
        (command,) = corrections()
        assert (command.port_number, command.parameters["operative"]) == (1, False)

    @pytest.mark.parametrize("status", ["Unavailable", "Faulted", "Charging"])
    def test_other_statuses_need_nothing(self, station, status):
        services.lock(PERSON, station, 1)
        answer_all(ago=timedelta(minutes=2))
        report(station, status)
        assert not corrections()

    def test_nothing_is_asked_while_the_last_word_is_under_way(self, station):
        services.lock(PERSON, station, 1)
        report(station, "Available")
        assert not corrections()

    def test_a_charger_that_does_not_obey_is_asked_ever_more_seldom(self, station):
        services.lock(PERSON, station, 1)
        for minutes in (40, 30, 20, 10):
            answer_all(CommandState.REJECTED, timedelta(minutes=minutes))
            keep_locks()
        asked = corrections().count()
        assert asked == 4
        answer_all(CommandState.REJECTED, timedelta(minutes=3))
        keep_locks()
        assert corrections().count() == asked, "after five attempts the next one is eight minutes away"

    def test_what_was_asked_for_earlier_locks_makes_a_new_one_wait_no_longer(self, station):
        for minutes in (9, 8, 7, 6):
            services.lock(PERSON, station, 1)
            answer_all(ago=timedelta(minutes=minutes))
            services.unlock(PERSON, station, 1)
        services.lock(PERSON, station, 1)
        answer_all(CommandState.TIMED_OUT, timedelta(minutes=1))
        keep_locks()
        assert corrections().count() == 1

    def test_the_sweep_finds_what_no_message_told(self, station):
        services.lock(PERSON, station, 1)
        answer_all(ago=timedelta(minutes=2))
        keep_locks()
        assert corrections().count() == 1

    def test_the_sweep_leaves_stations_alone_that_are_offline(self, station):
        services.lock(PERSON, station, 1)
        answer_all(ago=timedelta(minutes=2))
        StationState.objects.update(online=False)
        keep_locks()
        assert not corrections()

    def test_after_a_boot_the_charger_is_told_of_its_locks(self, station):
        StationState.objects.update(configuration_read_at=now())
        services.lock(PERSON, station)
        report(station, "Unavailable")
        answer_all(ago=timedelta(minutes=2))
        first_contact.ask([station.pk])
        (command,) = corrections()
        assert (command.port_number, command.parameters["operative"]) == (None, False)

    def test_a_report_costs_the_same_whether_a_lock_holds_or_not(self, station, django_assert_max_num_queries):
        with CaptureQueriesContext(connection) as free:
            report(station, "Charging", 2)
        services.lock(PERSON, station)
        with django_assert_max_num_queries(len(free)):
            report(station, "Charging", 1)


class TestCharging:
    def start(self, station, port_number=1, at=None, tag="TAG1"):
        moment = at or now()
        request = charging.StartRequest(station.pk, station.organisation_id, port_number, tag, 0, moment, now())
        return charging.start_sessions([request])[0].verdict.status

    def ask(self, station, tag="TAG1"):
        request = charging.AuthorizeRequest(station.pk, station.organisation_id, tag, now())
        return charging.authorize([request])[0].status

    @pytest.fixture(autouse=True)
    def _token(self, station):
        factories.token(station.organisation, "TAG1")

    def test_a_remote_start_on_a_locked_port_is_refused(self, station):
        services.lock(PERSON, station, 1)
        with pytest.raises(Refused, match="Olivia"):
            services.request_command(PERSON, station, CommandKind.START_CHARGING, {"id_tag": "TAG1"}, 1)
        services.request_command(PERSON, station, CommandKind.START_CHARGING, {"id_tag": "TAG1"}, 2)

    def test_a_start_at_a_locked_port_is_refused(self, station):
        services.lock(PERSON, station, 1)
        assert self.start(station, 1) == AuthorizationStatus.BLOCKED
        assert self.start(station, 2) == AuthorizationStatus.ACCEPTED

    def test_a_session_from_before_the_lock_is_accepted_when_it_is_told_later(self, station):
        services.lock(PERSON, station, 1)
        assert self.start(station, 1, at=now() - timedelta(hours=1)) == AuthorizationStatus.ACCEPTED

    def test_a_token_is_refused_only_where_no_port_is_left(self, station):
        services.lock(PERSON, station, 1)
        assert self.ask(station) == AuthorizationStatus.ACCEPTED
        services.lock(PERSON, station, 2)
        assert self.ask(station) == AuthorizationStatus.BLOCKED

    def test_a_driver_whose_session_still_runs_may_stop_it(self, station):
        factories.session(station, state=SessionState.RUNNING)
        services.lock(PERSON, station)
        assert self.ask(station) == AuthorizationStatus.ACCEPTED
