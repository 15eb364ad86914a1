"""OCPP 1.6 messages of chargers, from the reader to the database and back (docs/ocpp.md names the rows)."""

from datetime import UTC, datetime, timedelta

import orjson
import pytest
from django.db import OperationalError, ProgrammingError, transaction
from django.utils import timezone
from django_scopes import scopes_disabled

from chargeports.models import ChargePort, MeterKey, PortState, SecurityEvent, StatusEvent
from charging.models import ChargingSession, MeterValue
from ocpp_gateway import v16
from ocpp_gateway.choices import Direction
from ocpp_gateway.codec import CallErrorCode
from ocpp_gateway.exchanges import Row
from ocpp_gateway.models import Exchange
from ocpp_gateway.v16 import boot_notification
from stations.choices import LifeCycle
from stations.models import StationReport, StationState
from tests import factories
from tests.gateway.charger import BOOT
from tests.gateway.pipeline_kit import ask, call, handle, peer

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
WH = "Energy.Active.Import.Register"


@pytest.fixture(autouse=True)
def _across(db):
    with scopes_disabled():
        yield


@pytest.fixture
def station():
    return factories.station(ports=2)


@pytest.fixture
def token(station):
    return factories.token(station.organisation, "04A2B3C4")


def text(moment):
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def start(station, at=NOON, **said):
    payload = {"connectorId": 1, "idTag": "04A2B3C4", "meterStart": 1000, "timestamp": text(at)}
    return ask(station, "StartTransaction", payload | said, at)


def stop(station, session_id, at=NOON + timedelta(hours=1), **said):
    payload = {"transactionId": session_id, "meterStop": 8000, "timestamp": text(at)}
    return ask(station, "StopTransaction", payload | said, at)


def test_every_action_of_a_charger_has_a_handler():
    assert set(v16.HANDLERS) == v16.VERSION.reader.version.from_charger


def test_actions_confirmed_anyway_have_a_valid_empty_confirmation():
    for action in v16.VERSION.confirmed_anyway:
        v16.VERSION.reader.version.encode_result("1", action, {})


@pytest.mark.parametrize(
    "life_cycle, status",
    [
        (LifeCycle.IN_OPERATION, "Accepted"),
        (LifeCycle.PLANNED, "Pending"),
        (LifeCycle.OUT_OF_OPERATION, "Pending"),
        (LifeCycle.DECOMMISSIONED, "Rejected"),
    ],
)
def test_B01_B02_B03_the_boot_is_answered_by_the_life_cycle(life_cycle, status):
    answer = ask(factories.station(life_cycle=life_cycle), "BootNotification", BOOT, NOON)
    assert answer.payload["status"] == status
    assert answer.payload["currentTime"] == "2026-06-01T12:00:00Z"
    assert answer.payload["interval"] > 0
    assert answer.boot.accepted == (status == "Accepted")
    assert answer.boot.may_be_called == (status != "Rejected")


def test_B01_what_the_charger_says_of_itself_is_kept(station):
    said = {"chargePointSerialNumber": "SN1", "firmwareVersion": "1.2", "iccid": "8949", "meterType": "M"}
    ask(station, "BootNotification", BOOT | said)
    report = StationReport.objects.get(station=station)
    assert (report.vendor, report.model, report.serial_number) == ("Nordwatt", "N22", "SN1")
    assert (report.firmware_version, report.iccid, report.meter_type) == ("1.2", "8949", "M")


def test_Q28_a_boot_without_what_it_needs_is_answered_all_the_same(station):
    assert ask(station, "BootNotification", {}).payload["status"] == "Accepted"


def test_B07_other_hardware_under_the_same_identity_is_held(station):
    ask(station, "BootNotification", BOOT)
    assert ask(station, "BootNotification", BOOT | {"chargePointVendor": "Other"}).payload["status"] == "Pending"


def test_T41_heartbeat_intervals_differ_between_stations_and_never_fall_short(settings):
    settings.GATEWAY_HEARTBEAT_INTERVAL_S = 300
    intervals = {boot_notification.heartbeat_interval_s(station_id) for station_id in range(1000)}
    assert len(intervals) == 30
    assert min(intervals) == 300
    assert max(intervals) < 330


