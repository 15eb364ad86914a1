"""The simulated charger against a small central system made of `websockets` and `ocpp`, without the portal."""

import asyncio
import json
import os
import random
import signal
import sys
import threading
from base64 import b64decode
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from ocpp.exceptions import NotSupportedError, OCPPError, SecurityError
from ocpp.messages import MessageType, get_validator
from ocpp.routing import on
from ocpp.v16 import ChargePoint, call, call_result
from ocpp.v16.enums import Action
from websockets.asyncio.server import serve
from websockets.exceptions import ConnectionClosed, InvalidStatus

from ocpp_gateway.simulator.charger import SimulatedCharger
from ocpp_gateway.simulator.connector import Car, Connector, Transaction
from ocpp_gateway.simulator.driver import Driver, Habits, Mishaps
from ocpp_gateway.simulator.fleet import Fleet, Station, invented_tags, numbered_stations, read_stations, read_tags
from ocpp_gateway.simulator.link import CANNOT_REFUSE
from ocpp_gateway.simulator.products import nameplate

TAG = "04A1B2C3D4E5F6"
FAST = 600.0
NOW = datetime(2026, 5, 1, 10, tzinfo=UTC)


class Session(ChargePoint):
    """The central system's end of one connection. What it answers stands in `central`."""

    def __init__(self, identity, connection, central):
        super().__init__(identity, connection, response_timeout=30)
        self.central = central

    async def route_message(self, raw_msg):
        self.central.frames.append(raw_msg)
        await super().route_message(raw_msg)

    def note(self, action, payload):
        self.central.calls.append((self.id, action, payload))
        self.central.forgotten = self.central.forgotten and action != "BootNotification"
        if self.central.forgotten:
            raise SecurityError
        if self.central.failures.get(action, 0):
            self.central.failures[action] -= 1
            raise RuntimeError("out of order")

    @on(Action.boot_notification)
    def on_boot(self, **payload):
        self.note("BootNotification", payload)
        status = self.central.boot_answers.pop(0) if self.central.boot_answers else "Accepted"
        return call_result.BootNotification(_text(datetime.now(UTC)), self.central.interval_s, status)

    @on(Action.heartbeat)
    def on_heartbeat(self):
        self.note("Heartbeat", {})
        return call_result.Heartbeat(_text(datetime.now(UTC)))

    @on(Action.status_notification)
    def on_status(self, **payload):
        self.note("StatusNotification", payload)
        return call_result.StatusNotification()

    @on(Action.authorize)
    def on_authorize(self, **payload):
        self.note("Authorize", payload)
        return call_result.Authorize(self.central.tag_info(payload["id_tag"]))

    @on(Action.start_transaction)
    def on_start(self, **payload):
        self.note("StartTransaction", payload)
        self.central.last_transaction_id += 1
        return call_result.StartTransaction(self.central.last_transaction_id, self.central.tag_info(payload["id_tag"]))

    @on(Action.stop_transaction)
    def on_stop(self, **payload):
        self.note("StopTransaction", payload)
        return call_result.StopTransaction()

    @on(Action.meter_values)
    def on_meter_values(self, **payload):
        self.note("MeterValues", payload)
        return call_result.MeterValues()

    @on(Action.diagnostics_status_notification)
    def on_diagnostics(self, **payload):
        self.note("DiagnosticsStatusNotification", payload)
        return call_result.DiagnosticsStatusNotification()

    @on(Action.firmware_status_notification)
    def on_firmware(self, **payload):
        self.note("FirmwareStatusNotification", payload)
        return call_result.FirmwareStatusNotification()

    @on(Action.log_status_notification)
    def on_log(self, **payload):
        self.note("LogStatusNotification", payload)
        return call_result.LogStatusNotification()

    @on(Action.signed_firmware_status_notification)
    def on_signed_firmware(self, **payload):
        self.note("SignedFirmwareStatusNotification", payload)
        return call_result.SignedFirmwareStatusNotification()

    @on(Action.sign_certificate)
    def on_sign(self, **payload):
        self.note("SignCertificate", payload)
        return call_result.SignCertificate("Accepted")

    @on(Action.security_event_notification)
    def on_security_event(self, **payload):
        self.note("SecurityEventNotification", payload)
        return call_result.SecurityEventNotification()


class Central:
    """A central system for tests: accepts everything but what a test tells it to refuse."""

    def __init__(self):
        self.sessions = {}
        self.calls = []
        self.frames = []
        self.refused_tags = {}
        self.parents = {}
        self.boot_answers = []
        self.failures = {}
        self.forgotten = False
        self.passwords = {}
        self.interval_s = 300
        self.last_transaction_id = 0
        self.url = ""

    @asynccontextmanager
    async def running(self, port=0):
        async with serve(
            self.handle, "127.0.0.1", port, subprotocols=["ocpp1.6"], process_request=self.check, compression=None
        ) as server:
            self.url = f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}/ocpp"
            yield self

    def check(self, connection, request):
        identity = request.path.rpartition("/")[2]
        expected = self.passwords.get(identity)
        given = b64decode(request.headers.get("Authorization", "").removeprefix("Basic "))
        if expected is not None and given != identity.encode() + b":" + expected:
            return connection.respond(401, "Wrong password\n")
        return None

    async def handle(self, connection):
        identity = connection.request.path.rpartition("/")[2]
        self.sessions[identity] = Session(identity, connection, self)
        with suppress(ConnectionClosed):
            await self.sessions[identity].start()

    def tag_info(self, tag):
        info = {"status": self.refused_tags.get(tag, "Accepted")}
        return info | ({"parent_id_tag": self.parents[tag]} if tag in self.parents else {})

    def payloads(self, action, identity="CP1"):
        return [payload for who, what, payload in self.calls if (who, what) == (identity, action)]

    def statuses(self, connector_id=1, identity="CP1"):
        reports = self.payloads("StatusNotification", identity)
        return [report["status"] for report in reports if report["connector_id"] == connector_id]

    async def command(self, payload, identity="CP1"):
        return await self.sessions[identity].call(payload, suppress=False)


def _text(moment):
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


@pytest.fixture
async def central():
    async with Central().running() as central:
        yield central


