"""The portal's commands over a real connection (C01-C19), and what becomes of them when the charger is odd."""

from contextlib import ExitStack
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.utils import timezone
from django_scopes import scopes_disabled
from websockets.exceptions import InvalidStatus

from chargeports.capabilities import doubts
from chargeports.choices import CommandKind, CommandState
from chargeports.models import Command, ConfigurationValue, PortState, Reservation
from chargeports.services import ReservationWish, request_command, reserve
from charging.models import ChargingSession
from common.actor import SYSTEM
from ocpp_gateway import commands, credentials, first_contact, node
from ocpp_gateway.choices import Direction
from ocpp_gateway.models import Exchange, ModelHabit, StationCredential
from ocpp_gateway.v16.commands import STANDARD_KEYS
from stations.choices import BootStatus, LifeCycle, SecurityProfile
from stations.models import StationReport, StationState
from tests import factories
from tests.gateway.charger import BOOT, Charger, basic, eventually

STATUS = {"connectorId": 1, "errorCode": "NoError", "status": "Available"}


@pytest.fixture
def station(server):
    with scopes_disabled():
        made = factories.station(online=False)
        StationState.objects.update(configuration_read_at=timezone.now())
        return made


@pytest.fixture
def charger(server, station):
    with Charger(f"{server.ocpp_url}/{station.identity}") as connected:
        connected.boot()
        yield connected


def ask(station, kind, parameters, port_number=None, **more):
    with scopes_disabled():
        return request_command(SYSTEM, station, kind, parameters, port_number, **more)


def ended(command):
    """The command once it is no longer under way."""
    still = (CommandState.QUEUED, CommandState.SENT)
    return eventually(lambda: Command.objects.filter(pk=command.pk).exclude(state__in=still).first())


def running_session(station):
    with scopes_disabled():
        return ChargingSession.objects.create(
            organisation=station.organisation, station=station, port_number=1, started_at=timezone.now()
        )


def test_C09_Q73_a_remote_start_names_the_connector(charger, station):
    command = ask(station, CommandKind.START_CHARGING, {"id_tag": "TAG"}, 1)
    assert charger.asked("RemoteStartTransaction", {"status": "Accepted"}) == {"idTag": "TAG", "connectorId": 1}
    done = ended(command)
    assert (done.state, done.outcome, done.answer) == (CommandState.ACCEPTED, "Accepted", {"status": "Accepted"})


def test_C12_Q74_the_charger_may_ask_for_the_tag_of_our_start_and_then_do_nothing(charger, station):
    with scopes_disabled():
        factories.token(station.organisation, "TAG")
    command = ask(station, CommandKind.START_CHARGING, {"id_tag": "TAG"}, 1)
    asked = charger.receive()
    assert charger.call("Authorize", {"idTag": "TAG"})[2]["idTagInfo"]["status"] == "Accepted"
    charger.send([3, asked[1], {"status": "Accepted"}])
    assert charger.call("Authorize", {"idTag": "OTHER"})[2]["idTagInfo"]["status"] == "Invalid"
    assert ended(command).state == CommandState.ACCEPTED
    with scopes_disabled():
        assert not ChargingSession.objects.exists()


def test_C11_a_start_with_a_limit_carries_a_profile_without_a_transaction(charger, station):
    ask(station, CommandKind.START_CHARGING, {"id_tag": "TAG", "limit_a": 16}, 1)
    profile = charger.asked("RemoteStartTransaction", {"status": "Accepted"})["chargingProfile"]
    assert (profile["chargingProfilePurpose"], profile["stackLevel"]) == ("TxProfile", 1)
    assert "transactionId" not in profile
    assert profile["chargingSchedule"]["chargingSchedulePeriod"] == [{"startPeriod": 0, "limit": 16.0}]


