"""Start, stop, unlock, restart and configuration of a charge port against a simulated charger that is offline, slow,
refuses, answers twice, restarts in the middle, or loses its connection between command and answer.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from django.utils import timezone
from django_scopes import scopes_disabled

from chargeports.choices import CommandKind, CommandState
from chargeports.models import Command, ConfigurationValue
from chargeports.services import request_command
from charging.choices import PortalStartState, SessionState
from charging.models import ChargingSession, PortalStart
from charging.services import request_start
from common.actor import SYSTEM
from common.errors import Refused
from stations.models import StationState
from tests import factories
from tests.gateway.charger import eventually
from tests.simulated import simulated

KEY, VALUE = "MeterValueSampleInterval", "37"
GOODWILL = {"method": "goodwill", "customer": "Ida Horn", "problem": "App is down", "duration_min": 60}


@dataclass(frozen=True)
class Control:
    """`charges`: a session runs before it. `lost`: what becomes of it where the connection breaks before the answer."""

    action: str
    ask: Callable[[Any], Command]
    refused: CommandState = CommandState.REJECTED
    charges: bool = False
    lost: CommandState = CommandState.TIMED_OUT
    accepted: str = "Accepted"


def _asks(kind: CommandKind, port: int | None, **parameters: Any) -> Callable[[Any], Command]:
    return lambda station: request_command(SYSTEM, station, kind, parameters, port)


def _start(station):
    return request_start(SYSTEM, station, CommandKind.START_CHARGING, GOODWILL, 1)


def _stop(station):
    running = ChargingSession.objects.filter(state=SessionState.RUNNING).first()
    parameters = {"session_id": running.pk} if running else {"transaction_id": 1}
    return request_command(SYSTEM, station, CommandKind.STOP_CHARGING, parameters, 1)


CONTROLS = {
    "start": Control("RemoteStartTransaction", _start),
    "stop": Control("RemoteStopTransaction", _stop, charges=True),
    "unlock": Control("UnlockConnector", _asks(CommandKind.UNLOCK, 1), CommandState.FAILED, accepted="Unlocked"),
    "reboot": Control("Reset", _asks(CommandKind.RESET, None, type="hard"), lost=CommandState.ACCEPTED),
    "configuration": Control(
        "ChangeConfiguration", _asks(CommandKind.CHANGE_CONFIGURATION, None, key=KEY, value=VALUE)
    ),
}


@pytest.fixture(params=list(CONTROLS.values()), ids=list(CONTROLS))
def control(request):
    return request.param


@pytest.fixture
def station(server):
    with scopes_disabled():
        made = factories.station(online=False, ports=2)
        StationState.objects.update(configuration_read_at=timezone.now())
        factories.token(made.organisation, "CARD1", concurrent_sessions=True)
        yield made


@pytest.fixture
def driven(server, station, control):
    with simulated(station.identity, server.ocpp_url) as made:
        made.do(made.charger.connect())
        made.do(made.charger.plug_in(1))
        if control.charges:
            made.do(made.charger.present_tag(1, "CARD1"))
            eventually(lambda: ChargingSession.objects.filter(state=SessionState.RUNNING).first())
        yield made


def ended(command):
    under_way = (CommandState.QUEUED, CommandState.SENT)
    return eventually(lambda: Command.objects.filter(pk=command.pk).exclude(state__in=under_way).first())


def reached(driven, control):
    """Wait until the charger has got the command."""
    return driven.do(driven.charger.until(lambda: any(one[2:3] == [control.action] for one in driven.charger.received)))


def carried_out(control, driven):
    """The truth at the charger reaches the portal, whatever became of the answer."""
    if control.action == "RemoteStartTransaction":
        session = eventually(lambda: ChargingSession.objects.filter(state=SessionState.RUNNING).first())
        start = eventually(lambda: PortalStart.objects.filter(state=PortalStartState.CHARGING).first())
        return start.session == session
    if control.charges:
        return eventually(lambda: ChargingSession.objects.filter(state=SessionState.ENDED).first()).stop_reason
    if control.action == "ChangeConfiguration":
        return driven.charger.configuration.get(KEY) == VALUE
    return True


def test_offline_it_is_refused_and_nothing_is_kept(station, control):
    if control.charges:
        factories.session(station, state=SessionState.RUNNING, ended_at=None)
    with pytest.raises(Refused, match="offline"):
        control.ask(station)
    assert not Command.objects.exists()
    assert not PortalStart.objects.exists()


def test_a_slow_charger_is_waited_for(driven, station, control):
    driven.charger.hold(control.action)
    command = control.ask(station)
    reached(driven, control)
    assert Command.objects.get(pk=command.pk).state == CommandState.SENT
    driven.do(driven.charger.let_go(control.action))
    assert ended(command).state == CommandState.ACCEPTED
    assert carried_out(control, driven)


def test_an_answer_that_comes_too_late_is_kept_beside_the_time_out(driven, station, control, settings):
    settings.GATEWAY_CALL_TIMEOUT_S = 0.2
    driven.charger.hold(control.action)
    command = control.ask(station)
    assert ended(command).state == CommandState.TIMED_OUT
    driven.do(driven.charger.let_go(control.action))
    late = eventually(lambda: Command.objects.filter(pk=command.pk, answer__late__isnull=False).first())
    assert (late.state, late.answer["late"]["outcome"]) == (CommandState.TIMED_OUT, control.accepted)
    settings.GATEWAY_CALL_TIMEOUT_S = 60
    assert carried_out(control, driven)


def test_a_refusal_changes_nothing(driven, station, control):
    driven.charger.refuse(control.action)
    command = control.ask(station)
    assert ended(command).state == control.refused
    running = ChargingSession.objects.filter(state=SessionState.RUNNING).count()
    assert running == (1 if control.charges else 0)
    if control.action == "RemoteStartTransaction":
        assert PortalStart.objects.get().state == PortalStartState.FAILED


def test_of_two_answers_the_first_counts_and_the_line_goes_on(driven, station, control):
    driven.charger.answer_twice(control.action)
    command = control.ask(station)
    assert ended(command).state == CommandState.ACCEPTED
    assert carried_out(control, driven)
    assert ChargingSession.objects.count() <= 1
    if control.action != "Reset":
        after = request_command(SYSTEM, station, CommandKind.CLEAR_CACHE, {})
        assert ended(after).state == CommandState.ACCEPTED


def test_a_charger_that_restarts_in_the_middle_can_be_asked_again(driven, station, control):
    driven.charger.stay_silent_on(control.action)
    command = control.ask(station)
    reached(driven, control)
    boots = len(driven.charger.calls("BootNotification"))
    driven.do(driven.charger.power_cycle())
    driven.do(driven.charger.until(lambda: len(driven.charger.calls("BootNotification")) > boots))
    assert ended(command).state == control.lost
    if control.charges:
        ended_by = eventually(lambda: ChargingSession.objects.filter(state=SessionState.ENDED).first())
        assert ended_by.stop_reason == "PowerLoss"
        return
    driven.charger.behave(control.action)
    eventually(lambda: StationState.objects.filter(station=station, online=True).first())
    again = control.ask(station)
    assert ended(again).state == CommandState.ACCEPTED
    assert carried_out(control, driven)


def test_a_connection_lost_before_the_answer_leaves_the_truth_to_the_charger(driven, station, control):
    driven.charger.lose_connection_on(control.action)
    command = control.ask(station)
    assert ended(command).state == control.lost
    driven.charger.behave(control.action)
    driven.do(driven.charger.until(lambda: not driven.charger.is_connected or control.action == "Reset"))
    if control.action != "Reset":
        driven.do(driven.charger.connect())
    eventually(lambda: StationState.objects.filter(station=station, online=True).first())
    assert carried_out(control, driven)
    if control.action == "ChangeConfiguration":
        ended(request_command(SYSTEM, station, CommandKind.READ_CONFIGURATION, {}))
        assert ConfigurationValue.objects.get(station=station, key=KEY).value == VALUE