@pytest.fixture
async def charger(central):
    charger = SimulatedCharger("CP1", central.url, connectors=2, speed=FAST, seed=1)
    yield charger
    await charger.shut_down()


def certificate():
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Root")])
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(4711).not_valid_before(NOW).not_valid_after(NOW + timedelta(days=365))
    return builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM).decode()


def profile(limit, unit="W", purpose="TxDefaultProfile", **fields):
    return {
        "charging_profile_id": 7,
        "stack_level": 1,
        "charging_profile_purpose": purpose,
        "charging_profile_kind": "Relative",
        "charging_schedule": {
            "charging_rate_unit": unit,
            "charging_schedule_period": [{"start_period": 0, "limit": limit}],
        },
    } | fields


def registers(payloads):
    """The energy register's values of MeterValues, in their order."""
    return [
        int(sample["value"])
        for payload in payloads
        for value in payload["meter_value"]
        for sample in value["sampled_value"]
        if sample["measurand"] == "Energy.Active.Import.Register"
    ]


# Boot, heartbeat, status


async def test_boots_and_reports_every_connector(central, charger):
    await charger.connect()
    assert charger.is_accepted
    boot = central.payloads("BootNotification")[0]
    assert boot["charge_point_vendor"] in ("Nordwatt", "Voltara", "Kessel")
    assert [report["connector_id"] for report in central.payloads("StatusNotification")] == [0, 1, 2]
    assert {report["error_code"] for report in central.payloads("StatusNotification")} == {"NoError"}


async def test_beats_at_the_interval_it_was_told(central, charger):
    central.interval_s = 1
    await charger.connect()
    assert charger.configuration.get("HeartbeatInterval") == "1"
    await charger.until(lambda: len(central.payloads("Heartbeat")) >= 2)


async def test_boots_again_while_pending_and_refuses_to_start(central, charger):
    central.boot_answers = ["Pending", "Accepted"]
    central.interval_s = 1
    await charger.connect()
    assert not charger.is_accepted
    assert central.payloads("StatusNotification") == []
    answer = await central.command(call.RemoteStartTransaction(TAG, 1))
    assert answer.status == "Rejected"
    await charger.until(lambda: charger.is_accepted)
    assert len(central.payloads("BootNotification")) == 2


async def test_says_the_same_nameplate_every_time():
    assert nameplate("CP1", "DC", 150_000) == nameplate("CP1", "DC", 150_000)
    assert nameplate("CP1", "DC", 150_000).product.current == "DC"
    assert nameplate("CP1").serial_number != nameplate("CP2").serial_number


async def test_does_not_boot_after_a_mere_loss_of_the_connection(central, charger):
    await charger.connect()
    await charger.drop_connection()
    assert not charger.is_connected
    await charger.connect()
    assert len(central.payloads("BootNotification")) == 1
    assert central.statuses(1) == ["Available", "Available"]


async def test_a_refused_handshake_is_an_error_to_the_caller(central, charger):
    central.passwords["CP1"] = b"secret"
    with pytest.raises(InvalidStatus):
        await charger.connect()


async def test_comes_back_by_itself_when_the_central_system_returns(central):
    charger = SimulatedCharger("CP9", central.url, speed=FAST)
    charger.stay_connected()
    await charger.until(lambda: charger.is_accepted)
    await central.sessions["CP9"]._connection.close()
    await charger.until(lambda: not charger.is_connected)
    await charger.until(lambda: charger.is_accepted)
    await charger.shut_down()
    assert not charger.is_connected


# Charging


async def test_plug_first_then_tag(central, charger):
    await charger.connect()
    await charger.plug_in(1, Car(max_ac_w=11_000))
    assert await charger.present_tag(1, TAG)
    assert central.statuses() == ["Available", "Preparing", "Charging"]
    start = central.payloads("StartTransaction")[0]
    assert (start["connector_id"], start["id_tag"]) == (1, TAG)
    assert start["timestamp"].endswith("Z")
    assert len(start["timestamp"]) == len("2026-05-01T10:00:00Z")


async def test_tag_first_then_plug_and_stop_by_the_same_tag(central, charger):
    await charger.connect()
    await charger.present_tag(1, TAG)
    await charger.plug_in(1)
    assert central.payloads("StartTransaction")
    await charger.present_tag(1, TAG.lower())
    stop = central.payloads("StopTransaction")[0]
    assert (stop["transaction_id"], stop["reason"]) == (1, "Local")
    await charger.unplug(1)
    assert central.statuses() == ["Available", "Preparing", "Charging", "Finishing", "Available"]


async def test_nobody_comes_after_the_tag(central, charger):
    charger.configuration.set("ConnectionTimeOut", "30")
    await charger.connect()
    await charger.present_tag(1, TAG)
    await charger.until(lambda: central.statuses()[-1] == "Available")
    assert central.statuses() == ["Available", "Preparing", "Available"]


@pytest.mark.parametrize("status", ["Invalid", "Blocked", "Expired"])
async def test_a_refused_tag_starts_nothing(central, charger, status):
    central.refused_tags[TAG] = status
    await charger.connect()
    await charger.plug_in(1)
    assert not await charger.present_tag(1, TAG)
    assert central.payloads("StartTransaction") == []


async def test_a_tag_of_the_same_group_stops(central, charger):
    central.parents = {TAG: "GROUP", "04FF": "GROUP"}
    await charger.connect()
    await charger.plug_in(1)
    await charger.present_tag(1, TAG)
    assert not await charger.present_tag(1, "04EE")
    assert await charger.present_tag(1, "04FF")
    assert central.payloads("StopTransaction")[0]["id_tag"] == "04FF"