@pytest.mark.parametrize(
    "key, value, expected",
    [
        ("ChargeProfileMaxStackLevel", "8", (1, "A", 16.0)),
        ("ChargeProfileMaxStackLevel", "0", (0, "A", 16.0)),
        ("ChargingScheduleAllowedChargingRateUnit", "Current,Power", (1, "A", 16.0)),
        ("ChargingScheduleAllowedChargingRateUnit", None, (1, "A", 16.0)),
        ("ChargingScheduleAllowedChargingRateUnit", "Power", (1, "W", 11040.0)),
    ],
    ids=["Q48", "Q49", "P04", "Q45", "Q94"],
)
def test_P04_Q45_Q48_Q49_Q54_Q94_a_limit_is_said_as_the_charger_understands_it(charger, station, key, value, expected):
    with scopes_disabled():
        factories.setting(station, key, value)
    ask(station, CommandKind.START_CHARGING, {"id_tag": "TAG", "limit_a": 16}, 1)
    profile = charger.asked("RemoteStartTransaction", {"status": "Accepted"})["chargingProfile"]
    level, schedule = profile.pop("stackLevel"), profile.pop("chargingSchedule")
    assert (level, schedule["chargingRateUnit"], schedule["chargingSchedulePeriod"][0]["limit"]) == expected
    assert set(profile) == {"chargingProfileId", "chargingProfilePurpose", "chargingProfileKind"}  # Q54
    assert set(schedule) == {"chargingRateUnit", "chargingSchedulePeriod"}


def test_chargers_are_answered_however_many_commands_are_being_carried_out(server):
    with scopes_disabled():
        waiting = [factories.station(online=False) for _ in range(node.THREADS + 1)]
    for station in waiting:
        ask(station, CommandKind.CLEAR_CACHE, {}, wait_for_station=True)
    with ExitStack() as stack, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("LOCK TABLE chargeports_command IN EXCLUSIVE MODE")
        chargers = [stack.enter_context(Charger(f"{server.ocpp_url}/{station.identity}")) for station in waiting]
        eventually(lambda: kept_waiting(cursor) >= node.ERRAND_THREADS)
        assert [charger.call("Heartbeat")[0] for charger in chargers] == [3] * len(chargers)


def kept_waiting(cursor):
    cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'chargeports_command'::regclass")
    return cursor.fetchone()[0]


def test_C10_a_rejected_start_is_shown_in_the_chargers_own_word(charger, station):
    command = ask(station, CommandKind.START_CHARGING, {"id_tag": "TAG"}, 1)
    charger.asked("RemoteStartTransaction", {"status": "Rejected"})
    assert (ended(command).state, ended(command).outcome) == (CommandState.REJECTED, "Rejected")


def test_a_stop_names_the_transaction(charger, station):
    session = running_session(station)
    command = ask(station, CommandKind.STOP_CHARGING, {"session_id": session.pk}, 1)
    assert charger.asked("RemoteStopTransaction", {"status": "Accepted"}) == {"transactionId": session.pk}
    assert ended(command).state == CommandState.ACCEPTED


@pytest.mark.parametrize(
    "kind, parameters, port, action, payload, answer, state",
    [
        ("unlock", {}, 1, "UnlockConnector", {"connectorId": 1}, "Unlocked", "accepted"),
        ("unlock", {}, 1, "UnlockConnector", {"connectorId": 1}, "UnlockFailed", "failed"),
        ("unlock", {}, 1, "UnlockConnector", {"connectorId": 1}, "NotSupported", "rejected"),
        ("reset", {"type": "hard"}, None, "Reset", {"type": "Hard"}, "Accepted", "accepted"),
        (
            "change_availability", {"operative": False}, None,
            "ChangeAvailability", {"connectorId": 0, "type": "Inoperative"}, "Scheduled", "accepted",
        ),
        (
            "change_availability", {"operative": True}, 1,
            "ChangeAvailability", {"connectorId": 1, "type": "Operative"}, "Rejected", "rejected",
        ),
        ("clear_cache", {}, None, "ClearCache", {}, "Rejected", "rejected"),
        (
            "trigger_message", {"message": "meter_values"}, 1,
            "TriggerMessage", {"requestedMessage": "MeterValues", "connectorId": 1}, "NotImplemented", "rejected",
        ),
        (
            "data_transfer", {"vendor_id": "com.x", "data": "hi"}, None,
            "DataTransfer", {"vendorId": "com.x", "data": "hi"}, "UnknownVendorId", "rejected",
        ),
    ],
)  # fmt: skip
def test_C14_C15_C16_C17_each_answer_is_distinct(
    charger, station, kind, parameters, port, action, payload, answer, state
):
    command = ask(station, CommandKind(kind), parameters, port)
    assert charger.asked(action, {"status": answer}) == payload
    assert (ended(command).state, ended(command).outcome) == (state, answer)


