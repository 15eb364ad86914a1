"""Starts from the portal against a simulated charger, and against chargers that are odd or go away in between."""

from datetime import timedelta

import pytest
from django.utils import timezone
from django_scopes import scopes_disabled

from chargeports.choices import CommandKind, CommandState
from chargeports.models import Command
from charging.choices import PortalStartState
from charging.models import ChargingSession, PortalStart, Voucher
from charging.services import force_stop, give_up_waiting, plan_reboot, request_start, send_due_reboots, stop_at_limits
from common.actor import SYSTEM
from tests import factories
from tests.gateway.charger import Charger, eventually
from tests.simulated import simulated


@pytest.fixture
def station(server):
    with scopes_disabled():
        return factories.station(online=False, ports=2)


def start_by_voucher(station, **limits):
    with scopes_disabled():
        voucher = factories.vouchers(station.organisation, **limits)[0]
        given = {"method": "voucher", "voucher": voucher.code, "duration_min": 60}
        return request_start(SYSTEM, station, CommandKind.START_CHARGING, given, 1)


def start():
    with scopes_disabled():
        return PortalStart.objects.select_related("session").get()


def test_a_voucher_starts_a_session_that_the_portal_stops_at_its_limit(server, station):
    with simulated(station.identity, server.ocpp_url) as driven:
        driven.do(driven.charger.connect())
        driven.do(driven.charger.plug_in(1))
        start_by_voucher(station, limit_energy_wh=10)
        with scopes_disabled():
            session = eventually(lambda: ChargingSession.objects.filter(state="running", energy_wh__gte=10).first())
            assert start().session == session
            assert stop_at_limits(SYSTEM, timezone.now()) == 1
            ended = eventually(lambda: ChargingSession.objects.filter(pk=session.pk, state="ended").first())
    assert (ended.stop_reason, ended.method) == ("Remote", "voucher")
    assert start().limit_reached == "energy"


def test_a_soft_restart_comes_when_the_session_has_ended(server, station):
    with simulated(station.identity, server.ocpp_url) as driven, scopes_disabled():
        driven.do(driven.charger.connect())
        driven.do(driven.charger.plug_in(1))
        start_by_voucher(station)
        eventually(lambda: ChargingSession.objects.filter(state="running").first())
        plan_reboot(SYSTEM, station)
        assert send_due_reboots(timezone.now()) == 0
        driven.do(driven.charger.unplug(1))
        eventually(lambda: ChargingSession.objects.filter(state="ended").first())
        assert send_due_reboots(timezone.now()) == 1
        eventually(lambda: Command.objects.filter(kind=CommandKind.RESET, state=CommandState.ACCEPTED).first())


@pytest.fixture
def charger(server, station):
    with Charger(f"{server.ocpp_url}/{station.identity}") as connected:
        connected.boot()
        yield connected


def voucher():
    with scopes_disabled():
        return Voucher.objects.get()


def state(command):
    return Command.objects.filter(pk=command.pk).exclude(state__in=("queued", "sent")).values_list("state").first()


def begin(charger, id_tag):
    now = timezone.now().isoformat()
    answer = charger.call("StartTransaction", {"connectorId": 1, "idTag": id_tag, "meterStart": 0, "timestamp": now})
    return answer[2]


def test_a_charger_that_refuses_gives_the_voucher_back(charger, station):
    command = start_by_voucher(station)
    charger.asked("RemoteStartTransaction", {"status": "Rejected"})
    assert eventually(lambda: state(command)) == ("rejected",)
    assert (start().state, voucher().redeemed_at) == (PortalStartState.FAILED, None)


def test_of_two_answers_the_first_counts(charger, station):
    command = start_by_voucher(station)
    payload = charger.asked("RemoteStartTransaction")
    message_id = eventually(lambda: Command.objects.exclude(message_id="").get(pk=command.pk)).message_id
    charger.send([3, message_id, {"status": "Accepted"}])
    charger.send([3, message_id, {"status": "Rejected"}])
    assert eventually(lambda: state(command)) == ("accepted",)
    assert begin(charger, payload["idTag"])["idTagInfo"]["status"] == "Accepted"
    assert (start().state, voucher().start) == (PortalStartState.CHARGING, start())


def test_a_connection_lost_before_the_answer_keeps_the_voucher_for_the_session_that_may_begin(server, station):
    address = f"{server.ocpp_url}/{station.identity}"
    with Charger(address) as first:
        first.boot()
        command = start_by_voucher(station)
        payload = first.asked("RemoteStartTransaction")
    assert eventually(lambda: state(command)) == ("timed_out",)
    assert voucher().redeemed_at
    with Charger(address) as again:
        again.boot()
        assert begin(again, payload["idTag"])["idTagInfo"]["status"] == "Accepted"
    assert start().state == PortalStartState.CHARGING


def test_a_charger_that_reboots_and_begins_nothing_gives_the_voucher_back_in_the_end(charger, station):
    start_by_voucher(station)
    charger.asked("RemoteStartTransaction", {"status": "Accepted"})
    charger.boot()
    with scopes_disabled():
        assert give_up_waiting(timezone.now() + timedelta(hours=1)) == 1
    assert (start().state, voucher().redeemed_at) == (PortalStartState.FAILED, None)


def test_a_session_ended_by_force_is_corrected_by_a_late_stop(charger, station):
    start_by_voucher(station)
    payload = charger.asked("RemoteStartTransaction", {"status": "Accepted"})
    begun = begin(charger, payload["idTag"])
    with scopes_disabled():
        session = ChargingSession.objects.get(pk=begun["transactionId"])
        force_stop(SYSTEM, session)
    assert charger.asked("RemoteStopTransaction", {"status": "Rejected"}) == {"transactionId": session.pk}
    stop = {"transactionId": session.pk, "meterStop": 4200, "timestamp": timezone.now().isoformat()}
    charger.call("StopTransaction", stop)
    with scopes_disabled():
        session.refresh_from_db()
    assert (session.state, session.energy_wh, "late_stop" in session.flags) == ("ended", 4200, True)