async def test_remote_start_full_charge_remote_stop(central, charger):
    await charger.connect()
    await charger.plug_in(1, Car(battery_wh=10_000, state_of_charge=0.5))
    answer = await central.command(call.RemoteStartTransaction(TAG, 1))
    assert answer.status == "Accepted"
    await charger.until(lambda: "SuspendedEV" in central.statuses())
    assert (await central.command(call.RemoteStopTransaction(1))).status == "Accepted"
    await charger.until(lambda: central.statuses()[-1] == "Finishing")
    await charger.unplug(1)
    assert central.statuses() == ["Available", "Preparing", "Charging", "SuspendedEV", "Finishing", "Available"]
    meter = registers(central.payloads("MeterValues"))
    stop = central.payloads("StopTransaction")[0]
    assert len(meter) > 3
    assert meter == sorted(meter)
    assert meter[0] < meter[-1] <= stop["meter_stop"]
    # From half to full of 10 kWh, a little lost on the way.
    charged_wh = stop["meter_stop"] - central.payloads("StartTransaction")[0]["meter_start"]
    assert charged_wh == pytest.approx(5_000 / 0.92, rel=0.02)
    assert stop["reason"] == "Remote"
    assert [value["sampled_value"][0]["context"] for value in stop["transaction_data"]] == [
        "Transaction.Begin",
        "Transaction.End",
    ]


async def test_meter_values_carry_the_configured_measurands(central, charger):
    charger.configuration.set("MeterValuesSampledData", "Power.Active.Import,Current.Import,Voltage,Current.Offered")
    await charger.connect()
    await charger.plug_in(1)
    await charger.present_tag(1, TAG)
    await charger.until(lambda: len(central.payloads("MeterValues")) >= 2)
    samples = central.payloads("MeterValues")[1]["meter_value"][0]["sampled_value"]
    assert [(s["measurand"], s.get("phase")) for s in samples] == [
        ("Power.Active.Import", None),
        ("Current.Import", "L1"),
        ("Current.Import", "L2"),
        ("Current.Import", "L3"),
        ("Voltage", "L1-N"),
        ("Voltage", "L2-N"),
        ("Voltage", "L3-N"),
        ("Current.Offered", None),
    ]
    assert {sample["context"] for sample in samples} == {"Sample.Periodic"}


async def test_a_start_that_is_not_authorised_ends_at_once(central, charger):
    charger.configuration.set("LocalPreAuthorize", "true")
    await charger.connect()
    await charger.present_tag(1, TAG)
    await charger.plug_in(1)
    await charger.unplug(1)
    central.refused_tags[TAG] = "Blocked"
    await charger.plug_in(1)
    await charger.present_tag(1, TAG)
    assert [stop["reason"] for stop in central.payloads("StopTransaction")] == ["EVDisconnected", "DeAuthorized"]
    assert len(central.payloads("Authorize")) == 1


async def test_a_fault_ends_the_session_and_is_cleared(central, charger):
    await charger.connect()
    await charger.plug_in(1)
    await charger.present_tag(1, TAG)
    await charger.fault(1, "GroundFailure", "Residual current", "E103")
    report = central.payloads("StatusNotification")[-1]
    assert (report["status"], report["error_code"]) == ("Faulted", "GroundFailure")
    assert (report["info"], report["vendor_error_code"]) == ("Residual current", "E103")
    assert not await charger.present_tag(1, TAG)
    await charger.clear_fault(1)
    assert central.statuses()[-1] == "Finishing"
    assert central.payloads("StopTransaction")[0]["reason"] == "Other"


async def test_unplugging_may_leave_the_session_open(central, charger):
    charger.configuration.set("StopTransactionOnEVSideDisconnect", "false")
    await charger.connect()
    await charger.plug_in(1)
    await charger.present_tag(1, TAG)
    await charger.unplug(1)
    assert central.statuses()[-1] == "SuspendedEV"
    assert central.payloads("StopTransaction") == []


async def test_the_meter_never_counts_down_from_one_run_to_the_next():
    first, second = (SimulatedCharger("CP1", "ws://127.0.0.1:1") for _ in range(2))
    assert 0 < first.connectors[1].meter_wh <= second.connectors[1].meter_wh


async def test_a_charger_that_was_forgotten_boots_again(central, charger):
    await charger.connect()
    await charger.drop_connection()
    central.forgotten = True
    await charger.connect()
    await charger.heartbeat()
    await charger.until(lambda: len(central.payloads("BootNotification")) == 2)
    await charger.until(lambda: charger.is_accepted)


# The connector alone


def connector(current="AC", max_power_w=22_000.0):
    one = Connector(1, current, max_power_w, 1_000.0, random.Random(1))
    one.begin(Transaction(TAG, 0, NOW))
    return one


def test_an_ac_car_charges_evenly_with_its_phases():
    one = connector()
    one.plug(Car(battery_wh=60_000, state_of_charge=0.2, phases=1, max_ac_w=22_000))
    before_wh = one.meter_wh
    one.advance(3_600)
    # One of three phases of a 22 kW connector.
    assert one.power_w == pytest.approx(22_000 / 3, rel=0.02)
    assert one.meter_wh - before_wh == pytest.approx(22_000 / 3, rel=0.02)


def test_a_dc_car_takes_less_as_it_fills():
    one = connector("DC", 150_000)
    car = Car(state_of_charge=0.3, max_dc_w=130_000)
    one.plug(car)
    powers = []
    while not car.is_full:
        one.advance(60)
        powers.append(one.power_w)
    assert max(powers) == pytest.approx(130_000, rel=0.02)
    assert powers[-2] < 0.25 * max(powers)
    assert one.status == "SuspendedEV"


def test_power_ramps_up_at_the_beginning():
    one = connector()
    one.plug(Car(max_ac_w=11_000))
    one.advance(5)
    early_w = one.power_w
    one.advance(60)
    assert early_w < one.power_w / 2


def test_below_six_amperes_the_car_does_not_charge():
    one = connector()
    one.plug(Car())
    one.limit_w = 5 * 230 * 3
    one.advance(600)
    assert (one.power_w, one.status) == (0, "SuspendedEVSE")


def test_a_connector_holds_one_car():
    one = connector()
    one.plug(Car())
    with pytest.raises(ValueError, match="already has a car"):
        one.plug(Car())


# Offline, restarts, passwords