@pytest.mark.parametrize(
    "version, state, outcome",
    [(-1, CommandState.REJECTED, "Local list not supported"), (0, CommandState.ACCEPTED, "0"), (7, "accepted", "7")],
)
def test_L01_the_version_of_the_local_list_is_told_or_that_there_is_none(charger, station, version, state, outcome):
    command = ask(station, CommandKind.GET_LOCAL_LIST_VERSION, {})
    assert charger.asked("GetLocalListVersion", {"listVersion": version}) == {}
    assert (ended(command).state, ended(command).outcome) == (state, outcome)


@pytest.mark.parametrize(
    "answer, state", [("Accepted", "accepted"), ("Rejected", "rejected"), ("NotImplemented", "rejected")]
)
def test_Z10_the_extended_trigger_asks_for_a_request_for_a_certificate(charger, station, answer, state):
    command = ask(station, CommandKind.EXTENDED_TRIGGER, {"message": "sign_certificate"})
    said = charger.asked("ExtendedTriggerMessage", {"status": answer})
    assert said == {"requestedMessage": "SignChargePointCertificate"}
    assert (ended(command).state, ended(command).outcome) == (state, answer)


def test_C15_a_scheduled_change_is_done_when_the_port_says_so(charger, station):
    command = ask(station, CommandKind.CHANGE_AVAILABILITY, {"operative": False}, 1)
    charger.asked("ChangeAvailability", {"status": "Scheduled"})
    assert (ended(command).state, ended(command).outcome) == (CommandState.ACCEPTED, "Scheduled")
    for status, is_carried_out in (("Charging", False), ("Faulted", False), ("Unavailable", True)):
        charger.call("StatusNotification", STATUS | {"status": status})
        with scopes_disabled():
            assert PortState.objects.get().status == status
            assert bool(Command.objects.get(pk=command.pk).carried_out_at) is is_carried_out


def test_C15_a_change_of_the_whole_station_is_carried_out_when_all_its_ports_say_so(charger, station):
    command = ask(station, CommandKind.CHANGE_AVAILABILITY, {"operative": False})
    charger.asked("ChangeAvailability", {"status": "Scheduled"})
    assert ended(command).carried_out_at is None
    charger.call("StatusNotification", STATUS | {"connectorId": 2, "status": "Charging"})
    for connector, is_carried_out in ((1, False), (2, True)):
        charger.call("StatusNotification", STATUS | {"connectorId": connector, "status": "Unavailable"})
        with scopes_disabled():
            assert bool(Command.objects.get(pk=command.pk).carried_out_at) is is_carried_out


def test_C15_a_newer_change_replaces_the_one_that_waits(charger, station):
    first = ask(station, CommandKind.CHANGE_AVAILABILITY, {"operative": False}, 1)
    charger.asked("ChangeAvailability", {"status": "Scheduled"})
    second = ask(station, CommandKind.CHANGE_AVAILABILITY, {"operative": False}, 1)
    charger.asked("ChangeAvailability", {"status": "Scheduled"})
    ended(second)
    charger.call("StatusNotification", STATUS | {"status": "Unavailable"})
    with scopes_disabled():
        assert Command.objects.get(pk=second.pk).carried_out_at
        assert Command.objects.get(pk=first.pk).carried_out_at is None


def test_C16_the_message_we_asked_for_may_come_before_the_answer(charger, station):
    command = ask(station, CommandKind.TRIGGER_MESSAGE, {"message": "status"}, 1)
    asked = charger.receive()
    assert charger.call("StatusNotification", STATUS)[2] == {}
    charger.send([3, asked[1], {"status": "Accepted"}])
    assert ended(command).state == CommandState.ACCEPTED


