from datetime import timedelta

import pytest

from charging.choices import AuthorizationStatus, ContractStatus, Refusal, TokenStatus
from charging.selectors import why_refused
from charging.services import AuthorizeRequest, authorize, start_sessions
from tests import factories
from tests.charging.cases import T0, at, session, start, start_request, stop


def ask(station, tag):
    return authorize([AuthorizeRequest(station.pk, station.organisation_id, tag, T0)])[0]


def test_A01_valid_token_is_accepted_with_its_expiry(station, network):
    factories.token(network, "Card9", expires_at=at(60))

    verdict = ask(station, "cARD9")

    assert (verdict.status, verdict.expires_at) == (AuthorizationStatus.ACCEPTED, at(60))


@pytest.mark.parametrize(
    "token, contract, status, refusal",
    [
        ({"status": TokenStatus.BLOCKED}, None, "Blocked", Refusal.BLOCKED),
        ({"expires_at": T0}, None, "Expired", Refusal.EXPIRED),
        ({}, {"status": ContractStatus.BLOCKED}, "Blocked", Refusal.CONTRACT_BLOCKED),
        ({}, {"valid_until": T0}, "Expired", Refusal.CONTRACT_EXPIRED),
        ({}, {"valid_from": T0 + timedelta(seconds=1)}, "Blocked", Refusal.CONTRACT_NOT_BEGUN),
        ({"status": TokenStatus.BLOCKED, "expires_at": T0}, None, "Blocked", Refusal.BLOCKED),
    ],
)
def test_A01_each_refusal_has_its_own_status_and_reason(station, network, token, contract, status, refusal):
    made = factories.contract(network, **contract) if contract else None
    factories.token(network, "CARD1", contract=made, **token)

    assert ask(station, "CARD1").status == status
    assert why_refused(network, "card1", T0) == refusal


def test_A01_unknown_tag_and_one_of_another_network_are_invalid(station, network):
    factories.token(factories.organisation(), "ELSEWHERE")

    assert ask(station, "NOBODY").status == "Invalid"
    assert ask(station, "ELSEWHERE").status == "Invalid"
    assert why_refused(network, "ELSEWHERE", T0) == Refusal.UNKNOWN


def test_A01_hostile_tags_are_only_invalid(station, token):
    for tag in ("", "\x00", "x" * 5000, "CARD1' OR 1=1", "ß", "\U0001f50c"):
        assert ask(station, tag).status == "Invalid"
    assert ask(station, " CARD1\x00").status == "Accepted"


def test_A01_the_contract_may_end_before_the_token(station, network):
    contract = factories.contract(network, valid_until=at(30))
    factories.token(network, "CARD1", expires_at=at(60), contract=contract)

    assert ask(station, "CARD1").expires_at == at(30)


def test_A05_parent_id_is_answered_whatever_the_status(station, network):
    group = factories.token_group(network, "FAMILY")
    factories.token(network, "CARD1", group=group)
    factories.token(network, "CARD2", group=group, status=TokenStatus.BLOCKED)

    assert [ask(station, tag).parent_id for tag in ("CARD1", "CARD2")] == ["FAMILY", "FAMILY"]
    assert start_sessions([start_request(station)])[0].verdict.parent_id == "FAMILY"


def test_A05_any_member_of_the_group_may_stop(station, network):
    group = factories.token_group(network, "FAMILY")
    factories.token(network, "CARD1", group=group)
    factories.token(network, "CARD2", group=group)

    ended = [
        stop(station, start(station, 100 * place, tag="CARD1").pk, 100 * place + 60, tag=tag)
        for place, tag in enumerate(("CARD2", "FAMILY", "card1"))
    ]

    assert [one.flags for one in ended] == [[], [], []]


def test_A06_second_start_of_a_charging_token_is_concurrent(network, token):
    here, there = factories.station(network), factories.station(network)
    start(here)

    outcome = start_sessions([start_request(there, 5)])[0]

    assert outcome.verdict.status == AuthorizationStatus.CONCURRENT_TX
    assert session(outcome.session_id).authorization == "ConcurrentTx"
    assert ask(there, "CARD1").status == "Accepted"


def test_A06_holds_within_one_call_too(network, token):
    here, there = factories.station(network), factories.station(network)

    outcomes = start_sessions([start_request(here), start_request(there)])

    assert [outcome.verdict.status for outcome in outcomes] == ["Accepted", "ConcurrentTx"]


def test_A06_token_may_be_allowed_to_charge_twice(network):
    factories.token(network, "CARD1", concurrent_sessions=True)
    here, there = factories.station(network), factories.station(network)
    start(here)

    assert start_sessions([start_request(there, 5)])[0].verdict.status == "Accepted"


def test_A06_a_refused_or_ended_session_occupies_no_token(network, token):
    here, there, third = (factories.station(network) for _ in range(3))
    first = start(here)
    start(there, 5)
    stop(here, first.pk, 10)

    assert start_sessions([start_request(third, 15)])[0].verdict.status == "Accepted"


def test_A06_the_same_port_is_no_second_place(station, token):
    start(station)

    assert start_sessions([start_request(station, 30, meter=2000)])[0].verdict.status == "Accepted"


def test_A06_equal_tags_of_two_networks_are_two_tokens(station, token):
    other = factories.station()
    factories.token(other.organisation, "CARD1")
    start(station)

    assert start_sessions([start_request(other, 5)])[0].verdict.status == "Accepted"


def test_A07_the_start_verifies_the_tag_again(station, token):
    assert ask(station, "CARD1").status == "Accepted"
    token.status = TokenStatus.BLOCKED
    token.save()

    outcome = start_sessions([start_request(station)])[0]

    assert outcome.verdict.status == "Blocked"
