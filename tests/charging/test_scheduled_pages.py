"""The pages of scheduled stops."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from charging.choices import SessionState, StopState
from charging.models import ScheduledStop
from stations.choices import OperatingKind
from stations.models import StationAccess
from stations.opening_hours import weekly
from tests import factories

TAB = "/stations/BER-1/scheduled-jobs/"


@pytest.fixture
def page(client, owner):
    client.force_login(owner)
    return client


@pytest.fixture
def station(organisation):
    made = factories.station(organisation, identity="BER-1", ports=2, time_zone="Europe/Berlin")
    StationAccess.objects.create(
        organisation=organisation,
        station=made,
        operating_kind=OperatingKind.WEEKLY,
        operating_hours=weekly({day: [("06:00", "23:00")] for day in range(1, 8)}),
    )
    return made


@pytest.fixture
def running(station):
    return factories.session(station, state=SessionState.RUNNING)


def only() -> ScheduledStop:
    return ScheduledStop.objects.get()


def test_tab_is_there_only_with_operating_hours(page, station):
    assert page.get(TAB).status_code == 200
    StationAccess.objects.update(operating_kind=OperatingKind.ALWAYS)
    assert page.get(TAB).status_code == 404


def test_planned_and_done_stand_in_few_queries(page, station, running):
    factories.scheduled_stop(station, session=running)
    an_hour_ago = datetime.now(UTC) - timedelta(hours=1)
    factories.scheduled_stop(station, state=StopState.STOPPED, due_at=an_hour_ago)
    page.get(TAB)
    with CaptureQueriesContext(connection) as queries:
        answer = page.get(TAB)
    assert len(queries) <= 12
    assert [row.object.state for row in answer.context["table"].rows] == ["planned", "stopped"]
    assert "1 session is to be stopped" in answer.content.decode()


def test_plan_in_the_stations_zone_cancel_and_run(page, station, running):
    at = (datetime.now(UTC) + timedelta(days=2)).replace(second=0, microsecond=0, tzinfo=None)
    local = {"session_id": running.pk, "at": f"{at:%Y-%m-%dT%H:%M}"}
    assert page.post("/scheduled-jobs/BER-1/add/", local).status_code == 302
    assert only().due_at.astimezone(UTC).replace(tzinfo=None) in (at - timedelta(hours=1), at - timedelta(hours=2))
    assert page.post(f"/scheduled-jobs/{only().pk}/run/", {"confirmed": "1"}).status_code == 302
    assert only().state == StopState.STOPPING
    assert page.post(f"/scheduled-jobs/{only().pk}/cancel/", {"confirmed": "1"}).status_code == 302
    assert only().state == StopState.CANCELLED
    refused = page.post(f"/scheduled-jobs/{only().pk}/cancel/", {"confirmed": "1"})
    assert (refused.status_code, "has been carried out" in refused.content.decode()) == (422, True)


@pytest.mark.parametrize("at", ["", "soon", "2999-01-01T00:00"])
def test_bad_times_change_nothing(page, station, running, at):
    answer = page.post("/scheduled-jobs/BER-1/add/", {"session_id": running.pk, "at": at})
    assert (answer.status_code, ScheduledStop.objects.count()) == (422, 0)


def test_the_next_one_stands_on_the_information_and_at_the_port(page, station, running):
    factories.scheduled_stop(station, session=running)
    assert "Next scheduled job" in page.get("/stations/BER-1/information/").content.decode()
    assert f"session #{running.pk} is to be stopped" in page.get("/charge-ports/BER-1/1/control/").content.decode()
    assert page.get("/scheduled-jobs/", {"state": "planned"}).context["table"].page.rows == [only()]
