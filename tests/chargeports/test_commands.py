"""The outbox: what may be asked, and the way of a command to its end (C01, C09, B02, B03, B10, S12, Q75)."""

from datetime import UTC, datetime, timedelta
from threading import Barrier, Thread

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django_scopes import scopes_disabled

from accounts.models import AuditEntry
from chargeports import services
from chargeports.choices import CommandKind as Kind
from chargeports.choices import CommandState
from chargeports.models import Command, ConfigurationValue, PortState
from chargeports.signals import command_queued
from chargeports.tasks import end_overdue_commands, poke_waiting_commands
from common.actor import Actor
from common.errors import Refused
from stations.choices import BootStatus, LifeCycle
from stations.models import Station, StationState
from stations.signals import send_station_changed
from tests import factories

PERSON = Actor(kind="user", label="Olivia", id=7)
START = {"id_tag": "TAG1"}
CONNECTION = 41


@pytest.fixture
def station(db) -> Station:
    return factories.station(ports=2)


@pytest.fixture
def pokes():
    heard = []

    def receiver(station_ids, **kwargs):
        heard.extend(station_ids)

    command_queued.connect(receiver)
    yield heard
    command_queued.disconnect(receiver)


def now() -> datetime:
    return datetime.now(UTC)


def ask(station: Station, kind: Kind = Kind.RESET, parameters: dict | None = None, *args, **options) -> Command:
    given = {"type": "soft"} if parameters is None else parameters
    return services.request_command(PERSON, station, kind, given, *args, **options)


def take(station: Station) -> Command:
    command = services.take_queued(station.pk, CONNECTION, now())
    assert command is not None
    return command


def fresh(command: Command) -> Command:
    return Command.objects.get(pk=command.pk)


ROOT = {"certificate_type": "central_system_root"}
HASH_DATA = {"hash_algorithm": "SHA256", "issuer_name_hash": "a", "issuer_key_hash": "b", "serial_number": "c"}
LATER = "2026-02-02T00:00:00Z"
PROFILE = {"kind": "relative", "unit": "A", "periods": [{"start_s": 0, "limit": 16.0, "phases": 1}]}
DAILY = {
    **PROFILE,
    "purpose": "session_default",
    "kind": "recurring",
    "recurrency": "daily",
    "start_at": "2026-01-01T00:00:00+00:00",
}


def limits(*periods):
    return {**DAILY, "periods": [dict(zip(("start_s", "limit", "phases"), one, strict=False)) for one in periods]}