def test_Q61_nothing_is_asked_while_a_charger_works_off_what_it_kept(charger, station, monkeypatch):
    monkeypatch.setattr(commands, "BACKLOG_PAUSE_S", 3600)
    values = [{"timestamp": "2026-06-01T12:00:00Z", "sampledValue": [{"value": "5"}]}]
    charger.call("MeterValues", {"connectorId": 1, "meterValue": values})
    command = ask(station, CommandKind.CLEAR_CACHE, {}, wait_for_station=True)
    for _ in range(50):
        assert charger.call("MeterValues", {"connectorId": 1, "meterValue": values})[2] == {}
    assert not charger._calls
    with scopes_disabled():
        assert Command.objects.get(pk=command.pk).state == CommandState.QUEUED
    monkeypatch.setattr(commands, "BACKLOG_PAUSE_S", 0.1)
    stop = {"transactionId": 77, "meterStop": 5, "timestamp": "2026-06-01T13:00:00Z"}
    assert charger.call("StopTransaction", stop)[0] == 3
    charger.asked("ClearCache", {"status": "Accepted"})
    assert ended(command).state == CommandState.ACCEPTED


def test_Q61_live_values_and_a_slow_clock_hold_nothing_back(charger, station, monkeypatch):
    monkeypatch.setattr(commands, "BACKLOG_PAUSE_S", 3600)
    now = f"{timezone.now():%Y-%m-%dT%H:%M:%SZ}"
    live = {"connectorId": 1, "meterValue": [{"timestamp": now, "sampledValue": [{"value": "5"}]}]}
    charger.call("MeterValues", live)
    monkeypatch.setattr(commands, "BACKLOG_LONGEST_S", 0)
    start = {"connectorId": 1, "idTag": "TAG", "meterStart": 1, "timestamp": "2026-06-01T12:00:00Z"}
    charger.call("StartTransaction", start)
    ask(station, CommandKind.CLEAR_CACHE, {}, wait_for_station=True)
    charger.asked("ClearCache", {"status": "Accepted"})


def test_C18_an_error_fails_the_command_in_its_own_words(charger, station):
    command = ask(station, CommandKind.CLEAR_CACHE, {}, wait_for_station=True)
    charger.asked("ClearCache", ["NotSupported", "no cache here", {}])
    assert (ended(command).state, ended(command).outcome) == (CommandState.FAILED, "NotSupported: no cache here")
    row = eventually(lambda: Exchange.objects.filter(direction=Direction.OUT).first())
    assert (row.command_id, row.action, row.error_code) == (command.pk, "ClearCache", "NotSupported")


@pytest.mark.parametrize(
    "code, is_remembered", [("NotSupported", True), ("NotImplemented", True), ("GenericError", False)]
)
def test_C18_what_a_charger_does_not_know_is_doubted_for_its_like_until_one_does_it(
    charger, station, code, is_remembered
):
    ask(station, CommandKind.CLEAR_CACHE, {}, wait_for_station=True)
    charger.asked("ClearCache", [code, "", {}])
    with scopes_disabled():
        like, other = (factories.station(station.organisation) for _ in range(2))
        StationReport.objects.create(station=like, reported_at=timezone.now(), vendor="Nordwatt", model="N22")
        StationReport.objects.create(station=other, reported_at=timezone.now(), vendor="Nordwatt", model="N11")
    ask(station, CommandKind.CLEAR_CACHE, {}, wait_for_station=True)
    asked = charger.receive()
    with scopes_disabled():
        assert list(doubts(like)) == ([CommandKind.CLEAR_CACHE] if is_remembered else [])
        assert not doubts(other)
    charger.send([3, asked[1], {"status": "Accepted"}])
    eventually(lambda: not doubts(like))


def test_R20_a_malformed_answer_ends_the_command_and_is_kept(charger, station):
    command = ask(station, CommandKind.CLEAR_CACHE, {}, wait_for_station=True)
    charger.asked("ClearCache", {"stat": "Accepted"})
    done = ended(command)
    assert (done.state, done.outcome, done.answer["malformed"]) == ("failed", "Malformed answer", {"stat": "Accepted"})


