"""The simulated charger runs every command of the portal, and asks for a certificate."""

import pytest
from django.utils import timezone
from django_scopes import scopes_disabled

from chargeports.choices import CertificateState, CommandKind, CommandState
from chargeports.models import Command, StationCertificate
from chargeports.services import make_authority, request_command
from charging.choices import SessionState
from charging.models import ChargingSession, LocalList
from common.actor import SYSTEM
from stations.models import StationReport, StationState
from tests import factories
from tests.gateway.charger import eventually
from tests.gateway.every_command import commands
from tests.simulated import simulated

UNDER_WAY = (CommandState.QUEUED, CommandState.SENT)


@pytest.fixture
def station(server):
    with scopes_disabled():
        made = factories.station(online=False, ports=2)
        factories.token(made.organisation, "TAG", concurrent_sessions=True)
        StationState.objects.update(configuration_read_at=timezone.now())
        return made


@pytest.fixture
def driven(server, station):
    with simulated(station.identity, server.ocpp_url) as made:
        made.do(made.charger.connect())
        eventually(lambda: StationReport.objects.filter(station=station).exists())
        yield made


def ask(station, kind, parameters, port_number=None):
    with scopes_disabled():
        command = request_command(SYSTEM, station, kind, parameters, port_number)
    return eventually(lambda: Command.objects.filter(pk=command.pk).exclude(state__in=UNDER_WAY).first())


def running():
    return eventually(lambda: ChargingSession.objects.filter(state=SessionState.RUNNING).first())


def test_it_runs_every_command(driven, station):
    with scopes_disabled():
        StationReport.objects.filter(station=station).update(vendor="Nordwatt", model="N22")
        wanted = commands(station, driven.charger.nameplate.product.vendor_id)
    assert wanted.keys() == set(CommandKind)
    ended = {}
    for kind, (parameters, port_number) in wanted.items():
        if kind == CommandKind.START_CHARGING:
            driven.do(driven.charger.plug_in(1))
        if kind == CommandKind.STOP_CHARGING:
            parameters = {"session_id": running().pk}
        ended[kind] = ask(station, kind, parameters, port_number)
    refused = {kind: command.outcome for kind, command in ended.items() if command.state != CommandState.ACCEPTED}
    assert refused == {}
    with scopes_disabled():
        assert LocalList.objects.get().version == driven.charger.tags.list_version == 1


def test_Z02_Z10_it_asks_for_a_certificate_when_it_is_told_to(driven, station):
    with scopes_disabled():
        make_authority(SYSTEM, station.organisation)
    ask(station, CommandKind.CHANGE_CONFIGURATION, {"key": "CpoName", "value": station.organisation.name})
    serial = driven.charger.nameplate.serial_number
    with scopes_disabled():
        type(station).objects.filter(pk=station.pk).update(serial_number=serial)
    ask(station, CommandKind.EXTENDED_TRIGGER, {"message": "sign_certificate"})
    given = eventually(lambda: StationCertificate.objects.filter(state=CertificateState.ACCEPTED).first())
    assert given.not_after > timezone.now()
