"""A simulated charger and the whole portal: it connects, charges, is steered, is cut off and comes back."""

from collections.abc import Iterator

import pytest
from django_scopes import scopes_disabled

from chargeports.choices import CommandKind, CommandState
from chargeports.models import Command, ConfigurationValue
from chargeports.services import request_command
from charging.models import ChargingSession
from common.actor import SYSTEM
from ocpp_gateway import credentials, first_contact
from ocpp_gateway.models import StationCredential
from stations.choices import SecurityProfile
from stations.models import StationState
from tests import factories
from tests.gateway.charger import eventually
from tests.simulated import Driven, simulated


@pytest.fixture
def station(server):
    with scopes_disabled():
        made = factories.station(online=False, ports=0)
        factories.token(made.organisation, "04A2B3C4D5")
        return made


@pytest.fixture
def driven(server, station) -> Iterator[Driven]:
    with simulated(station.identity, server.ocpp_url) as made:
        made.do(made.charger.connect())
        yield made


def ask(station, kind, parameters, port_number=None):
    with scopes_disabled():
        return request_command(SYSTEM, station, kind, parameters, port_number)


def accepted(command):
    return eventually(lambda: Command.objects.filter(pk=command.pk, state=CommandState.ACCEPTED).first())


def charging(**fields):
    return eventually(lambda: ChargingSession.objects.filter(state="running", **fields).first())


def test_a_card_starts_a_session_that_is_stopped_from_the_portal(driven, station):
    driven.do(driven.charger.plug_in(1))
    assert driven.do(driven.charger.present_tag(1, "04A2B3C4D5"))
    session = charging(port_number=1, energy_wh__gt=0, power_w__gt=0)
    accepted(ask(station, CommandKind.STOP_CHARGING, {"session_id": session.pk}, 1))
    ended = eventually(lambda: ChargingSession.objects.filter(pk=session.pk, state="ended").first())
    assert (ended.stop_reason, ended.energy_wh >= session.energy_wh) == ("Remote", True)


def test_a_session_is_started_from_the_portal_and_ends_with_the_cable(driven, station):
    driven.do(driven.charger.plug_in(2))
    accepted(ask(station, CommandKind.START_CHARGING, {"id_tag": "04A2B3C4D5"}, 2))
    session = charging(port_number=2, energy_wh__gt=0)
    driven.do(driven.charger.unplug(2))
    ended = eventually(lambda: ChargingSession.objects.filter(pk=session.pk, state="ended").first())
    assert ended.stop_reason == "EVDisconnected"


def test_the_configuration_is_read_and_changed(driven, station):
    with scopes_disabled():
        first_contact.ask([station.pk])
    known = eventually(lambda: dict(ConfigurationValue.objects.values_list("key", "value")))
    assert known["NumberOfConnectors"] == "2"
    accepted(ask(station, CommandKind.CHANGE_CONFIGURATION, {"key": "MeterValueSampleInterval", "value": "30"}))
    eventually(lambda: ConfigurationValue.objects.filter(key="MeterValueSampleInterval", value="30").first())


def test_a_charger_that_is_restarted_is_back(driven, station):
    booted = eventually(lambda: StationState.objects.filter(online=True).first()).last_boot_at
    driven.stay_connected()
    accepted(ask(station, CommandKind.RESET, {"type": "hard"}))
    eventually(lambda: StationState.objects.filter(online=True, last_boot_at__gt=booted).first())


def test_what_was_charged_while_it_was_cut_off_is_told_afterwards(driven, station):
    driven.do(driven.charger.plug_in(1))
    driven.do(driven.charger.present_tag(1, "04A2B3C4D5"))
    session = charging(port_number=1)
    driven.do(driven.charger.drop_connection())
    eventually(lambda: StationState.objects.filter(online=False).first())
    driven.do(driven.charger.unplug(1))
    assert eventually(lambda: ChargingSession.objects.get(pk=session.pk)).state == "running"
    driven.do(driven.charger.connect())
    eventually(lambda: ChargingSession.objects.filter(pk=session.pk, state="ended").first())
    with scopes_disabled():
        assert ChargingSession.objects.count() == 1


def test_a_new_key_is_taken_over_and_used_at_the_next_connection(server, station):
    station.security_profile = SecurityProfile.BASIC
    station.save()
    with scopes_disabled():
        old = credentials.new_secret(SYSTEM, station)
    with simulated(station.identity, server.ocpp_url, old) as driven:
        driven.do(driven.charger.connect())
        with scopes_disabled():
            credentials.change_key(SYSTEM, station)
        old_digest = credentials.digest_of(old.encode())
        taken = StationCredential.objects.filter(next_digest=None).exclude(digest=old_digest)
        eventually(taken.first)
        driven.do(driven.charger.drop_connection())
        eventually(lambda: StationState.objects.filter(online=False).first())
        driven.do(driven.charger.connect())
        eventually(lambda: StationState.objects.filter(online=True).first())