def test_R20_the_word_of_a_malformed_answer_stands_in_the_outcome(charger, station):
    command = ask(station, CommandKind.CLEAR_CACHE, {}, wait_for_station=True)
    charger.send([3, charger.receive()[1], "Accepted"])
    done = ended(command)
    assert (done.state, done.outcome) == (CommandState.FAILED, "Malformed answer: Accepted")


def test_R22_the_charger_is_answered_while_our_own_call_waits(charger, station):
    command = ask(station, CommandKind.CLEAR_CACHE, {}, wait_for_station=True)
    asked = charger.receive()
    assert charger.call("Heartbeat")[0] == 3
    charger.send([3, asked[1], {"status": "Accepted"}])
    assert ended(command).state == CommandState.ACCEPTED


def test_R23_commands_go_one_at_a_time_in_their_order(charger, station):
    first = ask(station, CommandKind.RESET, {"type": "soft"})
    second = ask(station, CommandKind.CLEAR_CACHE, {}, wait_for_station=True)
    asked = charger.receive()
    assert asked[2] == "Reset"
    assert charger.call("Heartbeat")[0] == 3
    assert not charger._calls
    charger.send([3, asked[1], {"status": "Accepted"}])
    charger.asked("ClearCache", {"status": "Accepted"})
    assert ended(first).state == ended(second).state == CommandState.ACCEPTED


def test_R25_R19_Q100_without_an_answer_it_times_out_and_a_late_answer_stays_its_own(charger, station, settings):
    assert settings.GATEWAY_CALL_TIMEOUT_S >= 60
    settings.GATEWAY_CALL_TIMEOUT_S = 0.5
    first = ask(station, CommandKind.CLEAR_CACHE, {}, wait_for_station=True)
    asked = charger.receive()
    assert ended(first).state == CommandState.TIMED_OUT
    settings.GATEWAY_CALL_TIMEOUT_S = 60
    second = ask(station, CommandKind.RESET, {"type": "soft"})
    reset = charger.receive()
    charger.send([3, asked[1], {"status": "Rejected"}])
    late = eventually(lambda: Command.objects.filter(pk=first.pk, answer__late__outcome="Rejected").first())
    assert late.state == CommandState.TIMED_OUT
    charger.send([3, reset[1], {"status": "Accepted"}])
    assert ended(second).outcome == "Accepted"
    assert eventually(lambda: Exchange.objects.filter(mended__contains=["late-answer"]).first()).command_id == first.pk


def test_C08_a_reset_may_cut_the_connection_before_its_answer(charger, station):
    command = ask(station, CommandKind.RESET, {"type": "hard"})
    charger.receive()
    charger.socket.close()
    assert (ended(command).state, ended(command).outcome) == (CommandState.ACCEPTED, "Connection closed")


def test_T30_a_replaced_connection_fails_what_waited_on_it(server, charger, station):
    command = ask(station, CommandKind.CLEAR_CACHE, {}, wait_for_station=True)
    charger.receive()
    with Charger(f"{server.ocpp_url}/{station.identity}") as newer:
        newer.call("Heartbeat")
        done = ended(command)
    assert (done.state, done.outcome) == (CommandState.TIMED_OUT, "Connection lost before the answer")


def test_C01_a_command_that_waits_is_sent_when_the_station_is_back(server, station):
    command = ask(station, CommandKind.CLEAR_CACHE, {}, wait_for_station=True)
    with Charger(f"{server.ocpp_url}/{station.identity}") as charger:
        charger.boot()
        charger.asked("ClearCache", {"status": "Accepted"})
        assert ended(command).state == CommandState.ACCEPTED


def test_C01_an_expired_command_is_never_delivered(server, station):
    command = ask(station, CommandKind.RESET, {"type": "soft"}, wait_for_station=True)
    with scopes_disabled():
        Command.objects.filter(pk=command.pk).update(expires_at=timezone.now() - timedelta(seconds=1))
    later = ask(station, CommandKind.CLEAR_CACHE, {}, wait_for_station=True)
    with Charger(f"{server.ocpp_url}/{station.identity}") as charger:
        charger.boot()
        charger.asked("ClearCache", {"status": "Accepted"})
        assert ended(later)
    with scopes_disabled():
        assert Command.objects.get(pk=command.pk).message_id == ""