async def test_a_whole_offline_session_is_told_afterwards(central, charger):
    await charger.connect()
    await charger.present_tag(1, TAG)
    await charger.until(lambda: charger.connectors[1].authorisation is None)
    await charger.drop_connection()
    await charger.plug_in(1)
    assert await charger.present_tag(1, TAG), "known from the cache"
    await charger.until(lambda: len(charger.outbox) >= 4)
    await charger.unplug(1)
    assert central.payloads("StartTransaction") == []
    await charger.connect()
    assert len(central.payloads("StartTransaction")) == 1
    assert {values["transaction_id"] for values in central.payloads("MeterValues")} == {1}
    assert central.payloads("StopTransaction")[0]["transaction_id"] == 1
    order = [
        action for _, action, _ in central.calls if action in ("StartTransaction", "MeterValues", "StopTransaction")
    ]
    assert (order[0], order[-1]) == ("StartTransaction", "StopTransaction")


async def test_an_unknown_tag_starts_nothing_offline(central, charger):
    await charger.plug_in(1)
    assert not await charger.present_tag(1, TAG)
    charger.configuration.set("AllowOfflineTxForUnknownId", "true")
    assert await charger.present_tag(1, TAG)


async def test_a_start_that_is_never_taken_leaves_the_session_without_an_id(central, charger):
    charger.configuration.set("TransactionMessageRetryInterval", "0")
    central.failures["StartTransaction"] = 3
    await charger.connect()
    await charger.plug_in(1)
    await charger.present_tag(1, TAG)
    await charger.unplug(1)
    assert len(central.payloads("StartTransaction")) == 3
    assert central.payloads("StopTransaction")[0]["transaction_id"] == -1


async def test_a_transaction_message_is_tried_again(central, charger):
    charger.configuration.set("TransactionMessageRetryInterval", "0")
    central.failures["StopTransaction"] = 1
    await charger.connect()
    await charger.plug_in(1)
    await charger.present_tag(1, TAG)
    await charger.unplug(1)
    assert len(central.payloads("StopTransaction")) == 2


async def test_power_failure_with_a_running_session(central, charger):
    await charger.connect()
    await charger.plug_in(1)
    await charger.present_tag(1, TAG)
    await charger.power_cycle()
    await charger.settle()
    assert len(central.payloads("BootNotification")) == 2
    assert central.payloads("StopTransaction")[0]["reason"] == "PowerLoss"


@pytest.mark.parametrize(("kind", "reason"), [("Soft", "SoftReset"), ("Hard", "HardReset")])
async def test_reset_with_a_running_session(central, charger, kind, reason):
    await charger.connect()
    await charger.plug_in(1)
    await charger.present_tag(1, TAG)
    assert (await central.command(call.Reset(kind))).status == "Accepted"
    await charger.until(lambda: len(central.payloads("BootNotification")) == 2)
    await charger.until(lambda: bool(central.payloads("StopTransaction")))
    assert central.payloads("StopTransaction")[0]["reason"] == reason
    actions = [action for _, action, _ in central.calls if action in ("BootNotification", "StopTransaction")]
    assert actions.index("StopTransaction") == (1 if kind == "Soft" else 2)


async def test_an_authorization_key_is_used_from_the_next_connection_on(central):
    central.passwords["CP1"] = b"first"
    charger = SimulatedCharger("CP1", central.url, "first")
    await charger.connect()
    key = "00FF3A" + "41" * 15
    answer = await central.command(call.ChangeConfiguration("AuthorizationKey", key))
    assert answer.status == "Accepted"
    listing = await central.command(call.GetConfiguration(["AuthorizationKey"]))
    assert "value" not in listing.configuration_key[0]
    central.passwords["CP1"] = bytes.fromhex(key)
    await charger.disconnect()
    await charger.connect()
    assert charger.is_accepted
    await charger.shut_down()


async def test_a_security_profile_only_rises(central, charger):
    await charger.connect()
    assert (await central.command(call.ChangeConfiguration("SecurityProfile", "2"))).status == "Rejected"
    connections = set(central.sessions.values())
    assert (await central.command(call.ChangeConfiguration("SecurityProfile", "1"))).status == "Accepted"
    await charger.until(lambda: charger.is_accepted and set(central.sessions.values()) != connections)
    assert (await central.command(call.ChangeConfiguration("SecurityProfile", "0"))).status == "Rejected"


# Commands

COMMANDS = [
    call.CancelReservation(1),
    call.CertificateSigned("no certificate"),
    call.ChangeAvailability(2, "Inoperative"),
    call.ChangeConfiguration("LightIntensity", "50"),
    call.ClearCache(),
    call.ClearChargingProfile(),
    call.DataTransfer("example.unknown"),
    call.DeleteCertificate(
        {"hash_algorithm": "SHA256", "issuer_name_hash": "a", "issuer_key_hash": "b", "serial_number": "1"}
    ),
    call.ExtendedTriggerMessage("LogStatusNotification"),
    call.GetCompositeSchedule(1, 3600, "A"),
    call.GetConfiguration(),
    call.GetConfiguration(["HeartbeatInterval", "Nonsense"]),
    call.GetDiagnostics("gopher://127.0.0.1/"),
    call.GetInstalledCertificateIds("CentralSystemRootCertificate"),
    call.GetLocalListVersion(),
    call.GetLog({"remote_location": "gopher://127.0.0.1/"}, "SecurityLog", 5),
    call.InstallCertificate("CentralSystemRootCertificate", "no certificate"),
    call.RemoteStartTransaction(TAG, 1),
    call.RemoteStopTransaction(99),
    call.ReserveNow(1, "2099-01-01T00:00:00Z", TAG, 4),
    call.SendLocalList(1, "Full", [{"id_tag": TAG, "id_tag_info": {"status": "Accepted"}}]),
    call.SetChargingProfile(1, profile(11_000.0)),
    call.SignedUpdateFirmware(
        1,
        {
            "location": "http://127.0.0.1/fw-9.9.bin",
            "retrieve_date_time": "2026-01-01T00:00:00Z",
            "signing_certificate": "none",
            "signature": "none",
        },
    ),
    call.TriggerMessage("Heartbeat"),
    call.UnlockConnector(1),
    call.UpdateFirmware("http://127.0.0.1/fw-9.9.bin", "2099-01-01T00:00:00Z"),
    call.Reset("Soft"),
]


def commands_of_the_specification():
    """The names of all calls that go from the central system to a charger."""
    from_chargers = {handler for handler in dir(Session) if handler.startswith("on_")}
    sent_by_chargers = {getattr(Session, handler)._on_action for handler in from_chargers}
    return {str(action) for action in Action} - sent_by_chargers