VALID = [
    (Kind.START_CHARGING, {"id_tag": "TAG1", "limit_a": 16}, 1),
    (Kind.STOP_CHARGING, {"session_id": 12}, None),
    (Kind.UNLOCK, {}, 2),
    (Kind.RESET, {"type": "hard"}, None),
    (Kind.CHANGE_AVAILABILITY, {"operative": False}, 0),
    (Kind.CHANGE_AVAILABILITY, {"operative": True}, 1),
    (Kind.CHANGE_AVAILABILITY, {"operative": False, "permanent": True}, 1),
    (Kind.RESERVE, {"reservation_id": 5, "id_tag": "TAG1", "until": "2026-01-01T12:00:00+00:00"}, 1),
    (Kind.CANCEL_RESERVATION, {"reservation_id": 5}, 1),
    (Kind.READ_CONFIGURATION, {"keys": ["HeartbeatInterval"]}, None),
    (Kind.READ_CONFIGURATION, {"keys": []}, None),
    (Kind.CHANGE_CONFIGURATION, {"key": "HeartbeatInterval", "value": "300"}, None),
    (Kind.CLEAR_CACHE, {}, None),
    (Kind.TRIGGER_MESSAGE, {"message": "meter_values"}, 1),
    (Kind.DATA_TRANSFER, {"vendor_id": "acme", "message_id": "m", "data": ""}, None),
    (Kind.GET_DIAGNOSTICS, {"start_at": "2026-06-01T10:00:00+00:00", "retries": 0, "retry_interval_s": 60}, None),
    (Kind.GET_LOG, {"log": "security"}, None),
    (Kind.EXTENDED_TRIGGER, {"message": "sign_certificate"}, None),
    (Kind.GET_LOCAL_LIST_VERSION, {}, None),
    (Kind.START_CHARGING, {"id_tag": "TAG1", "profile": PROFILE}, 1),
    (Kind.SET_CHARGING_PROFILE, {**PROFILE, "purpose": "session_default", "stack_level": 0}, None),
    (Kind.SET_CHARGING_PROFILE, {**PROFILE, "purpose": "session", "session_id": 12}, 1),
    (Kind.CLEAR_CHARGING_PROFILE, {"purpose": "session_default", "stack_level": 0}, 1),
    (Kind.GET_COMPOSITE_SCHEDULE, {"duration_s": 3600, "unit": "W"}, 1),
    (Kind.SEND_LOCAL_LIST, {"full": True}, None),
    (Kind.GET_INSTALLED_CERTIFICATE_IDS, {"certificate_type": "manufacturer_root"}, None),
    (Kind.INSTALL_CERTIFICATE, {"certificate_type": "central_system_root", "certificate": "PEM"}, None),
    (Kind.DELETE_CERTIFICATE, HASH_DATA, None),
    (Kind.CERTIFICATE_SIGNED, {"certificate_chain": "PEM"}, None),
]


@pytest.mark.parametrize("kind, parameters, port_number", VALID)
def test_every_kind_is_queued_taken_sent_and_answered(station, kind, parameters, port_number):
    command = ask(station, kind, parameters, port_number)
    assert (command.state, command.port_number) == (CommandState.QUEUED, port_number or None)
    taken = take(station)
    assert (taken.pk, taken.parameters, taken.state) == (command.pk, parameters, CommandState.SENT)
    services.record_sent(command.pk, "message-1")
    assert services.record_answer(command.pk, CommandState.ACCEPTED, "Accepted", {"status": "Accepted"}, now())
    ended = fresh(command)
    assert (ended.state, ended.outcome, ended.message_id) == (CommandState.ACCEPTED, "Accepted", "message-1")
    assert ended.ended_at is not None
    assert services.take_queued(station.pk, CONNECTION, now()) is None