def test_T42_a_charger_that_does_not_boot_is_asked_after_the_backstop(server, station):
    ask(station, CommandKind.CLEAR_CACHE, {}, wait_for_station=True)
    with Charger(f"{server.ocpp_url}/{station.identity}") as charger:
        charger.asked("ClearCache", {"status": "Accepted"})


def test_B09_Q25_nothing_is_asked_before_the_boots_answer_and_its_grace(server, station, settings):
    settings.GATEWAY_BOOT_BACKSTOP_S = settings.GATEWAY_BOOT_GRACE_S = 3600
    command = ask(station, CommandKind.CLEAR_CACHE, {}, wait_for_station=True)
    with Charger(f"{server.ocpp_url}/{station.identity}") as charger:
        charger.boot()
        for _ in range(3):
            charger.call("Heartbeat")
        assert not charger._calls
    with scopes_disabled():
        assert Command.objects.get(pk=command.pk).state == CommandState.QUEUED


def test_B02_a_pending_charger_may_be_asked_for_its_configuration_and_for_messages(server, station):
    station.life_cycle = LifeCycle.PLANNED
    station.save()
    StationState.objects.update(boot_status=BootStatus.NEVER)
    with Charger(f"{server.ocpp_url}/{station.identity}") as charger:
        assert charger.boot()["status"] == "Pending"
        ask(station, CommandKind.TRIGGER_MESSAGE, {"message": "status"})
        charger.asked("TriggerMessage", {"status": "Accepted"})
        assert charger.call("StatusNotification", STATUS)[2] == {}
        assert charger.call("Heartbeat")[2] == "SecurityError"


def test_C03_every_shape_of_a_configuration_is_taken(charger, station):
    for answer in ({}, {"configurationKey": []}, {"unknownKey": ["X"]}):
        command = ask(station, CommandKind.READ_CONFIGURATION, {"keys": []})
        charger.asked("GetConfiguration", answer)
        assert ended(command).state == CommandState.ACCEPTED


def test_C02_configuration_is_kept_and_secrets_are_not(charger, station):
    keys = [
        {"key": "HeartbeatInterval", "value": "300", "readonly": False},
        {"key": "AuthorizationKey", "value": "tellnobody", "readonly": False},
    ]
    command = ask(station, CommandKind.READ_CONFIGURATION, {"keys": []})
    assert charger.asked("GetConfiguration", {"configurationKey": keys}) == {}
    ended(command)
    with scopes_disabled():
        assert dict(ConfigurationValue.objects.values_list("key", "value")) == {
            "AuthorizationKey": None,
            "HeartbeatInterval": "300",
        }
    everything = f"{list(Exchange.objects.values())} {ended(command).answer}"
    assert "HeartbeatInterval" in everything
    assert "tellnobody" not in everything


def answer_named_keys(charger):
    """Be asked for all the standard keys, a few at a time, and know none of them."""
    asked = []
    while len(asked) < len(STANDARD_KEYS):
        keys = charger.asked("GetConfiguration", {"configurationKey": [], "unknownKey": []})["key"]
        assert 0 < len(keys) <= 4
        asked += keys
    assert asked == list(STANDARD_KEYS)


def test_C02_Q41_who_is_silent_about_all_keys_is_asked_for_a_few_and_so_is_the_next_of_its_model(
    server, charger, station, settings
):
    settings.GATEWAY_CALL_TIMEOUT_S = 1
    first = ask(station, CommandKind.READ_CONFIGURATION, {"keys": []})
    assert charger.receive()[3] == {}
    settings.GATEWAY_CALL_TIMEOUT_S = 60
    answer_named_keys(charger)
    assert ended(first).state == CommandState.ACCEPTED
    assert eventually(lambda: ModelHabit.objects.first()).model == BOOT["chargePointModel"]
    with scopes_disabled():
        like, other = factories.station(online=False), factories.station(online=False)
        StationState.objects.update(configuration_read_at=timezone.now())
    with Charger(f"{server.ocpp_url}/{like.identity}") as same_model:
        same_model.boot()
        ask(like, CommandKind.READ_CONFIGURATION, {"keys": []})
        answer_named_keys(same_model)
    with Charger(f"{server.ocpp_url}/{other.identity}") as other_firmware:
        other_firmware.boot(firmwareVersion="2")
        ask(other, CommandKind.READ_CONFIGURATION, {"keys": []})
        assert other_firmware.asked("GetConfiguration", {}) == {}


