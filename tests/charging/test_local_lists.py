"""Which tokens belong on a station's own list, and keeping the lists right (L02)."""

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from chargeports.choices import CommandKind, CommandState
from chargeports.models import Command
from chargeports.rights import SERVICE_COMMANDS
from chargeports.services import take_queued
from chargeports.services.outbox import record_answer
from charging import services
from charging.choices import PORTAL_TAG, ContractStatus, LocalListState, TokenKind, TokenStatus
from charging.local_lists import AdmittedTokens
from charging.models import IdToken, LocalList, LocalListContent
from charging.rights import VIEW_TOKENS
from charging.selectors import refusal_of, valid_tokens
from common.actor import SYSTEM
from stations.models import StationState
from stations.rights import VIEW_ACCESS, VIEW_STATIONS
from tests import factories

NOW = datetime.now(UTC)
HOUR = timedelta(hours=1)
ANSWER = {"listVersion": 1, "updateType": "Full"}


@pytest.fixture
def station(network):
    return factories.station(network, identity="BER-1")


def sent(station, state=CommandState.ACCEPTED, outcome="Sent and verified", answer=ANSWER, at=NOW) -> Command:
    """The station's waiting list is sent, and ends so."""
    command = take_queued(station.pk, 1, at)
    assert command
    services.plan_local_list(command, at)
    assert record_answer(command.pk, state, outcome, answer, at)
    return command


def kept(station, at=NOW) -> LocalList:
    """A list that was sent at `at`."""
    LocalList.objects.create(organisation=station.organisation, station=station)
    LocalList.objects.update(checked_at=at - HOUR)
    services.check_local_lists(SYSTEM, at)
    sent(station, at=at)
    LocalList.objects.update(checked_at=at - HOUR)
    return LocalList.objects.get(station=station)


def waiting() -> list[str]:
    commands = Command.objects.filter(kind=CommandKind.SEND_LOCAL_LIST, state=CommandState.QUEUED)
    return list(commands.values_list("station__identity", flat=True))


def test_the_rule_in_sql_is_the_rule(network):
    past, future = NOW - HOUR, NOW + HOUR
    contracts = [
        None,
        factories.contract(network),
        factories.contract(network, status=ContractStatus.BLOCKED),
        factories.contract(network, valid_until=past),
        factories.contract(network, valid_until=future),
        factories.contract(network, valid_from=future),
        factories.contract(network, valid_from=past),
    ]
    for contract in contracts:
        for expires_at in (None, past, future):
            for status in TokenStatus:
                factories.token(network, contract=contract, expires_at=expires_at, status=status)
    allowed = {token.token for token in IdToken.objects.select_related("contract") if refusal_of(token, NOW) is None}
    assert {row.token for row in valid_tokens(network.pk, NOW)} == allowed
    assert 0 < len(allowed) < IdToken.objects.count()


def test_tokens_of_the_stations_groups_and_none_for_one_start(network, station):
    group = factories.token_group(network, "STAFF")
    factories.token(network, "MINE", group=group)
    factories.token(network, "OTHER")
    factories.token(network, PORTAL_TAG, kind=TokenKind.REMOTE)
    factories.token(network, "ONCE", kind=TokenKind.ONCE)
    open_to_all = factories.station(network)
    services.admit_groups(SYSTEM, station, [group])
    admitted = AdmittedTokens(network.pk, [station.pk, open_to_all.pk], NOW)
    assert admitted.of(station.pk) == ({"MINE": [None, "STAFF"], PORTAL_TAG: [None, None]}, 0)
    assert set(admitted.of(open_to_all.pk)[0]) == {"MINE", "OTHER", PORTAL_TAG}


def test_where_a_station_holds_fewer_the_newest_are_taken(network, station):
    for number in range(5):
        factories.token(network, f"CARD{number}")
    factories.setting(station, "LocalAuthListMaxLength", "2")
    entries, left_out = AdmittedTokens(network.pk, [station.pk], NOW).of(station.pk)
    assert (list(entries), left_out) == (["CARD4", "CARD3"], 3)