def test_every_command_of_the_specification_is_tried():
    assert {type(command).__name__ for command in COMMANDS} == commands_of_the_specification()


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: type(command).__name__)
async def test_every_command_gets_a_valid_answer(central, charger, command):
    await charger.connect()
    answer = await central.command(command)
    assert type(answer).__name__ == type(command).__name__
    frame = next(frame for frame in reversed(charger.sent) if frame[0] == MessageType.CallResult)
    payload = json.loads(json.dumps(frame[2]), parse_float=Decimal)
    get_validator(MessageType.CallResult, type(command).__name__, "1.6", parse_float=Decimal).validate(payload)
    assert len(frame) == 3


@pytest.mark.parametrize(
    ("key", "value", "status"),
    [
        ("heartbeatinterval", "60", "Accepted"),
        ("HeartbeatInterval", "soon", "Rejected"),
        ("NumberOfConnectors", "5", "Rejected"),
        ("MeterValuesSampledData", "Power.Active.Import,Voltage", "Accepted"),
        ("MeterValuesSampledData", "Power.Reactive.Import", "Rejected"),
        ("FreeVendMode", "true", "RebootRequired"),
        ("AuthorizationKey", "not hexadecimal", "Rejected"),
        ("NoSuchKey", "1", "NotSupported"),
    ],
)
async def test_change_configuration(central, charger, key, value, status):
    await charger.connect()
    assert (await central.command(call.ChangeConfiguration(key, value))).status == status


async def test_a_key_that_needs_a_reboot_holds_after_it(central, charger):
    await charger.connect()
    await central.command(call.ChangeConfiguration("FreeVendMode", "true"))
    assert charger.configuration.get("FreeVendMode") == "false"
    await charger.power_cycle()
    assert charger.configuration.get("FreeVendMode") == "true"


async def test_availability_waits_for_the_session(central, charger):
    await charger.connect()
    await charger.plug_in(1)
    await charger.present_tag(1, TAG)
    assert (await central.command(call.ChangeAvailability(0, "Inoperative"))).status == "Scheduled"
    await charger.until(lambda: central.statuses(2)[-1] == "Unavailable")
    assert central.statuses(1)[-1] == "Charging"
    await charger.unplug(1)
    assert central.statuses(1)[-1] == "Unavailable"
    assert (await central.command(call.ChangeAvailability(0, "Operative"))).status == "Accepted"
    await charger.until(lambda: central.statuses(1)[-1] == "Available")
    assert (await central.command(call.ChangeAvailability(9, "Operative"))).status == "Rejected"


async def test_unlock_ends_the_session_or_fails(central, charger):
    await charger.connect()
    await charger.plug_in(1)
    await charger.present_tag(1, TAG)
    charger.connectors[1].is_lock_jammed = True
    assert (await central.command(call.UnlockConnector(1))).status == "UnlockFailed"
    charger.connectors[1].is_lock_jammed = False
    assert (await central.command(call.UnlockConnector(1))).status == "Unlocked"
    await charger.until(lambda: bool(central.payloads("StopTransaction")))
    assert central.payloads("StopTransaction")[0]["reason"] == "UnlockCommand"
    assert (await central.command(call.UnlockConnector(7))).status == "NotSupported"


async def test_reservation_is_kept_for_its_tag(central, charger):
    await charger.connect()
    await central.command(call.ReserveNow(1, "2099-01-01T00:00:00Z", TAG, 4))
    await charger.until(lambda: central.statuses()[-1] == "Reserved")
    assert (await central.command(call.ReserveNow(1, "2099-01-01T00:00:00Z", "04EE", 5))).status == "Occupied"
    await charger.plug_in(1)
    assert not await charger.present_tag(1, "04EE")
    assert await charger.present_tag(1, TAG)
    assert central.payloads("StartTransaction")[0]["reservation_id"] == 4


async def test_reservation_ends_by_itself_or_by_cancelling(central, charger):
    await charger.connect()
    await central.command(call.ReserveNow(1, "2020-01-01T00:00:00Z", TAG, 4))
    await central.command(call.ReserveNow(2, "2099-01-01T00:00:00Z", TAG, 5))
    await charger.until(lambda: central.statuses(1)[-1] == "Available")
    assert (await central.command(call.CancelReservation(5))).status == "Accepted"
    await charger.until(lambda: central.statuses(2) == ["Available", "Reserved", "Available"])


async def test_local_list(central, charger):
    charger.configuration.set("LocalPreAuthorize", "true")
    await charger.connect()
    entry = {"id_tag": TAG, "id_tag_info": {"status": "Accepted"}}
    assert (await central.command(call.SendLocalList(3, "Full", [entry]))).status == "Accepted"
    assert (await central.command(call.SendLocalList(3, "Differential", []))).status == "VersionMismatch"
    assert (await central.command(call.GetLocalListVersion())).list_version == 3
    await charger.plug_in(1)
    assert await charger.present_tag(1, TAG)
    assert central.payloads("Authorize") == []


async def test_charging_profiles_limit_the_power(central, charger):
    await charger.connect()
    await charger.plug_in(1, Car(battery_wh=1_000_000, max_ac_w=22_000))
    await charger.present_tag(1, TAG)
    answer = await central.command(call.SetChargingProfile(1, profile(10.0, "A", "TxProfile", transaction_id=1)))
    assert answer.status == "Accepted"
    await charger.until(lambda: 6_700 < charger.connectors[1].power_w <= 6_900)
    await central.command(call.SetChargingProfile(0, profile(0.0, "W", "ChargePointMaxProfile", charging_profile_id=8)))
    await charger.until(lambda: central.statuses()[-1] == "SuspendedEVSE")
    assert (await central.command(call.ClearChargingProfile(8))).status == "Accepted"
    await charger.until(lambda: central.statuses()[-1] == "Charging")
    assert (await central.command(call.ClearChargingProfile(8))).status == "Unknown"