def test_H01_a_heartbeat_is_answered_with_the_time(station):
    assert ask(station, "Heartbeat", {}, NOON).payload == {"currentTime": "2026-06-01T12:00:00Z"}


def test_A01_the_status_of_a_token_is_answered_exactly(station, token):
    factories.token(station.organisation, "BLOCKED", status="blocked")
    factories.token(station.organisation, "EXPIRED", expires_at=NOON - timedelta(days=1))
    tags = {"04A2B3C4": "Accepted", "BLOCKED": "Blocked", "EXPIRED": "Expired", "unknown": "Invalid"}
    answers = {tag: ask(station, "Authorize", {"idTag": tag}, NOON).payload["idTagInfo"]["status"] for tag in tags}
    assert answers == tags


def test_A05_the_parent_is_told(station):
    factories.token(station.organisation, "MEMBER", group=factories.token_group(station.organisation, "FAMILY"))
    assert ask(station, "Authorize", {"idTag": "MEMBER"}).payload["idTagInfo"]["parentIdTag"] == "FAMILY"


def test_R30_an_expiry_is_written_in_whole_seconds(station):
    factories.token(station.organisation, "SOON", expires_at=datetime(2099, 1, 2, 3, 4, 5, 678901, tzinfo=UTC))
    assert ask(station, "Authorize", {"idTag": "SOON"}).payload["idTagInfo"]["expiryDate"] == "2099-01-02T03:04:05Z"


def test_X01_a_session_from_start_to_stop(station, token):
    started = start(station)
    assert started.payload["idTagInfo"] == {"status": "Accepted"}
    session_id = started.payload["transactionId"]
    stopped = stop(station, session_id, idTag="04A2B3C4", reason="EVDisconnected")
    assert stopped.payload == {"idTagInfo": {"status": "Accepted"}}
    session = ChargingSession.objects.get(pk=session_id)
    assert (session.energy_wh, session.stop_reason) == (7000, "EVDisconnected")
    assert (session.started_at, session.ended_at) == (NOON, NOON + timedelta(hours=1))


def test_X02_a_refused_token_still_gets_a_transaction(station):
    answer = start(station, idTag="nobody")
    assert answer.payload["idTagInfo"]["status"] == "Invalid"
    assert ChargingSession.objects.get().pk == answer.payload["transactionId"] > 0


def test_X03_a_start_that_comes_again_gets_the_same_transaction(station, token):
    assert start(station).payload["transactionId"] == start(station).payload["transactionId"]
    assert ChargingSession.objects.count() == 1


def test_X05_a_whole_session_in_one_batch_is_handled_in_its_order(station, token):
    later = text(NOON + timedelta(minutes=1))
    values = {"connectorId": 1, "meterValue": [{"timestamp": later, "sampledValue": [{"value": "2000"}]}]}
    begun = {"connectorId": 1, "idTag": "04A2B3C4", "meterStart": 1000, "timestamp": text(NOON)}
    calls = [
        call(station, "StartTransaction", begun, NOON),
        call(station, "MeterValues", values, NOON + timedelta(minutes=1)),
        call(station, "Heartbeat", {}, NOON + timedelta(minutes=2)),
    ]
    answers = handle(calls)
    session = ChargingSession.objects.get()
    assert answers[0].payload["transactionId"] == session.pk
    assert MeterValue.objects.get().session_id == session.pk
    assert [row.action for row in Exchange.objects.order_by("id")] == ["StartTransaction", "MeterValues", "Heartbeat"]


def test_X10_a_stop_of_a_transaction_that_nobody_knows_is_confirmed(station):
    assert stop(station, 4711).payload == {}


@pytest.mark.parametrize("transaction_id", [-1, 0, 2**31 - 1])
def test_X08_X09_impossible_transaction_ids_are_confirmed(station, transaction_id):
    assert stop(station, transaction_id).error is None
    values = {"connectorId": 1, "transactionId": transaction_id, "meterValue": []}
    assert ask(station, "MeterValues", values).payload == {}


def test_X14_a_stop_without_a_tag_is_answered_without_id_tag_info(station, token):
    assert stop(station, start(station).payload["transactionId"]).payload == {}


