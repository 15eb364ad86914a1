"""What webhooks are told of charge ports, errors and commands."""

from datetime import UTC, datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from chargeports import services
from chargeports.choices import CommandKind, CommandState
from chargeports.services import StatusReport
from chargeports.services.outbox import expire_commands, move_command
from stations.models import Station
from tests import factories

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)


@pytest.fixture
def station(db) -> Station:
    return factories.station(ports=2)


def report(station: Station, status: str, error_code: str = "NoError", number: int = 1) -> StatusReport:
    at = datetime.now(UTC)
    return StatusReport(
        station.pk, station.organisation_id, number, status, error_code, "E7", "Volta", "hot", at, received_at=at
    )


def test_statuses_and_errors_are_told(station):
    factories.webhook(station.organisation, "port.status", "error.opened", "error.ended")
    services.record_statuses([report(station, "Faulted", "GroundFailure")])
    services.record_statuses([report(station, "Faulted", "GroundFailure")])
    services.record_statuses([report(station, "Available")])
    faulted, available = factories.told("port.status")
    assert faulted["data"]["station"]["identity"] == station.identity
    assert faulted["data"]["port"]["number"] == 1
    assert (faulted["data"]["port"]["status"], available["data"]["port"]["status"]) == ("Faulted", "Available")
    [opened], [ended] = factories.told("error.opened"), factories.told("error.ended")
    assert opened["data"]["error"]["error_code"] == "GroundFailure"
    assert (opened["data"]["error"]["until"], ended["data"]["error"]["until"]) == (None, ended["timestamp"])
    assert opened["data"]["error"]["id"] == ended["data"]["error"]["id"]


def test_where_nobody_listens_a_batch_asks_no_more_than_before(station):
    reports = [report(station, "Charging"), report(station, "Faulted", "GroundFailure", 2)]
    services.record_statuses([report(station, "Available"), report(station, "Available", number=2)])
    with CaptureQueriesContext(connection) as asked:
        services.record_statuses(reports)
    assert not [query for query in asked.captured_queries if "webhook" in query["sql"]]


def test_the_end_of_commands_is_told_however_they_end(station):
    factories.webhook(station.organisation, "command.ended")
    done = factories.command(station, CommandKind.UNLOCK)
    factories.command(station, CommandKind.RESET, expires_at=NOON)
    move_command(done.pk, (CommandState.QUEUED,), CommandState.SENT, sent_at=NOON)
    assert not factories.told("command.ended")
    move_command(done.pk, (CommandState.SENT,), CommandState.ACCEPTED, outcome="Unlocked", ended_at=NOON)
    expire_commands(NOON)
    accepted, expired = factories.told("command.ended")
    assert accepted["data"]["command"]["id"] == done.pk
    assert (accepted["data"]["command"]["state"], accepted["data"]["command"]["answer"]) == ("accepted", "Unlocked")
    assert (expired["data"]["command"]["state"], expired["timestamp"]) == ("expired", "2026-05-04T12:00:00Z")