INVALID = [
    (Kind.START_CHARGING, {}, 1, "id_tag"),
    (Kind.START_CHARGING, {"id_tag": "T" * 21}, 1, "id_tag"),
    (Kind.START_CHARGING, {"id_tag": ""}, 1, "id_tag"),
    (Kind.START_CHARGING, {"id_tag": "TAG1", "limit_a": -6}, 1, "limit_a"),
    (Kind.START_CHARGING, START, None, "port_number"),
    (Kind.START_CHARGING, START, 0, "port_number"),
    (Kind.START_CHARGING, START, 3, "port_number"),
    (Kind.STOP_CHARGING, {"session_id": 0}, None, "session_id"),
    (Kind.STOP_CHARGING, {"session_id": 2**31}, None, "session_id"),
    (Kind.STOP_CHARGING, {"session_id": True}, None, "session_id"),
    (Kind.UNLOCK, {}, None, "port_number"),
    (Kind.RESET, {"type": "gently"}, None, "type"),
    (Kind.GET_DIAGNOSTICS, {"start_at": "2026-06-01T10:00:00"}, None, "start_at"),
    (Kind.GET_DIAGNOSTICS, {"start_at": 7}, None, "start_at"),
    (Kind.GET_DIAGNOSTICS, {"retries": 21}, None, "retries"),
    (Kind.GET_LOG, {}, None, "log"),
    (Kind.SEND_LOCAL_LIST, {"full": "yes"}, None, "full"),
    (Kind.GET_INSTALLED_CERTIFICATE_IDS, {"certificate_type": "other"}, None, "certificate_type"),
    (Kind.INSTALL_CERTIFICATE, {"certificate_type": "central_system_root"}, None, "certificate"),
    (Kind.INSTALL_CERTIFICATE, {**ROOT, "certificate": "P" * 5501}, None, "certificate"),
    (Kind.DELETE_CERTIFICATE, {**HASH_DATA, "hash_algorithm": "MD5"}, None, "hash_algorithm"),
    (Kind.CERTIFICATE_SIGNED, {"certificate_chain": "P" * 10_001}, None, "certificate_chain"),
    (Kind.EXTENDED_TRIGGER, {"message": "diagnostics_status"}, None, "message"),
    (Kind.UPDATE_FIRMWARE, {"firmware_id": 1}, None, "firmware_id"),
    (Kind.SIGNED_UPDATE_FIRMWARE, {"firmware_id": "x"}, None, "firmware_id"),
    (Kind.RESET, {"type": "soft"}, 1, "port_number"),
    (Kind.CHANGE_AVAILABILITY, {"operative": "no"}, None, "operative"),
    (Kind.RESERVE, {"reservation_id": 5, "id_tag": "TAG1", "until": "tomorrow"}, 1, "until"),
    (Kind.RESERVE, {"reservation_id": 5, "id_tag": "TAG1", "until": "2026-01-01T12:00:00"}, 1, "until"),
    (Kind.RESERVE, {"reservation_id": 5, "id_tag": "TAG1", "until": "2026-01-01T12:00:00Z"}, None, "port_number"),
    (Kind.CANCEL_RESERVATION, {}, None, "reservation_id"),
    (Kind.SET_CHARGING_PROFILE, {**PROFILE, "purpose": "session_default", "kind": "x"}, None, "kind"),
    (Kind.SET_CHARGING_PROFILE, {**DAILY, "recurrency": None}, None, "recurrency"),
    (Kind.SET_CHARGING_PROFILE, {**DAILY, "start_at": None}, None, "start_at"),
    (
        Kind.SET_CHARGING_PROFILE,
        {**DAILY, "valid_from": "2026-02-02T00:00:00Z", "valid_to": "2026-02-01T00:00:00Z"},
        None,
        "valid_to",
    ),
    (Kind.SET_CHARGING_PROFILE, {**DAILY, "unit": "VA"}, None, "unit"),
    (Kind.SET_CHARGING_PROFILE, {**DAILY, "stack_level": -1}, None, "stack_level"),
    (Kind.SET_CHARGING_PROFILE, {**DAILY, "periods": 16}, None, "periods"),
    (Kind.SET_CHARGING_PROFILE, limits(), None, "periods"),
    (Kind.SET_CHARGING_PROFILE, limits((60, 16)), None, "periods"),
    (Kind.SET_CHARGING_PROFILE, limits((0, 16), (0, 8)), None, "periods"),
    (Kind.SET_CHARGING_PROFILE, limits((0, -1)), None, "periods"),
    (Kind.SET_CHARGING_PROFILE, limits((0, True)), None, "periods"),
    (Kind.SET_CHARGING_PROFILE, limits((0, 16, 4)), None, "periods"),
    (Kind.START_CHARGING, {"id_tag": "TAG1", "profile": {**PROFILE, "kind": "x"}}, 1, "profile"),
    (Kind.START_CHARGING, {"id_tag": "TAG1", "profile": PROFILE, "limit_a": 6}, 1, "limit_a"),
    (Kind.CLEAR_CHARGING_PROFILE, {"purpose": "none"}, None, "purpose"),
    (Kind.GET_COMPOSITE_SCHEDULE, {"duration_s": 10}, None, "duration_s"),
    (Kind.READ_CONFIGURATION, {"keys": "HeartbeatInterval"}, None, "keys"),
    (Kind.READ_CONFIGURATION, {"keys": ["K" * 51]}, None, "keys"),
    (Kind.CHANGE_CONFIGURATION, {"key": "K"}, None, "value"),
    (Kind.CHANGE_CONFIGURATION, {"key": "K", "value": 5}, None, "value"),
    (Kind.CHANGE_CONFIGURATION, {"key": "K", "value": "v" * 501}, None, "value"),
    (Kind.CHANGE_CONFIGURATION, {"key": "HeartbeatInterval", "value": "often"}, None, "value"),
    (Kind.CLEAR_CACHE, {"really": True}, None, "really"),
    (Kind.TRIGGER_MESSAGE, {"message": "authorize"}, None, "message"),
    (Kind.DATA_TRANSFER, {"vendor_id": "a", "data": "\x00"}, None, "data"),
]