def test_X16_a_stop_without_a_reason_was_local(station, token):
    stop(station, start(station).payload["transactionId"])
    assert ChargingSession.objects.get().stop_reason == "Local"


def test_X20_Q34_a_clock_at_its_factory_date_is_marked(station, token):
    answer = ask(
        station,
        "StartTransaction",
        {"connectorId": 1, "idTag": "04A2B3C4", "meterStart": 0, "timestamp": "1970-01-01T00:00:07Z"},
        NOON,
    )
    session = ChargingSession.objects.get(pk=answer.payload["transactionId"])
    assert "clock" in session.flags
    assert session.start_received_at == NOON


def test_X21_Q37_a_time_without_a_zone_is_the_stations_own(token, station):
    ask(
        station,
        "StartTransaction",
        {"connectorId": 1, "idTag": "04A2B3C4", "meterStart": 0, "timestamp": "2026-06-01T14:00:00"},
        NOON,
    )
    assert ChargingSession.objects.get().started_at == NOON  # Berlin, in summer


def test_X20_Q35_Q36_local_time_marked_as_utc_is_flagged_and_the_arrival_counts(station, token):
    start(station, NOON, timestamp=text(NOON + timedelta(hours=2)))
    session = ChargingSession.objects.get()
    assert "clock" in session.flags
    assert (session.started_at, session.began_at) == (NOON + timedelta(hours=2), NOON)


def test_X04_a_start_that_was_queued_offline_keeps_its_time(station, token):
    ask(
        station,
        "StartTransaction",
        {"connectorId": 1, "idTag": "04A2B3C4", "meterStart": 0, "timestamp": text(NOON - timedelta(hours=5))},
        NOON,
    )
    session = ChargingSession.objects.get()
    assert (session.started_at, session.start_received_at) == (NOON - timedelta(hours=5), NOON)
    assert "offline" in session.flags


def test_X24_without_a_database_no_id_is_invented(station, token, monkeypatch):
    def away(calls):
        raise OperationalError("the connection is lost")

    monkeypatch.setitem(v16.HANDLERS, "StartTransaction", away)
    with pytest.raises(OperationalError):
        start(station)
    assert not Exchange.objects.exists()


def test_M01_the_defaults_of_a_sampled_value(station):
    values = [{"timestamp": text(NOON), "sampledValue": [{"value": "1500"}]}]
    ask(station, "MeterValues", {"connectorId": 1, "meterValue": values}, NOON)
    row = MeterValue.objects.get()
    assert (row.energy_wh, row.context, row.port_number) == (1500, "Sample.Periodic", 1)
    assert row.sampled_at == NOON


def test_M05_empty_samples_are_left_out_and_confirmed(station):
    values = [{"timestamp": text(NOON), "sampledValue": [{"value": ""}]}, {"timestamp": text(NOON), "sampledValue": []}]
    assert ask(station, "MeterValues", {"connectorId": 1, "meterValue": values}).payload == {}


def test_M14_signed_data_is_kept_byte_for_byte(station):
    signed = 'OCMF|{"FV":"1.0","RD":[{"RV":12.50}]}|{"SD":"30"}'
    sample = {"value": signed, "format": "SignedData", "context": "Transaction.End"}
    ask(station, "MeterValues", {"connectorId": 1, "meterValue": [{"timestamp": text(NOON), "sampledValue": [sample]}]})
    row = MeterValue.objects.get()
    assert row.energy_wh is None
    assert signed in [entry for sample in row.samples for entry in sample.values()]


def test_S01_connector_0_and_the_others_are_stored(station):
    for number in (0, 1, 2):
        ask(station, "StatusNotification", {"connectorId": number, "errorCode": "NoError", "status": "Available"})
    assert StationState.objects.get(station=station).own_status == "Available"
    assert set(PortState.objects.values_list("status", flat=True)) == {"Available"}


def test_S04_without_a_time_the_arrival_stands_in(station):
    ask(station, "StatusNotification", {"connectorId": 1, "errorCode": "NoError", "status": "Charging"}, NOON)
    event = StatusEvent.objects.get()
    assert (event.at, event.at_is_derived) == (NOON, True)


