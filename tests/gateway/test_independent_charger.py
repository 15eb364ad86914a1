"""A charger that was not written here says everything that OCPP 1.6 has, and is asked for everything. Its package
checks each frame against schemas of its own.
"""

import base64

import pytest
from django.utils import timezone
from django_scopes import scopes_disabled

from chargeports.choices import CommandKind, CommandState
from chargeports.models import Command
from chargeports.services import request_command
from charging.models import ChargingSession
from common.actor import SYSTEM
from ocpp_gateway import credentials
from ocpp_gateway.codec import V16
from ocpp_gateway.models import StationCredential
from stations.choices import SecurityProfile
from stations.models import StationState
from tests import factories
from tests.gateway.charger import eventually
from tests.gateway.every_command import commands
from tests.gateway.independent.client import IndependentCharger

KEY = "correct horse battery"
ACCEPTED = {"status": "Accepted"}
ANSWERS = {
    **dict.fromkeys(V16.requests.keys() - V16.from_charger, ACCEPTED),
    "DataTransfer": ACCEPTED,
    "GetCompositeSchedule": {"status": "Accepted", "connectorId": 1},
    "GetConfiguration": {"configurationKey": [{"key": "HeartbeatInterval", "readonly": False, "value": "300"}]},
    "GetDiagnostics": {"fileName": "diagnostics.zip"},
    "GetInstalledCertificateIds": {"status": "NotFound"},
    "GetLocalListVersion": {"listVersion": 0},
    "UnlockConnector": {"status": "Unlocked"},
    "UpdateFirmware": {},
}
NOW = f"{timezone.now():%Y-%m-%dT%H:%M:%SZ}"
VALUES = [
    {"timestamp": NOW, "sampledValue": [{"value": "1200", "unit": "Wh"}, {"value": "7.2", "measurand": "Voltage"}]}
]


@pytest.fixture
def station(server):
    with scopes_disabled():
        made = factories.station(online=False, security_profile=SecurityProfile.BASIC)
        factories.token(made.organisation, "TAG")
        StationCredential.objects.create(station=made, digest=credentials.digest_of(KEY.encode()))
        StationState.objects.update(configuration_read_at=timezone.now())
    return made


@pytest.fixture
def charger(server, station):
    with IndependentCharger(server.ocpp_url, station.identity, ANSWERS, KEY) as connected:
        assert connected.connected == {"connected": "ocpp1.6"}
        boot = connected.call("BootNotification", {"chargePointVendor": "Nordwatt", "chargePointModel": "N22"})
        assert boot["status"] == "Accepted"
        yield connected


def test_every_message_of_a_charger_is_understood(charger, station):
    said = {"BootNotification"}

    def call(action, payload=None):
        said.add(action)
        return charger.call(action, payload)

    call("StatusNotification", {"connectorId": 1, "errorCode": "NoError", "status": "Preparing", "timestamp": NOW})
    assert call("Heartbeat")["currentTime"].endswith("Z")
    assert call("Authorize", {"idTag": "TAG"})["idTagInfo"]["status"] == "Accepted"
    begin = {"connectorId": 1, "idTag": "TAG", "meterStart": 1000, "timestamp": NOW}
    number = call("StartTransaction", begin)["transactionId"]
    assert call("MeterValues", {"connectorId": 1, "transactionId": number, "meterValue": VALUES}) == {}
    end = {"transactionId": number, "idTag": "TAG", "meterStop": 1500, "timestamp": NOW, "reason": "Local"}
    assert call("StopTransaction", end)["idTagInfo"]["status"] == "Accepted"
    assert call("DataTransfer", {"vendorId": "com.example"})["status"] == "UnknownVendorId"
    assert call("DiagnosticsStatusNotification", {"status": "Idle"}) == {}
    assert call("FirmwareStatusNotification", {"status": "Idle"}) == {}
    assert call("LogStatusNotification", {"status": "Idle", "requestId": 1}) == {}
    assert call("SignedFirmwareStatusNotification", {"status": "Idle", "requestId": 1}) == {}
    assert call("SecurityEventNotification", {"type": "StartupOfTheDevice", "timestamp": NOW}) == {}
    assert call("SignCertificate", {"csr": base64.b64encode(b"no request").decode()})["status"] in (
        "Accepted",
        "Rejected",
    )
    assert said == V16.from_charger
    assert not charger.invalid
    with scopes_disabled():
        assert ChargingSession.objects.get().energy_wh == 500


def test_every_command_is_understood(charger, station):
    with scopes_disabled():
        asked = commands(station)
        assert asked.keys() == set(CommandKind)
        for kind, (parameters, port_number) in asked.items():
            request_command(SYSTEM, station, kind, parameters, port_number)
    eventually(lambda: not Command.objects.filter(state__in=(CommandState.QUEUED, CommandState.SENT)).exists())
    with scopes_disabled():
        ended = {one.kind: one.state for one in Command.objects.filter(kind__in=asked)}
    assert ended == dict.fromkeys(asked, CommandState.ACCEPTED)
    assert not charger.invalid
    assert {action for action, _payload in charger.asked} == V16.requests.keys() - V16.from_charger | {"DataTransfer"}