def test_C04_Q42_no_more_keys_at_once_than_the_charger_says(charger, station):
    with scopes_disabled():
        now = timezone.now()
        ConfigurationValue.objects.create(
            organisation=station.organisation, station=station, key="GetConfigurationMaxKeys", value="1",
            first_read_at=now, changed_at=now,
        )  # fmt: skip
    command = ask(station, CommandKind.READ_CONFIGURATION, {"keys": ["HeartbeatInterval", "ConnectionTimeOut"]})
    for key in ("HeartbeatInterval", "ConnectionTimeOut"):
        entry = {"key": key, "value": "5", "readonly": False}
        assert charger.asked("GetConfiguration", {"configurationKey": [entry]}) == {"key": [key]}
    assert ended(command).outcome == "2 keys"


def change(station, key, value):
    return ask(station, CommandKind.CHANGE_CONFIGURATION, {"key": key, "value": value})


def test_C06_a_change_that_was_accepted_is_read_back(charger, station):
    command = change(station, "HeartbeatInterval", "60")
    assert charger.asked("ChangeConfiguration", {"status": "Accepted"}) == {"key": "HeartbeatInterval", "value": "60"}
    entry = {"key": "HeartbeatInterval", "value": "60", "readonly": False}
    assert charger.asked("GetConfiguration", {"configurationKey": [entry]}) == {"key": ["HeartbeatInterval"]}
    assert ended(command).outcome == "Accepted"
    eventually(lambda: ConfigurationValue.objects.filter(key="HeartbeatInterval", value="60").first())


@pytest.mark.parametrize("answer", ["Rejected", "NotSupported"])
def test_C06_a_change_that_was_not_accepted_is_not_read_back(charger, station, answer):
    command = change(station, "HeartbeatInterval", "60")
    charger.asked("ChangeConfiguration", {"status": answer})
    assert (ended(command).state, ended(command).outcome) == (CommandState.REJECTED, answer)


def test_C07_a_reboot_that_is_needed_is_marked_until_the_next_boot(charger, station):
    command = change(station, "HeartbeatInterval", "60")
    charger.asked("ChangeConfiguration", {"status": "RebootRequired"})
    assert (ended(command).state, ended(command).outcome) == (CommandState.ACCEPTED, "RebootRequired")
    eventually(lambda: StationState.objects.filter(reboot_required=True).first())
    charger.boot()
    assert not StationState.objects.get().reboot_required


@pytest.mark.parametrize("answer, opens", [("Accepted", "new"), ("Rejected", "old"), ("NotSupported", "old")])
def test_T26_the_key_that_counts_follows_from_the_answer(server, station, answer, opens):
    station.security_profile = SecurityProfile.BASIC
    station.save()
    secrets = {"old": b"the old key", "new": b""}
    StationCredential.objects.create(station=station, digest=credentials.digest_of(secrets["old"]))
    url = f"{server.ocpp_url}/{station.identity}"
    with Charger(url, headers=basic(station.identity, secrets["old"])) as charger:
        charger.boot()
        with scopes_disabled():
            credentials.change_key(SYSTEM, station)
        wire_value = charger.asked("ChangeConfiguration", {"status": answer})["value"]
        secrets["new"] = bytes.fromhex(wire_value)
        eventually(lambda: StationCredential.objects.filter(next_digest=None).first())
    assert len(secrets["new"]) == 20
    assert wire_value not in f"{list(Exchange.objects.values())}"
    closed = "old" if opens == "new" else "new"
    with pytest.raises(InvalidStatus), Charger(url, headers=basic(station.identity, secrets[closed])):
        pass
    with Charger(url, headers=basic(station.identity, secrets[opens])) as charger:
        assert charger.call("Heartbeat")[0] == 3