def test_S07_a_fault_is_kept_with_all_it_says(station):
    said = {"errorCode": "GroundFailure", "vendorErrorCode": "E42", "vendorId": "com.x", "info": "earth"}
    ask(station, "StatusNotification", {"connectorId": 1, "status": "Faulted", **said})
    state = PortState.objects.get(port__number=1)
    assert (state.error_code, state.vendor_error_code, state.vendor_id, state.info) == (
        "GroundFailure", "E42", "com.x", "earth",
    )  # fmt: skip


def test_R09_an_unknown_error_code_is_taken_as_another_error(station):
    ask(station, "StatusNotification", {"connectorId": 1, "errorCode": "Error", "status": "Faulted"})
    state = PortState.objects.get(port__number=1)
    assert (state.error_code, state.vendor_error_code) == ("OtherError", "Error")
    assert Exchange.objects.get().mended == ["enum:errorCode=Error"]


def test_S13_the_first_status_of_many_stations_in_one_batch():
    stations = [factories.station(ports=0) for _ in range(50)]
    said = {"errorCode": "NoError", "status": "Available"}
    answers = handle([call(one, "StatusNotification", {"connectorId": 1, **said}) for one in stations])
    assert [answer.payload for answer in answers] == [{}] * 50
    assert ChargePort.objects.count() == 50


@pytest.mark.parametrize(
    "action, field",
    [("FirmwareStatusNotification", "firmware_status"), ("DiagnosticsStatusNotification", "diagnostics_status")],
)
def test_F03_F04_the_status_of_transfers_is_kept(station, action, field):
    for status in ("Idle", "Idle", "Uploaded" if "Diag" in action else "Installed"):
        assert ask(station, action, {"status": status}).payload == {}
    assert getattr(StationState.objects.get(), field) in ("Uploaded", "Installed")


@pytest.mark.parametrize(
    "said, answer",
    [
        ({"vendorId": "com.x"}, "UnknownVendorId"),
        ({"vendorId": "EV-BOX", "messageId": "evbConnectionInfo"}, "UnknownMessageId"),
        ({"vendorId": "EV-BOX", "messageId": "evbStatusNotification", "data": '{"connectorId":1}'}, "Rejected"),
        ({"vendorId": "EV-BOX", "messageId": "evbStatusNotification", "data": "1,Busy,,"}, "Rejected"),
        ({"vendorId": "EV-BOX", "messageId": "evbStatusNotification"}, "Rejected"),
    ],
)
def test_C19_a_vendors_own_message_is_not_understood_but_kept(station, said, answer):
    assert ask(station, "DataTransfer", said).payload == {"status": answer}
    assert orjson.loads(Exchange.objects.get().request)[3] == said
    assert not StatusEvent.objects.exists()


def test_C19_the_public_keys_of_meters_in_a_vendors_message_are_kept(station):
    meters = [{"connectorId": 1, "meterSerial": "M1", "type": "x", "publicKey": "3059 " * 30}, {"connectorId": "x"}, 7]
    said = {"vendorId": "generalConfiguration", "messageId": "setMeterConfiguration"}
    for _ in range(2):
        accepted = ask(station, "DataTransfer", said | {"data": orjson.dumps({"meters": meters}).decode()})
        assert accepted.payload == {"status": "Accepted"}
    key = MeterKey.objects.get()
    assert (key.port.number, key.source, key.public_key) == (1, "vendor_message", "3059" * 30)
    for data in ("", "nonsense", "[]", '{"meters": 7}'):
        assert ask(station, "DataTransfer", said | {"data": data}).payload == {"status": "Rejected"}
    assert ask(station, "DataTransfer", said | {"messageId": "x"}).payload == {"status": "UnknownMessageId"}


@pytest.mark.parametrize(
    "data", ["1,Charging,NoError,,1,Blue,1,{32,4800,26}", '{"connectorId":1,"status":"Charging","timestamp":"now"}']
)
def test_Q104_the_status_in_an_evbox_message_is_the_ports_unless_it_was_told_already(station, data):
    said = {"vendorId": "EV-BOX", "messageId": "evbStatusNotification", "data": data}
    for _ in range(2):
        assert ask(station, "DataTransfer", said).payload == {"status": "Accepted"}
    event = StatusEvent.objects.get()
    assert (event.port_number, event.status, event.error_code, event.at_is_derived) == (1, "Charging", "NoError", True)


