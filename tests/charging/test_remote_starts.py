"""Starts from the portal: by contract, goodwill and voucher; what is refused; limits; and the way to the session."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal

import pytest
from django.contrib.auth.hashers import make_password
from django.core.exceptions import ValidationError
from django.db import connection
from django.utils import timezone
from django_scopes import scopes_disabled

from accounts.models import AuditEntry
from chargeports.choices import CommandKind, CommandState
from chargeports.models import ChargePort, Command
from chargeports.services import outbox
from charging.choices import ContractStatus, PortalStartState, TokenStatus
from charging.models import Activation, ChargingSession, IdToken, PortalStart, ScheduledStop, Voucher
from charging.services import (
    assign_tariff,
    finish_ended,
    give_up_waiting,
    request_start,
    start_sessions,
    stop_at_limits,
)
from charging.services.starts import StartRequest
from common.actor import SYSTEM, Actor
from common.errors import Refused
from stations.models import StationGroup
from tests import factories

AGENT = Actor("user", "Greta Lang", 7)
EMAID = "DE-8AA-CA2B3C4D5-L"
GOODWILL = {"method": "goodwill", "customer": "Ida Horn", "problem": "App is down", "duration_min": 60}


@pytest.fixture
def contract(network):
    return factories.contract(network, "DE8AACA2B3C4D5L", holder="Ida Horn", password=make_password("open sesame 1"))


def ask(station, parameters, actor=AGENT, **fields):
    return request_start(actor, station, CommandKind.START_CHARGING, parameters, 1, **fields)


def by_contract(**fields):
    return {"method": "contract", "emaid": EMAID, "password": "open sesame 1", "duration_min": 60, **fields}


def by_voucher(voucher, **fields):
    return {"method": "voucher", "voucher": voucher.code.lower(), "duration_min": 120, **fields}


def begin(start, **fields):
    """The charger begins the session that the start asked for."""
    now = timezone.now()
    tag = start.command.parameters["id_tag"]
    request = StartRequest(start.station_id, start.organisation_id, 1, tag, 0, now, now)
    session_id = start_sessions([request])[0].session_id
    ChargingSession.objects.filter(pk=session_id).update(**fields)
    return ChargingSession.objects.get(pk=session_id)


def attempts():
    return list(Activation.objects.order_by("id").values_list("occasion", "method", "outcome", "reason"))


def test_a_contract_pays_for_the_session(station, contract):
    command = ask(station, by_contract())
    assert set(command.parameters) == {"id_tag"}
    session = begin(PortalStart.objects.get(command=command))
    assert (session.contract, session.method, session.authorization) == (contract, "contract", "Accepted")
    start = PortalStart.objects.get()
    assert (start.session, start.state, start.actor_label) == (session, PortalStartState.CHARGING, "Greta Lang")
    assert attempts() == [("portal", "contract", "Accepted", ""), ("start", "contract", "Accepted", "")]


def test_a_wrong_password_is_audited_and_after_five_the_right_one_has_to_wait(station, contract):
    for _ in range(5):
        with pytest.raises(ValidationError, match="do not belong together"):
            ask(station, by_contract(password="guess"))
    with pytest.raises(ValidationError, match="Too many wrong passwords"):
        ask(station, by_contract())
    refused = AuditEntry.objects.filter(action="charging.contract_password_refused")
    assert refused.count() == 5
    assert "guess" not in str([entry.after for entry in refused])
    assert [reason for *_, reason in attempts()] == ["wrong_password"] * 5 + ["too_many_attempts"]
    assert not Command.objects.exists()
    assert not IdToken.objects.exists()


def test_a_contract_that_is_not_known_is_told_like_a_wrong_password(station):
    with pytest.raises(ValidationError, match="do not belong together"):
        ask(station, by_contract())


def test_a_blocked_contract_starts_nothing(station, contract):
    contract.status = ContractStatus.BLOCKED
    contract.save()
    with pytest.raises(ValidationError, match="The contract is blocked"):
        ask(station, by_contract())


def test_goodwill_needs_customer_and_problem_and_keeps_them_for_the_review(station):
    with pytest.raises(ValidationError) as error:
        ask(station, {"method": "goodwill", "duration_min": 1})
    assert set(error.value.message_dict) == {"customer", "problem"}
    ask(station, GOODWILL)
    start = PortalStart.objects.get()
    assert (start.customer, start.problem, begin(start).contract) == ("Ida Horn", "App is down", None)


def test_nothing_is_kept_of_a_start_that_the_station_cannot_be_asked_for(station):
    station.state.online = False
    station.state.save()
    voucher = factories.vouchers(station.organisation)[0]
    with pytest.raises(Refused, match="offline"):
        ask(station, by_voucher(voucher))
    voucher.refresh_from_db()
    assert (voucher.redeemed_at, PortalStart.objects.count(), IdToken.objects.count()) == (None, 0, 0)
    assert attempts() == [("portal", "voucher", "Invalid", "not_asked")]


def test_a_voucher_is_good_for_one_charging_process(station):
    voucher = factories.vouchers(station.organisation, limit_duration_s=1800)[0]
    ask(station, by_voucher(voucher))
    start = PortalStart.objects.get()
    assert (start.voucher, start.limit_duration_s) == (voucher, 1800)
    assert ScheduledStop.objects.get(start=start.command).duration_s == 1800
    with pytest.raises(ValidationError, match="redeemed already"):
        ask(station, by_voucher(voucher))
    begin(start)
    ChargingSession.objects.update(state="ended")
    finish_ended()
    assert PortalStart.objects.get().state == PortalStartState.DONE
    assert IdToken.objects.get().status == TokenStatus.BLOCKED
    with pytest.raises(ValidationError, match="redeemed already"):
        ask(station, by_voucher(voucher))


@pytest.mark.parametrize("outcome", [CommandState.REJECTED, CommandState.FAILED])
def test_a_voucher_comes_back_where_the_charger_refuses(station, outcome):
    voucher = factories.vouchers(station.organisation)[0]
    command = ask(station, by_voucher(voucher))
    outbox.take_queued(station.pk, 1, timezone.now())
    assert outbox.record_answer(command.pk, outcome, "Rejected", None, timezone.now())
    assert not outbox.record_answer(command.pk, CommandState.ACCEPTED, "Accepted", None, timezone.now())
    assert PortalStart.objects.get().state == PortalStartState.FAILED
    ask(station, by_voucher(voucher))


def test_a_voucher_comes_back_where_nobody_plugs_in(station):
    voucher = factories.vouchers(station.organisation)[0]
    ask(station, by_voucher(voucher))
    assert give_up_waiting(timezone.now()) == 0
    assert give_up_waiting(timezone.now() + timedelta(hours=1)) == 1
    voucher.refresh_from_db()
    assert (voucher.start, voucher.redeemed_at, IdToken.objects.get().status) == (None, None, "blocked")


def test_a_session_that_begins_late_takes_its_voucher_again(station):
    voucher = factories.vouchers(station.organisation)[0]
    ask(station, by_voucher(voucher))
    give_up_waiting(timezone.now() + timedelta(hours=1))
    session = begin(PortalStart.objects.get())
    voucher.refresh_from_db()
    assert (voucher.start.session, session.authorization) == (session, "Blocked")


@pytest.mark.parametrize(
    "fields, why",
    [
        ({"valid_until": timezone.now() - timedelta(days=1)}, "has expired"),
        ({"valid_from": timezone.now() + timedelta(days=1)}, "not valid yet"),
    ],
)
def test_a_voucher_is_good_in_its_time_only(station, fields, why):
    voucher = factories.vouchers(station.organisation, **fields)[0]
    with pytest.raises(ValidationError, match=why):
        ask(station, by_voucher(voucher))


def test_a_voucher_is_good_at_its_ports_and_groups_only(station):
    north = StationGroup.objects.create(organisation=station.organisation, name="North")
    other = factories.station(station.organisation)
    elsewhere, here = (
        factories.vouchers(station.organisation, ports=[other.ports.get()])[0],
        factories.vouchers(station.organisation, groups=[north])[0],
    )
    station.groups.add(north)
    with pytest.raises(ValidationError, match="not good at this charge port"):
        ask(station, by_voucher(elsewhere))
    ask(station, by_voucher(here))


def test_an_unknown_code_is_told_so(station):
    with pytest.raises(ValidationError, match="There is no such voucher"):
        ask(station, {"method": "voucher", "voucher": "ABCD-EFGH", "duration_min": 1})


def test_at_a_limit_the_portal_stops_the_session_and_asks_again_until_it_has_ended(station):
    voucher = factories.vouchers(station.organisation, limit_energy_wh=10_000)[0]
    ask(station, by_voucher(voucher))
    session = begin(PortalStart.objects.get())
    now = timezone.now()
    assert stop_at_limits(SYSTEM, now) == 0
    ChargingSession.objects.update(energy_wh=10_000)
    assert stop_at_limits(SYSTEM, now) == 1
    assert stop_at_limits(SYSTEM, now) == 0
    stop = Command.objects.get(kind=CommandKind.STOP_CHARGING)
    assert (stop.parameters, PortalStart.objects.get().limit_reached) == ({"session_id": session.pk}, "energy")
    Command.objects.filter(pk=stop.pk).update(state=CommandState.REJECTED)
    assert stop_at_limits(SYSTEM, now + timedelta(seconds=90)) == 1
    assert AuditEntry.objects.filter(action="charging.stopped_at_limit").count() == 1
    ChargingSession.objects.update(state="ended")
    Command.objects.update(state=CommandState.REJECTED)
    assert stop_at_limits(SYSTEM, now + timedelta(minutes=5)) == 0


def test_the_money_of_a_voucher_ends_the_session(station, network):
    ChargePort.objects.update(calibration_law="ocmf")
    assign_tariff(SYSTEM, factories.tariff(network, price_kwh=Decimal("0.50")))
    voucher = factories.vouchers(network, limit_amount=Decimal("5.00"))[0]
    ask(station, by_voucher(voucher))
    session = begin(PortalStart.objects.get(), energy_wh=9_900)
    now = timezone.now()
    assert stop_at_limits(SYSTEM, now) == 0
    ChargingSession.objects.update(energy_wh=10_000)
    assert stop_at_limits(SYSTEM, now) == 1
    assert Command.objects.get(kind=CommandKind.STOP_CHARGING).parameters == {"session_id": session.pk}
    assert PortalStart.objects.get().limit_reached == "amount"


def test_what_is_not_billed_uses_up_no_money(station, network):
    assign_tariff(SYSTEM, factories.tariff(network, price_kwh=Decimal("0.50")))
    ask(station, by_voucher(factories.vouchers(network, limit_amount=Decimal("5.00"))[0]))
    begin(PortalStart.objects.get(), energy_wh=90_000)
    assert stop_at_limits(SYSTEM, timezone.now()) == 0


@pytest.mark.django_db(transaction=True)
def test_of_two_agents_with_one_voucher_one_wins():
    with scopes_disabled():
        station = factories.station(ports=2)
        voucher = factories.vouchers(station.organisation)[0]

    def redeem(port_number):
        try:
            with scopes_disabled():
                request_start(AGENT, station, CommandKind.START_CHARGING, by_voucher(voucher), port_number)
        except ValidationError:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(4) as agents:
        assert sum(agents.map(redeem, [1, 2, 1, 2])) == 1
    with scopes_disabled():
        assert PortalStart.objects.count() == Command.objects.count() == IdToken.objects.count() == 1
        assert Voucher.objects.get().start == PortalStart.objects.get()