@pytest.mark.parametrize(
    ("connector_id", "change"),
    [
        (1, {"charging_profile_purpose": "ChargePointMaxProfile"}),
        (1, {"charging_profile_purpose": "TxProfile"}),
        (1, {"stack_level": 9}),
        (9, {}),
    ],
)
async def test_impossible_charging_profiles_are_rejected(central, charger, connector_id, change):
    await charger.connect()
    assert (await central.command(call.SetChargingProfile(connector_id, profile(9.0) | change))).status == "Rejected"


async def test_composite_schedule(central, charger):
    await charger.connect()
    schedule = {
        "charging_rate_unit": "W",
        "charging_schedule_period": [{"start_period": 0, "limit": 11_000.0}, {"start_period": 600, "limit": 5_000.5}],
    }
    await central.command(call.SetChargingProfile(1, profile(0.0) | {"charging_schedule": schedule}))
    answer = await central.command(call.GetCompositeSchedule(1, 3600, "W"))
    periods = answer.charging_schedule["charging_schedule_period"]
    assert periods == [{"start_period": 0, "limit": 11_000.0}, {"start_period": 600, "limit": 5_000.5}]
    assert (await central.command(call.GetCompositeSchedule(5, 3600))).status == "Rejected"


@pytest.mark.parametrize(
    ("message", "action"),
    [
        ("BootNotification", "BootNotification"),
        ("Heartbeat", "Heartbeat"),
        ("StatusNotification", "StatusNotification"),
        ("MeterValues", "MeterValues"),
        ("DiagnosticsStatusNotification", "DiagnosticsStatusNotification"),
        ("FirmwareStatusNotification", "FirmwareStatusNotification"),
    ],
)
async def test_trigger_message(central, charger, message, action):
    await charger.connect()
    before = len(central.payloads(action))
    assert (await central.command(call.TriggerMessage(message))).status == "Accepted"
    await charger.until(lambda: len(central.payloads(action)) > before)
    assert (await central.command(call.TriggerMessage(message, 9))).status == "Rejected"


async def test_certificates(central, charger):
    await charger.connect()
    await central.command(call.ExtendedTriggerMessage("SignChargePointCertificate"))
    await charger.until(lambda: bool(central.payloads("SignCertificate")))
    request = x509.load_pem_x509_csr(central.payloads("SignCertificate")[0]["csr"].encode())
    assert request.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value == charger.nameplate.serial_number
    pem, use = certificate(), "CentralSystemRootCertificate"
    assert (await central.command(call.CertificateSigned(pem))).status == "Accepted"
    assert (await central.command(call.InstallCertificate(use, pem))).status == "Accepted"
    listed = await central.command(call.GetInstalledCertificateIds(use))
    assert listed.certificate_hash_data[0]["serial_number"] == f"{4711:x}"
    assert (await central.command(call.DeleteCertificate(listed.certificate_hash_data[0]))).status == "Accepted"
    assert (await central.command(call.GetInstalledCertificateIds(use))).status == "NotFound"
    assert (await central.command(call.CertificateSigned("nonsense"))).status == "Rejected"
    await charger.until(lambda: bool(central.payloads("SecurityEventNotification")))


async def test_firmware_update_restarts_with_the_new_version(central, charger, receiver):
    await charger.connect()
    await central.command(call.UpdateFirmware(f"{address_of(receiver)}/fw/charger-9.4.1.bin", "2026-01-01T00:00:00Z"))
    await charger.until(lambda: {"status": "Installed"} in central.payloads("FirmwareStatusNotification"))
    told = [payload["status"] for payload in central.payloads("FirmwareStatusNotification")]
    assert told == ["Downloading", "Downloaded", "Installing", "Installed"]
    assert central.payloads("BootNotification")[-1]["firmware_version"] == "9.4.1"


async def test_signed_firmware_update(central, charger, receiver):
    await charger.connect()
    firmware = {
        "location": f"{address_of(receiver)}/fw/fw.bin",
        "retrieve_date_time": "2026-01-01T00:00:00Z",
        "signing_certificate": certificate(),
        "signature": "c2ln",
    }
    assert (await central.command(call.SignedUpdateFirmware(8, firmware))).status == "Accepted"
    await charger.until(
        lambda: {"status": "Installed", "request_id": 8} in central.payloads("SignedFirmwareStatusNotification")
    )
    told = [payload["status"] for payload in central.payloads("SignedFirmwareStatusNotification")]
    assert told[-3:] == ["Installing", "InstallRebooting", "Installed"]
    assert "SignatureVerified" in told


# Uploads


class Receiver(BaseHTTPRequestHandler):
    """Takes uploads; a folder named `post-only` knows no PUT."""

    def receive(self):
        length = int(self.headers["Content-Length"])
        self.server.uploads.append((self.command, self.path, self.headers["Authorization"], self.rfile.read(length)))
        self.send_response(201)
        self.end_headers()

    def do_GET(self):
        if not self.path.startswith("/fw/"):
            self.send_error(404)
            return
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"firmware")

    def do_POST(self):
        self.receive()

    def do_PUT(self):
        if self.path.startswith("/post-only/"):
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_error(405)
        else:
            self.receive()

    def log_message(self, *args):
        """Keep the tests' output quiet."""


def address_of(server):
    return f"http://127.0.0.1:{server.server_address[1]}"


@pytest.fixture
def receiver():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    server.uploads = []
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


async def test_diagnostics_are_uploaded(central, charger, receiver):
    await charger.connect()
    location = f"http://user:p%40ss@127.0.0.1:{receiver.server_port}/files/"
    answer = await central.command(call.GetDiagnostics(location))
    await charger.until(lambda: {"status": "Uploaded"} in central.payloads("DiagnosticsStatusNotification"))
    method, path, authorization, content = receiver.uploads[0]
    assert (method, path) == ("PUT", f"/files/{answer.file_name}")
    assert b64decode(authorization.removeprefix("Basic ")) == b"user:p@ss"
    assert charger.nameplate.serial_number.encode() in content