@pytest.mark.parametrize("kind, parameters, port_number, field", INVALID)
def test_what_cannot_be_is_an_error_of_its_parameter(station, kind, parameters, port_number, field):
    with pytest.raises(ValidationError) as raised:
        services.request_command(PERSON, station, kind, parameters, port_number)
    assert list(raised.value.message_dict) == [field]
    assert not Command.objects.exists()


def test_many_stations_are_asked_at_once_but_not_those_that_cannot_be(
    station, pokes, django_assert_num_queries, django_capture_on_commit_callbacks
):
    able = [station, *(factories.station() for _ in range(3))]
    offline, rejected, asked = factories.station(online=False), factories.station(), factories.station()
    StationState.objects.filter(station=rejected).update(boot_status=BootStatus.REJECTED)
    ask(asked, Kind.READ_CONFIGURATION, {"keys": []})
    everybody = [one.pk for one in (*able, offline, rejected, asked)]
    with django_capture_on_commit_callbacks(execute=True), django_assert_num_queries(5):
        commands = services.request_of_all(PERSON, everybody, Kind.READ_CONFIGURATION, {"keys": []})
    assert {command.station_id for command in commands} == {one.pk for one in able}
    assert sorted(pokes) == sorted(one.pk for one in able)
    assert AuditEntry.objects.filter(action="chargeports.command_requested").count() == 5


def test_C01_an_offline_station_refuses_at_once_unless_the_command_may_wait(station, pokes):
    StationState.objects.update(online=False)
    with pytest.raises(Refused, match="offline"):
        ask(station)
    command = ask(station, wait_for_station=True, expires_in_s=7200)
    assert command.expires_at - now() > timedelta(hours=1)


def test_C01_an_expiry_is_at_most_seven_days(station):
    with pytest.raises(ValidationError):
        ask(station, expires_in_s=8 * 24 * 3600)


@pytest.mark.parametrize("life_cycle", [LifeCycle.PLANNED, LifeCycle.OUT_OF_OPERATION])
def test_B02_a_station_not_in_operation_is_configured_but_starts_nothing(life_cycle):
    station = factories.station(life_cycle=life_cycle)
    StationState.objects.update(boot_status=BootStatus.PENDING)
    ask(station, Kind.READ_CONFIGURATION, {"keys": []})
    ask(station, Kind.TRIGGER_MESSAGE, {"message": "boot"})
    for kind, parameters in ((Kind.START_CHARGING, START), (Kind.STOP_CHARGING, {"session_id": 1})):
        with pytest.raises(Refused):
            ask(station, kind, parameters, 1)


def test_B02_a_session_can_be_stopped_on_a_station_that_was_just_put_out_of_operation():
    station = factories.station(life_cycle=LifeCycle.OUT_OF_OPERATION)
    ask(station, Kind.STOP_CHARGING, {"session_id": 1}, 1)
    with pytest.raises(Refused, match="life cycle"):
        ask(station, Kind.START_CHARGING, START, 1)