def test_a_changed_token_sends_the_list_again_by_itself(network, station):
    factories.token(network, "CARD1")
    kept(station)
    services.check_local_lists(SYSTEM, NOW)
    assert waiting() == []
    factories.token(network, "CARD2")
    LocalList.objects.update(checked_at=NOW - HOUR)
    services.check_local_lists(SYSTEM, NOW)
    assert waiting() == ["BER-1"]


@pytest.mark.parametrize("change", ["offline", "not kept", "just looked at"])
def test_what_cannot_or_shall_not_be_sent_is_left(network, station, change):
    kept(station)
    factories.token(network, "CARD1")
    match change:
        case "offline":
            StationState.objects.update(online=False)
        case "not kept":
            services.keep_local_list(SYSTEM, station, kept=False)
        case _:
            LocalList.objects.update(checked_at=NOW)
    services.check_local_lists(SYSTEM, NOW)
    assert waiting() == []


def test_the_version_is_compared_once_a_day_though_nothing_changed(station):
    kept(station, NOW - timedelta(days=2))
    services.check_local_lists(SYSTEM, NOW)
    assert waiting() == ["BER-1"]


def test_after_a_failure_it_waits_twice_as_long_each_time(station):
    ours = kept(station)
    factories.token(station.organisation, "CARD1")
    waits = []
    for _ in range(8):
        LocalList.objects.update(checked_at=NOW - HOUR, retry_at=None)
        services.check_local_lists(SYSTEM, NOW)
        sent(station, CommandState.FAILED, "Failed", {"status": "Failed"})
        ours.refresh_from_db()
        waits.append((ours.retry_at - NOW) / timedelta(minutes=30))
    assert waits == [1, 2, 4, 8, 16, 32, 48, 48]
    LocalList.objects.update(checked_at=NOW - HOUR)
    services.check_local_lists(SYSTEM, NOW)
    assert waiting() == []


def test_stations_share_the_contents_and_a_batch_costs_the_same(network, django_assert_max_num_queries):
    stations = [factories.station(network, online=True) for _ in range(12)]
    for station in stations:
        kept(station)
    assert LocalListContent.objects.count() == 1
    factories.token(network, "CARD1")
    with django_assert_max_num_queries(16):
        assert services.check_local_lists(SYSTEM, NOW) == 12
    assert len(waiting()) == 12


def test_contents_that_nobody_has_any_more_go(network, station):
    kept(station)
    factories.token(network, "CARD1")
    services.check_local_lists(SYSTEM, NOW)
    sent(station, answer=ANSWER | {"listVersion": 2})
    assert services.forget_unused_contents(NOW) == 0
    assert services.forget_unused_contents(NOW + timedelta(days=2)) == 1
    assert LocalListContent.objects.get().size == 1


# --- The tab Access -----------------------------------------------------------------------------------------------
@pytest.fixture
def page(client: Client, network) -> Client:
    client.force_login(factories.member(network, VIEW_STATIONS, VIEW_ACCESS, VIEW_TOKENS))
    return client


def test_the_sheet_tells_of_the_list(page, network, station, django_assert_max_num_queries):
    assert "No list was sent yet" in page.get("/stations/BER-1/access/").content.decode()
    factories.token(network, "CARD1")
    kept(station)
    with django_assert_max_num_queries(20):
        shown = page.get("/stations/BER-1/access/").content.decode()
    assert "Sent and verified" in shown
    assert "Kept up to date" in shown
    assert "Stop that" not in shown
    LocalList.objects.update(state=LocalListState.FAILED, problem="VersionMismatch")
    assert "VersionMismatch" in page.get("/stations/BER-1/access/").content.decode()


def test_keeping_can_be_switched_off_and_on(client, network, station):
    client.force_login(factories.member(network, VIEW_STATIONS, VIEW_ACCESS, SERVICE_COMMANDS))
    kept(station)
    client.post("/local-list/BER-1/keep/", {"kept": "no"})
    assert not LocalList.objects.get().is_kept
    client.post("/local-list/BER-1/keep/", {"kept": "yes"})
    assert LocalList.objects.get().is_kept