class FtpReceiver:
    """As much of an FTP server as one upload needs."""

    def __init__(self):
        self.commands = []
        self.content = b""

    async def handle(self, reader, writer):
        data = asyncio.Queue()
        passive = await asyncio.start_server(lambda *streams: data.put_nowait(streams), "127.0.0.1", 0)
        port = passive.sockets[0].getsockname()[1]
        answers = {"USER": "331 Password?", "EPSV": f"229 Entering (|||{port}|)", "PASV": _passive_address(port)}
        writer.write(b"220 Ready\r\n")
        async with passive:
            while line := (await reader.readline()).decode().strip():
                self.commands.append(line)
                if line.startswith("STOR"):
                    writer.write(b"150 Go on\r\n")
                    source, sink = await data.get()
                    self.content = await source.read()
                    sink.close()
                writer.write(f"{answers.get(line[:4], '200 Done')}\r\n".encode())
        writer.close()


def _passive_address(port):
    return f"227 Entering (127,0,0,1,{port // 256},{port % 256})"


async def test_diagnostics_go_by_ftp(central, charger):
    receiver = FtpReceiver()
    async with await asyncio.start_server(receiver.handle, "127.0.0.1", 0) as server:
        await charger.connect()
        location = f"ftp://user:p%40ss@127.0.0.1:{server.sockets[0].getsockname()[1]}/in/"
        answer = await central.command(call.GetDiagnostics(location))
        await charger.until(lambda: {"status": "Uploaded"} in central.payloads("DiagnosticsStatusNotification"))
    assert {"USER user", "PASS p@ss", f"STOR in/{answer.file_name}"} <= set(receiver.commands)
    assert charger.nameplate.serial_number.encode() in receiver.content


async def test_log_goes_by_post_where_put_is_unknown(central, charger, receiver):
    await charger.connect()
    log = {"remote_location": f"http://127.0.0.1:{receiver.server_port}/post-only/log.txt"}
    assert (await central.command(call.GetLog(log, "SecurityLog", 12))).status == "Accepted"
    await charger.until(lambda: {"status": "Uploaded", "request_id": 12} in central.payloads("LogStatusNotification"))
    assert [(method, path) for method, path, *_ in receiver.uploads] == [("POST", "/post-only/log.txt")]


async def test_a_failed_upload_is_told(central, charger, receiver):
    receiver.shutdown()
    receiver.server_close()
    await charger.connect()
    await central.command(call.GetDiagnostics(f"http://127.0.0.1:{receiver.server_port}/", 1, 0))
    await charger.until(lambda: {"status": "UploadFailed"} in central.payloads("DiagnosticsStatusNotification"))


async def test_secrets_stay_out_of_the_diagnostics(central, charger, receiver):
    await charger.connect()
    await central.command(call.ChangeConfiguration("AuthorizationKey", "41" * 16))
    await central.command(call.GetDiagnostics(f"http://127.0.0.1:{receiver.server_port}/"))
    await charger.until(lambda: bool(receiver.uploads))
    assert b"41" * 16 not in receiver.uploads[0][3]


# Misbehaviour on command


async def test_refuse(central, charger):
    await charger.connect()
    charger.refuse("RemoteStartTransaction").refuse("GetConfiguration").refuse("Reset", "InternalError")
    assert (await central.command(call.RemoteStartTransaction(TAG, 1))).status == "Rejected"
    for command in (call.GetConfiguration(), call.Reset("Soft")):
        with pytest.raises(OCPPError):
            await central.command(command)
    charger.behave("GetConfiguration")
    assert (await central.command(call.GetConfiguration())).configuration_key


async def test_refusals_are_valid_answers(central, charger):
    await charger.connect()
    for command in COMMANDS:
        action = type(command).__name__
        charger.refuse(action)
        if action in CANNOT_REFUSE:
            with pytest.raises(NotSupportedError):
                await central.command(command)
        else:
            assert (await central.command(command)).status not in ("Accepted", "Scheduled", "Unlocked")


async def test_answer_late_does_not_hold_up_the_rest(central, charger):
    await charger.connect()
    charger.answer_late("ClearCache", 0.5)
    late = asyncio.create_task(central.command(call.ClearCache()))
    await charger.until(lambda: charger.received[-1][2:3] == ["ClearCache"])
    await charger.plug_in(1)
    assert not late.done()
    assert (await late).status == "Accepted"


async def test_stay_silent(central, charger):
    await charger.connect()
    charger.stay_silent_on("ClearCache")
    central.sessions["CP1"]._response_timeout = 0.2
    with pytest.raises(TimeoutError):
        await central.command(call.ClearCache())


async def test_answer_twice(central, charger):
    await charger.connect()
    charger.answer_twice("ClearCache")
    await central.command(call.ClearCache())
    await charger.until(lambda: len([f for f in charger.sent if f[0] == MessageType.CallResult]) == 2)
    first, second = (frame for frame in charger.sent if frame[0] == MessageType.CallResult)
    assert first == second


async def test_answer_with_anything(central, charger):
    await charger.connect()
    charger.answer_with("ClearCache", {"status": "Perhaps"})
    with pytest.raises(OCPPError):
        await central.command(call.ClearCache())


async def test_connection_is_lost_between_command_and_answer(central, charger):
    await charger.connect()
    charger.lose_connection_on("RemoteStartTransaction")
    await charger.plug_in(1)
    command = asyncio.create_task(central.command(call.RemoteStartTransaction(TAG, 1)))
    await charger.until(lambda: not charger.is_connected)
    assert not command.done()
    command.cancel()
    assert charger.connectors[1].transaction is not None, "the command was carried out all the same"
    await charger.connect()
    assert central.payloads("StartTransaction")[0]["id_tag"] == TAG


async def test_calls_in_flight_fail_when_the_line_breaks(central, charger):
    await charger.connect()
    central.sessions["CP1"].route_message = _swallow
    tag = asyncio.create_task(charger.present_tag(1, TAG))
    await charger.until(lambda: bool(charger.calls("Authorize")))
    await charger.drop_connection()
    assert await tag is False


async def _swallow(raw):
    """A central system that answers nothing."""


# Fleets


async def test_two_hundred_chargers_in_one_process(central):
    fleet = Fleet(numbered_stations("SIM", 200), central.url, invented_tags(), activity="busy", speed=FAST, seed=3)
    for charger in fleet.chargers:
        charger.configuration.set("MeterValueSampleInterval", "1800")
    fleet.start()
    await fleet.chargers[0].until(lambda: fleet.counts().accepted == 200, timeout_s=300)
    await fleet.chargers[0].until(lambda: any(what == "StopTransaction" for _, what, _ in central.calls), timeout_s=300)
    assert len(central.sessions) == 200
    await fleet.stop()
    assert fleet.counts().connected == 0