@pytest.mark.parametrize("boot_status", [BootStatus.PENDING, BootStatus.NEVER])
def test_B02_a_start_that_waits_is_not_sent_before_the_boot_is_accepted(station, boot_status):
    start = ask(station, Kind.START_CHARGING, START, 1)
    reset = ask(station)
    StationState.objects.update(boot_status=boot_status)
    assert take(station).pk == reset.pk
    assert services.take_queued(station.pk, CONNECTION, now()) is None
    with pytest.raises(Refused):
        ask(station, Kind.START_CHARGING, START, 1)
    StationState.objects.update(boot_status=BootStatus.ACCEPTED)
    assert take(station).pk == start.pk


def test_B03_a_rejected_station_is_asked_for_nothing(station):
    StationState.objects.update(boot_status=BootStatus.REJECTED)
    with pytest.raises(Refused, match="rejected"):
        ask(station)


def test_a_decommissioned_station_is_asked_for_nothing_and_what_waits_is_cancelled(
    station, django_capture_on_commit_callbacks
):
    command = ask(station)
    Station.objects.update(life_cycle=LifeCycle.DECOMMISSIONED)
    assert services.take_queued(station.pk, CONNECTION, now()) is None
    with django_capture_on_commit_callbacks(execute=True):
        send_station_changed(station.pk, frozenset({"life_cycle"}))
    assert fresh(command).state == CommandState.CANCELLED
    with pytest.raises(Refused, match="decommissioned"):
        ask(station)


def moved(station, life_cycle, capture):
    Station.objects.filter(pk=station.pk).update(life_cycle=life_cycle)
    known = list(Command.objects.values_list("pk", flat=True))
    with capture(execute=True):
        send_station_changed(station.pk, frozenset({"life_cycle"}))
    return [(one.kind, one.parameters) for one in Command.objects.exclude(pk__in=known).order_by("pk")]


def test_B02_a_station_out_of_operation_locks_itself_until_it_is_back(station, django_capture_on_commit_callbacks):
    lock, unlock = ({"operative": operative} for operative in (False, True))
    asked = moved(station, LifeCycle.OUT_OF_OPERATION, django_capture_on_commit_callbacks)
    assert asked == [(Kind.CHANGE_AVAILABILITY, lock)]
    StationState.objects.update(boot_status=BootStatus.PENDING)
    asked = moved(station, LifeCycle.IN_OPERATION, django_capture_on_commit_callbacks)
    assert asked == [(Kind.CHANGE_AVAILABILITY, unlock), (Kind.TRIGGER_MESSAGE, {"message": "boot"})]


def test_B02_what_a_person_unlocked_or_never_was_locked_is_left_alone(station, django_capture_on_commit_callbacks):
    assert moved(station, LifeCycle.IN_OPERATION, django_capture_on_commit_callbacks) == []


def test_B10_Q26_an_accepted_station_is_not_asked_to_boot_again(station):
    with pytest.raises(Refused):
        ask(station, Kind.TRIGGER_MESSAGE, {"message": "boot"})


def test_S12_a_port_that_cannot_lock_the_plug_starts_nothing(station):
    PortState.objects.filter(port__number=1).update(status="Faulted", error_code="ConnectorLockFailure")
    with pytest.raises(Refused, match="lock"):
        ask(station, Kind.START_CHARGING, START, 1)
    ask(station, Kind.START_CHARGING, START, 2)


@pytest.mark.parametrize("status", ["Finishing", "Charging", "Unavailable", "Faulted", "Available", ""])
def test_Q75_Q76_no_other_status_blocks_a_start(station, status):
    PortState.objects.update(status=status, error_code="OtherError")
    assert ask(station, Kind.START_CHARGING, START, 1).state == CommandState.QUEUED


def test_a_key_that_the_station_calls_readonly_is_not_changed(station):
    ConfigurationValue.objects.create(
        organisation_id=station.organisation_id,
        station=station,
        key="NumberOfConnectors",
        value="2",
        readonly=True,
        first_read_at=now(),
        changed_at=now(),
    )
    with pytest.raises(Refused, match="only be read"):
        ask(station, Kind.CHANGE_CONFIGURATION, {"key": "numberofconnectors", "value": "3"})


