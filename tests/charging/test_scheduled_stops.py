"""Stops that the portal plans and carries out by itself."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from chargeports.choices import CommandKind, CommandState
from chargeports.models import Command
from charging.choices import SessionState, StopCause, StopState
from charging.models import ChargingSession, ScheduledStop
from charging.services import cancel_stop, keep_stops, request_start, schedule_stop, schedule_stop_of_start, stop_now
from common.actor import SYSTEM
from common.errors import Refused
from stations.choices import OperatingKind
from stations.models import StationAccess, StationState
from stations.opening_hours import weekly
from tests import factories

RUNNING = SessionState.RUNNING
HOUR = timedelta(hours=1)
NOW = datetime(2030, 10, 26, 18, 0, tzinfo=UTC)


@pytest.fixture
def hours(station):
    """Charging from 6 to 23 h in Berlin."""
    station.time_zone = "Europe/Berlin"
    station.save()
    week = weekly({day: [("06:00", "23:00")] for day in range(1, 8)})
    return StationAccess.objects.create(
        organisation=station.organisation,
        station=station,
        operating_kind=OperatingKind.WEEKLY,
        operating_hours=week,
    )


@pytest.fixture
def running(station):
    return factories.session(station, state=RUNNING, started_at=NOW - HOUR)


def only() -> ScheduledStop:
    return ScheduledStop.objects.get()


def asked() -> list[int]:
    return [one.parameters["session_id"] for one in Command.objects.filter(kind=CommandKind.STOP_CHARGING)]


def end(session, at=NOW):
    ChargingSession.objects.filter(pk=session.pk).update(state=SessionState.ENDED, ended_at=at)


class TestOperatingHours:
    @pytest.mark.parametrize(
        "now, ends_at",
        [
            (datetime(2030, 7, 1, 18, 0, tzinfo=UTC), datetime(2030, 7, 1, 21, 0, tzinfo=UTC)),
            (datetime(2030, 1, 1, 18, 0, tzinfo=UTC), datetime(2030, 1, 1, 22, 0, tzinfo=UTC)),
            # Clocks are put back in the night to the 27th: 23 h is 21 h UTC on the day before, 22 h UTC on that day.
            (datetime(2030, 10, 26, 12, 0, tzinfo=UTC), datetime(2030, 10, 26, 21, 0, tzinfo=UTC)),
            (datetime(2030, 10, 27, 12, 0, tzinfo=UTC), datetime(2030, 10, 27, 22, 0, tzinfo=UTC)),
        ],
    )
    def test_end_is_planned_to_the_minute(self, station, hours, now, ends_at):
        factories.session(station, state=RUNNING, started_at=now - HOUR)
        keep_stops(now)
        assert (only().due_at, only().cause, only().state) == (ends_at, StopCause.HOURS, StopState.PLANNED)
        keep_stops(ends_at - timedelta(seconds=1))
        assert asked() == []
        keep_stops(ends_at)
        assert asked() == [only().session_id]

    def test_stations_without_hours_are_left_alone(self, station, running):
        keep_stops(NOW)
        assert not ScheduledStop.objects.exists()

    def test_plans_follow_the_hours_when_they_change(self, station, hours, running):
        keep_stops(NOW)
        hours.operating_hours = weekly({day: [("06:00", "22:00")] for day in range(1, 8)})
        hours.save()
        ScheduledStop.objects.update(planned_at=NOW - HOUR)
        keep_stops(NOW)
        assert only().due_at == datetime(2030, 10, 26, 20, 0, tzinfo=UTC)
        StationAccess.objects.update(operating_kind=OperatingKind.ALWAYS)
        ScheduledStop.objects.update(planned_at=NOW - HOUR)
        keep_stops(NOW)
        assert not ScheduledStop.objects.exists()

    def test_what_was_cancelled_is_not_planned_again(self, station, hours, running):
        keep_stops(NOW)
        cancel_stop(SYSTEM, only())
        keep_stops(NOW + 6 * HOUR)
        assert (only().state, asked()) == (StopState.CANCELLED, [])

    def test_brought_forward_by_hand(self, station, hours, running):
        keep_stops(NOW)
        stop_now(SYSTEM, only())
        keep_stops(NOW)
        assert asked() == [running.pk]


class TestCarryingOut:
    def test_is_stopped_when_the_session_has_ended(self, running):
        schedule_stop(running, datetime.now(UTC), StopCause.ASKED, SYSTEM)
        ScheduledStop.objects.update(due_at=NOW)
        keep_stops(NOW)
        assert (only().state, only().command.state) == (StopState.STOPPING, CommandState.QUEUED)
        end(running)
        keep_stops(NOW)
        assert only().state == StopState.STOPPED

    def test_waits_for_a_station_that_is_offline(self, station, running):
        StationState.objects.update(online=False)
        factories.scheduled_stop(station, session=running, due_at=NOW)
        keep_stops(NOW)
        assert (asked(), only().state, only().attempts) == ([], StopState.STOPPING, 0)
        StationState.objects.update(online=True)
        keep_stops(NOW + HOUR)
        assert (asked(), only().attempts) == ([running.pk], 1)

    def test_asks_again_after_a_growing_pause(self, station, running):
        factories.scheduled_stop(station, session=running, due_at=NOW)
        keep_stops(NOW)
        keep_stops(NOW + HOUR)
        assert len(asked()) == 1, "the first stop still waits for its answer"
        Command.objects.update(state=CommandState.REJECTED)
        keep_stops(NOW + timedelta(seconds=30))
        assert len(asked()) == 1
        keep_stops(NOW + timedelta(minutes=1))
        assert (len(asked()), only().retry_at) == (2, NOW + timedelta(minutes=3))

    def test_a_session_that_ended_by_itself_needs_no_stop(self, station, running):
        factories.scheduled_stop(station, session=running, due_at=NOW + HOUR)
        end(running)
        keep_stops(NOW)
        assert (only().state, asked()) == (StopState.NOT_NEEDED, [])

    def test_of_a_port_means_what_runs_there_then(self, station, running):
        factories.scheduled_stop(station, due_at=NOW, port_number=1)
        free = factories.scheduled_stop(station, due_at=NOW, port_number=2)
        keep_stops(NOW)
        free.refresh_from_db()
        assert (asked(), free.state) == ([running.pk], StopState.NOT_NEEDED)

    def test_refuses_what_has_ended_and_what_is_too_far_away(self, station, running):
        with pytest.raises(ValidationError):
            schedule_stop(running, datetime.now(UTC) + timedelta(days=8), StopCause.ASKED, SYSTEM)
        with pytest.raises(Refused):
            schedule_stop(factories.session(station), datetime.now(UTC), StopCause.ASKED, SYSTEM)
        stop = factories.scheduled_stop(station, state=StopState.STOPPED)
        with pytest.raises(Refused):
            cancel_stop(SYSTEM, stop)

    def test_takes_as_many_queries_for_many_as_for_one(self, station, hours):
        def queries() -> int:
            with CaptureQueriesContext(connection) as counted:
                keep_stops(NOW + timedelta(days=1, hours=4, minutes=queries.calls))
            queries.calls += 1
            return len(counted)

        queries.calls = 0
        factories.session(station, state=RUNNING)
        once = queries()
        for _ in range(4):
            factories.session(station, state=RUNNING)
        assert queries() <= once


class TestLongestDuration:
    @pytest.fixture
    def start(self, station):
        return factories.command(
            station,
            CommandKind.START_CHARGING,
            port_number=1,
            parameters={"id_tag": "CARD1"},
            sent_at=NOW,
            state=CommandState.ACCEPTED,
        )

    def test_counts_from_the_beginning_of_the_session(self, station, start):
        schedule_stop_of_start(start, HOUR, SYSTEM)
        keep_stops(NOW + timedelta(minutes=2))
        assert (only().session_id, only().state) == (None, StopState.PLANNED)
        begun = NOW + timedelta(minutes=5)
        session = factories.session(station, state=RUNNING, started_at=begun, id_tag="card1")
        keep_stops(begun)
        assert (only().session_id, only().due_at) == (session.pk, begun + HOUR)
        keep_stops(begun + HOUR)
        assert asked() == [session.pk]

    def test_a_start_that_came_to_nothing_leaves_nothing(self, station, start):
        schedule_stop_of_start(start, HOUR, SYSTEM)
        factories.session(station, state=RUNNING, started_at=NOW, id_tag="OTHER")
        keep_stops(NOW + timedelta(minutes=16))
        assert only().state == StopState.NOT_BEGUN

    def test_is_asked_with_the_start(self, station, token):
        with_duration = {"id_tag": "CARD1", "duration_min": 30}
        from_portal(station, with_duration)
        assert (only().duration_s, only().start.parameters) == (1800, {"id_tag": "CARD1"})
        with pytest.raises(ValidationError):
            from_portal(station, {"id_tag": "CARD1", "duration_min": 0})


def from_portal(station, parameters):
    return request_start(SYSTEM, station, CommandKind.START_CHARGING, parameters, 1)