async def test_a_fleet_that_stops_leaves_no_session_open(central):
    fleet = Fleet([Station("CP1"), Station("CP2")], central.url, [TAG], activity="idle")
    fleet.start()
    for charger in fleet.chargers:
        await charger.until(lambda charger=charger: charger.is_accepted)
        await charger.plug_in(1)
        await charger.present_tag(1, TAG)
    assert fleet.counts().charging == 2
    await fleet.stop()
    for identity in ("CP1", "CP2"):
        assert [stop["reason"] for stop in central.payloads("StopTransaction", identity)] == ["PowerLoss"]


async def test_idle_chargers_hold_one_task_each(central):
    tasks_before = len(asyncio.all_tasks())
    fleet = Fleet(numbered_stations("SIM", 20), central.url, invented_tags(), activity="idle")
    for charger in fleet.chargers:
        charger.configuration.set("WebSocketPingInterval", "0")
    fleet.start()
    await fleet.chargers[0].until(lambda: fleet.counts().accepted == 20)
    await fleet.chargers[0].until(lambda: all(not len(charger.outbox) for charger in fleet.chargers))
    await fleet.chargers[0].until(lambda: sum(len(charger._tasks) for charger in fleet.chargers) == 20)
    # The server's side has a handler task and a keep-alive task per connection.
    assert len(asyncio.all_tasks()) - tasks_before <= 20 * 3
    await fleet.stop()


@pytest.fixture
async def visited(central):
    """A charger at which hours pass in a second."""
    configuration = {"MeterValueSampleInterval": "1800"}
    charger = SimulatedCharger("CP1", central.url, speed=20_000, seed=1, configuration=configuration)
    charger.stay_connected()
    await charger.until(lambda: charger.is_accepted)
    yield charger
    await charger.shut_down()


async def test_a_visit_from_arriving_to_leaving(central, visited):
    plain = Mishaps(0, 0, 0, 0, 0, 0)
    await Driver(visited, [TAG], Habits(10, 1), plain).visit(visited.connectors[1])
    assert central.payloads("StopTransaction")[0]["reason"] == "Local"
    assert central.statuses()[:3] == ["Available", "Preparing", "Charging"]
    assert central.statuses()[-1] == "Available"


async def test_a_visit_with_an_unknown_tag_and_a_fault(central, visited):
    mishaps = Mishaps(unknown_tag=1, remote_start=1, unplugged_without_tag=1, fault=1)
    await Driver(visited, [TAG], Habits(10, 1), mishaps).visit(visited.connectors[1])
    assert "Faulted" in central.statuses()
    assert central.statuses()[-1] == "Available"
    assert len(central.payloads("Authorize")) >= 1


async def test_a_visit_with_a_power_failure(central, visited):
    mishaps = Mishaps(0, 0, 1, 0, power_failure=1, network_failure=0)
    await Driver(visited, [TAG], Habits(10, 1), mishaps).visit(visited.connectors[1])
    await visited.until(lambda: bool(central.payloads("StopTransaction")))
    assert central.payloads("StopTransaction")[0]["reason"] == "PowerLoss"
    assert len(central.payloads("BootNotification")) == 2


async def test_a_remote_start_finds_somebody_with_a_car(central, visited):
    driver = Driver(visited, [TAG], Habits(visits_per_day=0.001, present_at_start=0), Mishaps(0, 0, 0, 0, 0, 0))
    driver.start()
    answer = await central.command(call.RemoteStartTransaction(TAG, 1))
    assert answer.status == "Accepted"
    await visited.until(lambda: bool(central.payloads("StartTransaction")), 30)
    assert central.payloads("StartTransaction")[0]["id_tag"] == TAG
    driver.stop()


def test_stations_are_read_from_lines():
    lines = ["# identity,password", "", "CP1", "CP2,secret", "CP3,,2,dc,150000"]
    assert read_stations(lines) == [
        Station("CP1"),
        Station("CP2", "secret"),
        Station("CP3", None, 2, "DC", 150_000),
    ]


@pytest.mark.parametrize("line", ["CP1,pw,two", "CP1,pw,1,XX", ",pw", "CP1,pw,1,AC,22000,more", "CP1,,0", "CP0"])
def test_a_bad_line_is_named(line):
    with pytest.raises(ValueError, match="Line 2"):
        read_stations(["CP0", line])


def test_a_tag_too_long_for_ocpp_is_refused():
    with pytest.raises(ValueError, match="longer than 20"):
        read_tags(["0" * 21])
    assert all(len(tag) <= 20 for tag in invented_tags())


# The command


async def test_the_command_connects_and_stops_on_a_signal(central, tmp_path):
    identities = tmp_path / "identities"
    identities.write_text("CP1\nCP2,secret,2,DC,150000\n")
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "manage.py",
        "simulate",
        *("--url", central.url, "--identities", str(identities), "--activity", "idle", "--tags", f"{TAG},04FF"),
        cwd=Path(__file__).parents[2],
        env={**os.environ, "DATABASE_URL": "postgres://nobody@127.0.0.1:1/none", "REDIS_URL": "redis://127.0.0.1:1"},
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(60):
            while not central.statuses(2, "CP2"):  # noqa: ASYNC110
                await asyncio.sleep(0.05)
    finally:
        process.send_signal(signal.SIGTERM)
        _, errors = await process.communicate()
    assert (process.returncode, errors.decode()) == (0, "")


async def test_the_command_names_a_bad_line(tmp_path):
    identities = tmp_path / "identities"
    identities.write_text("CP1\nCP2,secret,none\n")
    command = [sys.executable, "manage.py", "simulate", "--identities", str(identities)]
    process = await asyncio.create_subprocess_exec(
        *command, cwd=Path(__file__).parents[2], stderr=asyncio.subprocess.PIPE
    )
    _, errors = await process.communicate()
    assert process.returncode == 1
    assert b"Line 2: expected identity" in errors