def test_Z09_a_security_profile_is_never_lowered(station):
    Station.objects.update(security_profile=2)
    with pytest.raises(Refused, match="never lowered"):
        ask(station, Kind.CHANGE_CONFIGURATION, {"key": "SecurityProfile", "value": "1"})
    ask(station, Kind.CHANGE_CONFIGURATION, {"key": "SecurityProfile", "value": "3"})


def test_a_request_is_announced(station, topics):
    command = ask(station, Kind.UNLOCK, {}, 2)
    assert topics() == {f"command.{command.pk}", f"station.{station.pk}", f"port.{station.pk}.2"}


def test_a_request_is_audited_and_poked(station, pokes, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        command = ask(station, Kind.UNLOCK, {}, 2)
    assert pokes == [station.pk]
    entry = AuditEntry.objects.get(action="chargeports.command_requested")
    assert entry.after == {"kind": "unlock", "port_number": 2, "parameters": {}}
    assert (entry.actor_label, command.actor_label, command.actor_id) == ("Olivia", "Olivia", 7)


def test_commands_of_a_station_are_taken_in_their_order(station):
    first, second = ask(station), ask(station)
    assert [take(station).pk, take(station).pk] == [first.pk, second.pk]


def test_a_command_is_cancelled_only_while_it_waits(station):
    waiting, sent = ask(station), ask(station)
    services.cancel_command(PERSON, waiting)
    assert waiting.state == CommandState.CANCELLED
    assert take(station).pk == sent.pk
    with pytest.raises(Refused):
        services.cancel_command(PERSON, sent)
    assert AuditEntry.objects.filter(action="chargeports.command_cancelled").count() == 1


def test_an_expired_command_is_never_sent(station):
    command = ask(station, expires_in_s=60)
    assert services.take_queued(station.pk, CONNECTION, now() + timedelta(seconds=61)) is None
    assert services.expire_commands(now()) == 0
    assert services.expire_commands(now() + timedelta(seconds=61)) == 1
    assert fresh(command).state == CommandState.EXPIRED


def test_what_a_dead_node_sent_is_timed_out(station):
    command = ask(station)
    take(station)
    assert services.time_out_commands(now()) == 0
    assert services.time_out_commands(now() + timedelta(minutes=5)) == 1
    assert fresh(command).state == CommandState.TIMED_OUT


def test_an_answer_counts_once_and_a_later_one_is_kept_beside(station):
    command = ask(station)
    take(station)
    assert services.record_answer(command.pk, CommandState.REJECTED, "Rejected", {"status": "Rejected"}, now())
    assert not services.record_answer(command.pk, CommandState.ACCEPTED, "Accepted", {"status": "Accepted"}, now())
    for _ in range(2):
        services.record_late_answer(command.pk, "Accepted", {"status": "Accepted\x00"}, now())
    ended = fresh(command)
    assert (ended.state, ended.outcome, ended.answer["status"]) == (CommandState.REJECTED, "Rejected", "Rejected")
    assert ended.answer["late"]["answer"] == {"status": "Accepted"}


def test_a_late_answer_to_a_timed_out_command_is_kept(station):
    command = ask(station)
    take(station)
    services.record_answer(command.pk, CommandState.TIMED_OUT, "", None, now())
    services.record_late_answer(command.pk, "Accepted", {"status": "Accepted"}, now())
    assert (fresh(command).state, fresh(command).answer["late"]["outcome"]) == (CommandState.TIMED_OUT, "Accepted")


def test_a_late_answer_changes_no_command_that_is_open(station):
    command = ask(station)
    services.record_late_answer(command.pk, "Accepted", {}, now())
    assert fresh(command).answer is None


def test_a_command_cannot_be_answered_before_it_was_sent(station):
    command = ask(station)
    assert not services.record_answer(command.pk, CommandState.ACCEPTED, "Accepted", {}, now())
    with pytest.raises(ValueError, match="cancelled"):
        services.record_answer(command.pk, CommandState.CANCELLED, "", None, now())


def test_what_a_lost_connection_never_sent_waits_again_and_what_it_sent_does_not(station):
    unsent, sent = ask(station), ask(station)
    services.record_sent(take(station).pk, "")
    services.record_sent(take(station).pk, "message-2")
    services.requeue_unsent([CONNECTION])
    assert (fresh(unsent).state, fresh(unsent).connection_id) == (CommandState.QUEUED, None)
    assert fresh(sent).state == CommandState.SENT


def test_a_secret_is_encrypted_until_it_is_sent_and_then_gone(station):
    secret = "a-very-secret-password"
    command = ask(station, Kind.CHANGE_CONFIGURATION, {"key": "AuthorizationKey", "value": secret})
    assert secret not in str(fresh(command).parameters)
    assert secret not in str(AuditEntry.objects.get().after)
    assert "secret" not in AuditEntry.objects.get().after["parameters"]
    assert take(station).parameters == {"key": "AuthorizationKey", "value": secret}
    services.requeue_unsent([CONNECTION])
    assert take(station).parameters["value"] == secret, "a lost connection loses no secret that was never sent"
    services.record_sent(command.pk, "message-1")
    assert fresh(command).parameters == {"key": "AuthorizationKey"}


@pytest.mark.parametrize("end", ["cancel", "expire"])
def test_a_secret_that_is_never_sent_is_forgotten(station, end):
    command = ask(station, Kind.CHANGE_CONFIGURATION, {"key": "AuthorizationKey", "value": "s" * 20})
    if end == "cancel":
        services.cancel_command(PERSON, command)
    else:
        services.expire_commands(now() + timedelta(days=2))
    assert fresh(command).parameters == {"key": "AuthorizationKey"}


def test_secrets_in_an_answer_are_blanked(station):
    command = ask(station, Kind.READ_CONFIGURATION, {"keys": []})
    take(station)
    keys = [{"key": "AuthorizationKey", "readonly": False, "value": "hush"}, {"key": "Cpo", "value": "us"}]
    services.record_answer(command.pk, CommandState.ACCEPTED, "", {"configurationKey": keys}, now())
    assert "hush" not in str(fresh(command).answer)
    assert fresh(command).answer["configurationKey"][1]["value"] == "us"


def test_the_sweep_pokes_for_what_waits_at_stations_that_are_online(station, pokes, django_capture_on_commit_callbacks):
    offline, idle = factories.station(), factories.station()
    for one in (station, station, offline):
        ask(one)
    StationState.objects.filter(station=offline).update(online=False)
    with django_capture_on_commit_callbacks(execute=True):
        poke_waiting_commands()
    assert pokes == [station.pk]
    assert idle.pk not in pokes


def test_the_task_ends_what_is_overdue(station):
    expired, lost = ask(station), ask(station)
    Command.objects.filter(pk=expired.pk).update(expires_at=now() - timedelta(seconds=1))
    Command.objects.filter(pk=lost.pk).update(state=CommandState.SENT, sent_at=now() - timedelta(hours=1))
    end_overdue_commands()
    assert [fresh(one).state for one in (expired, lost)] == [CommandState.EXPIRED, CommandState.TIMED_OUT]


@pytest.mark.django_db(transaction=True)
def test_of_two_who_take_a_command_one_gets_it(station):
    commands = [ask(station) for _ in range(10)]
    together, taken = Barrier(2), []

    def connection_takes(connection_id: int) -> None:
        with scopes_disabled():
            together.wait(timeout=60)
            while command := services.take_queued(station.pk, connection_id, now()):
                taken.append(command.pk)
        connection.close()

    threads = [Thread(target=connection_takes, args=(number,)) for number in (1, 2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(taken) == [command.pk for command in commands]