def test_Z01_a_security_event_is_always_confirmed_and_kept(station):
    long_ago = "2019-01-01T00:00:00Z"
    for kind, at in (("Whatever", text(NOON)), ("TamperDetectionActivated", long_ago)):
        said = {"type": kind, "timestamp": at, "techInfo": "Door \0 open"}
        assert ask(station, "SecurityEventNotification", said).payload == {}
    own, critical = SecurityEvent.objects.order_by("received_at")
    assert (own.type, own.is_critical, own.meaning) == ("Whatever", False, "")
    assert (critical.type, critical.is_critical, critical.at.year) == ("TamperDetectionActivated", True, 2019)
    with pytest.raises(ProgrammingError, match="append-only"), transaction.atomic():
        SecurityEvent.objects.update(type="Nothing")


def test_Z02_nothing_unreadable_is_signed(station):
    assert ask(station, "SignCertificate", {"csr": "-----BEGIN"}).payload == {"status": "Rejected"}


def test_the_exchange_is_logged_with_its_answer(station, token):
    session_id = start(station).payload["transactionId"]
    row = Exchange.objects.get()
    assert (row.direction, row.action, row.port_number, row.session_id) == (
        Direction.IN,
        "StartTransaction",
        1,
        session_id,
    )
    assert orjson.loads(row.request)[3]["idTag"] == "04A2B3C4"
    assert orjson.loads(row.response)[2]["transactionId"] == session_id
    assert (row.organisation_id, row.station_id, row.connection_id) == (station.organisation_id, station.pk, 1)


def test_a_batch_of_200_needs_as_few_queries_as_one(django_assert_max_num_queries):
    def heartbeats(number):
        return [call(factories.station(ports=0), "Heartbeat", {}) for _ in range(number)]

    one, many = heartbeats(1), heartbeats(200)
    with django_assert_max_num_queries(3):
        handle(one)
    with django_assert_max_num_queries(3):
        handle(many)


def broken(calls):
    raise ValueError("a mistake of ours, with a secret in it")


@pytest.mark.parametrize(
    "action, payload, expected",
    [
        ("MeterValues", {"connectorId": 1, "meterValue": []}, None),
        ("StopTransaction", {"transactionId": 1, "meterStop": 1}, None),
        ("StartTransaction", {"connectorId": 1, "idTag": "x"}, CallErrorCode.INTERNAL_ERROR),
        ("Authorize", {"idTag": "x"}, CallErrorCode.INTERNAL_ERROR),
    ],
)
def test_R27_a_call_that_cannot_be_handled_is_kept_raw_and_answered(station, monkeypatch, action, payload, expected):
    monkeypatch.setitem(v16.HANDLERS, action, broken)
    answer = ask(station, action, payload)
    row = Exchange.objects.get()
    assert answer.error == expected
    assert (row.action, row.error_code) == (action, "InternalError")
    assert "secret" not in row.response
    assert orjson.loads(row.request)[2] == action


def test_R27_a_bad_call_fails_its_batch_so_that_each_is_handled_alone(station, monkeypatch):
    monkeypatch.setitem(v16.HANDLERS, "MeterValues", broken)
    other = factories.station()
    calls = [call(station, "Heartbeat", {}), call(other, "MeterValues", {"connectorId": 1, "meterValue": []})]
    with pytest.raises(ValueError, match="mistake"):
        handle(calls)
    assert not Exchange.objects.exists()


def test_a_row_of_the_log_needs_no_handling(station):
    row = Row(peer(station), timezone.now(), Direction.INVALID, "rubbish", mended=("not-json",))
    handle([row])
    assert (Exchange.objects.get().direction, Exchange.objects.get().mended) == (Direction.INVALID, ["not-json"])


def test_R29_Q58_answers_hold_three_elements_and_only_ascii(station):
    factories.token(station.organisation, "MEMBER", group=factories.token_group(station.organisation, "FAMILIÄ"))
    ask(station, "Authorize", {"idTag": "MEMBER"})
    response = Exchange.objects.get().response
    assert response.isascii()
    assert len(orjson.loads(response)) == 3