def test_S01_after_the_boot_what_is_missing_is_asked_for_once(charger, station):
    StationState.objects.update(configuration_read_at=None)
    with scopes_disabled():
        first_contact.ask([station.pk])
        first_contact.ask([station.pk])
    charger.asked("GetConfiguration", {"configurationKey": []})
    assert charger.asked("TriggerMessage", {"status": "Accepted"}) == {"requestedMessage": "StatusNotification"}
    eventually(lambda: Command.objects.filter(state=CommandState.ACCEPTED).count() == 2)
    with scopes_disabled():
        assert Command.objects.count() == 2


def test_Q26_Q27_nothing_is_changed_or_triggered_to_boot_by_itself(station):
    with scopes_disabled():
        StationState.objects.update(configuration_read_at=None, online=True, reboot_required=True)
        first_contact.ask([station.pk])
        asked = set(Command.objects.values_list("kind", "parameters__message"))
    assert asked == {(CommandKind.READ_CONFIGURATION, None), (CommandKind.TRIGGER_MESSAGE, "status")}


def test_S01_nothing_is_asked_of_a_station_that_told_everything(station):
    with scopes_disabled():
        station.ports.get().state.__class__.objects.update(status="Available")
        first_contact.ask([station.pk])
        assert not Command.objects.exists()


def test_S01_the_first_contact_comes_by_itself_after_an_accepted_boot(server, station, settings):
    settings.GATEWAY_FIRST_CONTACT_SPREAD_S = 0
    with Charger(f"{server.ocpp_url}/{station.identity}") as charger:
        charger.boot()
        assert charger.asked("TriggerMessage", {"status": "Accepted"}) == {"requestedMessage": "StatusNotification"}


def test_a_poke_that_was_lost_is_made_up_for(charger, station):
    """The node looks for itself: a command comes through though nobody was told of it."""
    with scopes_disabled():
        Command.objects.create(
            organisation=station.organisation,
            station=station,
            kind=CommandKind.CLEAR_CACHE,
            actor_kind="system",
            expires_at=timezone.now() + timedelta(minutes=1),
        )
    charger.asked("ClearCache", {"status": "Accepted"})


@pytest.mark.parametrize(
    "answer, state",
    [
        ("Accepted", "active"),
        ("Faulted", "refused"),
        ("Occupied", "refused"),
        ("Unavailable", "refused"),
        ("Rejected", "refused"),
    ],
)
def test_V01_each_answer_to_a_reservation_is_distinct(charger, station, answer, state):
    until = timezone.now().replace(microsecond=0) + timedelta(hours=1)
    with scopes_disabled():
        command = reserve(SYSTEM, station, 1, ReservationWish("TAG", until, parent_id_tag="FAMILY"))
        made = Reservation.objects.get(command=command)
    assert charger.asked("ReserveNow", {"status": answer}) == {
        "connectorId": 1,
        "expiryDate": until.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "idTag": "TAG",
        "parentIdTag": "FAMILY",
        "reservationId": made.pk,
    }
    ended(command)
    with scopes_disabled():
        made.refresh_from_db()
    assert (made.state, made.answer) == (state, answer)


def test_V01_a_reservation_is_cancelled_by_its_number(charger, station):
    command = ask(station, CommandKind.CANCEL_RESERVATION, {"reservation_id": 12}, 1)
    assert charger.asked("CancelReservation", {"status": "Rejected"}) == {"reservationId": 12}
    assert ended(command).outcome == "Rejected"


def test_C15_a_change_is_carried_out_at_once_where_the_status_came_before_the_answer(charger, station):
    charger.call("StatusNotification", STATUS | {"status": "Unavailable"})
    command = ask(station, CommandKind.CHANGE_AVAILABILITY, {"operative": False}, 1)
    charger.asked("ChangeAvailability", {"status": "Scheduled"})
    assert ended(command).carried_out_at
