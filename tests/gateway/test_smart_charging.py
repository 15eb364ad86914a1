"""Charging profiles over a real connection (P01-P07, Q45-Q55): what is sent, and what is remembered of the answers."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone
from django_scopes import scopes_disabled

from chargeports.choices import CommandKind, CommandState
from chargeports.models import Command, CompositeSchedule, InstalledProfile
from chargeports.parameters import checked
from chargeports.services import request_command
from charging.models import ChargingSession
from common.actor import SYSTEM
from ocpp_gateway import actions
from stations.models import StationReport, StationState
from tests import factories
from tests.gateway.charger import Charger, eventually
from tests.simulated import simulated

LIMIT = {"purpose": "session_default", "kind": "relative", "unit": "A", "periods": [{"start_s": 0, "limit": 16}]}
MAXIMUM = {"purpose": "station_maximum", "kind": "absolute", "unit": "A", "periods": [{"start_s": 0, "limit": 32}]}
SAYS = {
    "status": "Accepted",
    "connectorId": 1,
    "chargingSchedule": {
        "duration": 86400,
        "startSchedule": "2026-03-01T10:00:00Z",
        "chargingRateUnit": "A",
        "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 16.0}, {"startPeriod": 3600, "limit": 32.0}],
    },
}


@pytest.fixture(autouse=True)
def _no_scopes():
    with scopes_disabled():
        yield


@pytest.fixture
def station(server):
    made = factories.station(online=False, ports=2)
    StationState.objects.update(configuration_read_at=timezone.now())
    return made


@pytest.fixture
def charger(server, station):
    with Charger(f"{server.ocpp_url}/{station.identity}") as connected:
        connected.boot()
        yield connected


def ask(station, kind, parameters, port_number=None):
    return request_command(SYSTEM, station, kind, parameters, port_number)


def ended(command):
    still = (CommandState.QUEUED, CommandState.SENT)
    return eventually(lambda: Command.objects.filter(pk=command.pk).exclude(state__in=still).first())


def install(charger, station, parameters=None, port_number=None, says=None):
    """A profile that the charger accepts; the call's payload, once everything about it is written."""
    command = ask(station, CommandKind.SET_CHARGING_PROFILE, parameters or LIMIT, port_number)
    sent = charger.asked("SetChargingProfile", {"status": "Accepted"})
    charger.asked("GetCompositeSchedule", says or {"status": "Rejected"})
    assert ended(command).state == CommandState.ACCEPTED
    return sent


def installed():
    rows = InstalledProfile.objects.order_by("pk")
    return list(rows.values_list("port_number", "purpose", "stack_level", "schedule__periods"))


@pytest.mark.parametrize(
    "answer, state",
    [("Accepted", CommandState.ACCEPTED), ("Rejected", CommandState.REJECTED), ("NotSupported", CommandState.REJECTED)],
)
def test_P01_a_profile_is_remembered_only_once_it_was_accepted(charger, station, answer, state):
    command = ask(station, CommandKind.SET_CHARGING_PROFILE, LIMIT, 1)
    sent = charger.asked("SetChargingProfile", {"status": answer})
    assert (ended(command).state, ended(command).outcome) == (state, answer)
    assert sent["connectorId"] == 1
    expected = [(1, "session_default", 1, [{"start_s": 0, "limit": 16.0}])]
    assert installed() == (expected if answer == "Accepted" else [])


def test_P01_a_profile_takes_the_place_of_the_one_with_its_level_and_purpose(charger, station):
    first = install(charger, station, LIMIT, 1)["csChargingProfiles"]
    second = install(charger, station, {**LIMIT, "periods": [{"start_s": 0, "limit": 8}]}, 1)["csChargingProfiles"]
    assert first["chargingProfileId"] != second["chargingProfileId"]
    install(charger, station, {**LIMIT, "stack_level": 2}, 1)
    install(charger, station, MAXIMUM)
    assert [row[:3] for row in installed()] == [
        (1, "session_default", 1), (1, "session_default", 2), (0, "station_maximum", 1),
    ]  # fmt: skip
    assert installed()[0][3] == [{"start_s": 0, "limit": 8.0}]


def test_P02_each_purpose_goes_to_its_place(charger, station):
    sent = install(charger, station, MAXIMUM)
    assert (sent["connectorId"], sent["csChargingProfiles"]["chargingProfilePurpose"]) == (0, "ChargePointMaxProfile")
    session = ChargingSession.objects.create(
        organisation=station.organisation, station=station, port_number=1, started_at=timezone.now()
    )
    sent = install(charger, station, {**LIMIT, "purpose": "session", "session_id": session.pk}, 1)
    profile = sent["csChargingProfiles"]
    assert (sent["connectorId"], profile["chargingProfilePurpose"]) == (1, "TxProfile")
    assert profile["transactionId"] == session.pk
    assert "transactionId" not in install(charger, station)["csChargingProfiles"]


@pytest.mark.parametrize(
    "parameters, port_number, field",
    [
        (MAXIMUM, 1, "port_number"),
        ({**MAXIMUM, "kind": "relative"}, None, "kind"),
        ({**LIMIT, "purpose": "session"}, 1, "session_id"),
        ({**LIMIT, "purpose": "session", "session_id": 7}, None, "port_number"),
        ({**LIMIT, "purpose": "session", "session_id": 7, "valid_to": "2026-01-01T10:00:00Z"}, 1, "valid_to"),
        ({**LIMIT, "session_id": 7}, 1, "session_id"),
    ],
)
def test_P02_what_goes_to_the_wrong_place_is_not_sent(db, parameters, port_number, field):
    with pytest.raises(ValidationError) as error:
        ask(factories.station(ports=2), CommandKind.SET_CHARGING_PROFILE, parameters, port_number)
    assert set(error.value.message_dict) == {field}


def test_P03_Q54_numbers_have_one_decimal_and_times_are_in_utc(charger, station):
    schedule = {
        **MAXIMUM,
        "kind": "recurring",
        "recurrency": "daily",
        "start_at": "2026-06-01T00:00:00+02:00",
        "valid_to": "2026-09-01T00:00:00+02:00",
        "duration_s": 36000,
        "periods": [{"start_s": 0, "limit": 10.26}, {"start_s": 7200, "limit": 32, "phases": 3}],
    }
    assert install(charger, station, schedule)["csChargingProfiles"] | {"chargingProfileId": 0} == {
        "chargingProfileId": 0,
        "stackLevel": 1,
        "chargingProfilePurpose": "ChargePointMaxProfile",
        "chargingProfileKind": "Recurring",
        "recurrencyKind": "Daily",
        "validTo": "2026-08-31T22:00:00Z",
        "chargingSchedule": {
            "duration": 36000,
            "startSchedule": "2026-05-31T22:00:00Z",
            "chargingRateUnit": "A",
            "chargingSchedulePeriod": [
                {"startPeriod": 0, "limit": 10.3},
                {"startPeriod": 7200, "limit": 32.0, "numberPhases": 3},
            ],
        },
    }


@pytest.mark.parametrize(
    "key, value, unit, expected",
    [
        ("ChargingScheduleAllowedChargingRateUnit", "Current,Power", "W", ("W", 11000.0)),
        ("ChargingScheduleAllowedChargingRateUnit", "Current", "W", ("A", 15.9)),
        ("ChargingScheduleAllowedChargingRateUnit", None, "W", ("A", 15.9)),
        ("ChargingScheduleAllowedChargingRateUnit", "Power", "A", ("W", 11040.0)),
    ],
    ids=["P04", "P04-amperes", "Q45", "Q94"],
)
def test_P04_Q45_Q94_limits_go_in_a_unit_that_the_charger_takes(charger, station, key, value, unit, expected):
    factories.setting(station, key, value)
    limit = 11_000 if unit == "W" else 16
    sent = install(charger, station, {**LIMIT, "unit": unit, "periods": [{"start_s": 0, "limit": limit}]}, 1)
    schedule = sent["csChargingProfiles"]["chargingSchedule"]
    assert (schedule["chargingRateUnit"], schedule["chargingSchedulePeriod"][0]["limit"]) == expected
    assert InstalledProfile.objects.get().schedule["unit"] == expected[0]


@pytest.mark.parametrize(
    "filters, port_number, payload, left",
    [
        ({}, None, {}, []),
        ({}, 1, {"connectorId": 1}, [(0, 1)]),
        ({"station_itself": True}, None, {"connectorId": 0}, [(1, 1), (1, 2)]),
        ({"purpose": "session_default", "stack_level": 2}, None, None, [(0, 1), (1, 1)]),
        ({"profile_id": 70, "stack_level": 5}, 2, {"id": 70}, [(0, 1), (1, 2)]),
    ],
)
@pytest.mark.parametrize("answer", ["Accepted", "Unknown"])
def test_P05_clearing_adds_up_its_filters_and_an_id_overrides_them(
    charger, station, filters, port_number, payload, left, answer
):
    for port, level, profile_id in ((0, 1, 60), (1, 1, 70), (1, 2, 80)):
        factories.installed_profile(station, port, stack_level=level, profile_id=profile_id)
    command = ask(station, CommandKind.CLEAR_CHARGING_PROFILE, filters, port_number)
    sent = charger.asked("ClearChargingProfile", {"status": answer})
    if payload is None:
        payload = {"chargingProfilePurpose": "TxDefaultProfile", "stackLevel": 2}
    assert sent == payload
    done = ended(command)
    assert (done.state == CommandState.ACCEPTED, done.outcome) == (answer == "Accepted", answer)
    assert sorted((row[0], row[2]) for row in installed()) == left


def test_P05_a_charger_that_fails_keeps_what_it_has(charger, station):
    factories.installed_profile(station, 1)
    command = ask(station, CommandKind.CLEAR_CHARGING_PROFILE, {}, None)
    frame = charger.receive()
    charger.send([4, frame[1], "NotSupported", "", {}])
    assert ended(command).state == CommandState.FAILED
    assert len(installed()) == 1


def test_P07_nothing_is_sent_again_after_a_restart(server, station):
    with Charger(f"{server.ocpp_url}/{station.identity}") as before:
        before.boot()
        install(before, station, LIMIT, 1)
    with Charger(f"{server.ocpp_url}/{station.identity}") as after:
        after.boot()
        command = ask(station, CommandKind.CLEAR_CACHE, {})
        after.asked("ClearCache", {"status": "Accepted"})
        assert ended(command).state == CommandState.ACCEPTED
    assert len(installed()) == 1
    assert Command.objects.filter(kind=CommandKind.SET_CHARGING_PROFILE).count() == 1


@pytest.mark.parametrize(
    "vendor, key, wanted, level",
    [
        ("Wall Box Chargers", None, None, 0),
        ("Wallbox", "8", 5, 0),
        ("Acme", "0", None, 0),
        ("Acme", "8", None, 1),
        ("Acme", "8", 0, 0),
    ],
    ids=["Q50", "Q50-level-given", "Q49", "Q48", "level-given"],
)
def test_P03_Q48_Q49_Q50_stack_levels_that_the_charger_takes(charger, station, vendor, key, wanted, level):
    StationReport.objects.filter(pk=station.pk).update(vendor=vendor, model="M1")
    if key:
        factories.setting(station, "ChargeProfileMaxStackLevel", key)
    sent = install(charger, station, {**LIMIT, "stack_level": wanted}, 1)
    assert sent["csChargingProfiles"]["stackLevel"] == level
    assert installed()[0][2] == level


def test_Q52_a_charger_that_accepts_and_does_nothing_is_found_out_by_its_schedule(charger, station):
    says = {**SAYS, "chargingSchedule": {**SAYS["chargingSchedule"], "chargingSchedulePeriod": [
        {"startPeriod": 0, "limit": 32.0}
    ]}}  # fmt: skip
    install(charger, station, LIMIT, 1, says)
    read = eventually(CompositeSchedule.objects.first)
    assert (read.promised, read.is_exceeding) == (16.0, True)
    command = ask(station, CommandKind.GET_COMPOSITE_SCHEDULE, {"duration_s": 86400}, 1)
    charger.asked("GetCompositeSchedule", SAYS)
    assert ended(command).outcome == "Accepted"
    assert not CompositeSchedule.objects.get().is_exceeding


def test_a_composite_schedule_is_kept_as_the_charger_said_it(charger, station):
    command = ask(station, CommandKind.GET_COMPOSITE_SCHEDULE, {"duration_s": 86400, "unit": "A"}, 1)
    sent = charger.asked("GetCompositeSchedule", SAYS)
    assert sent == {"connectorId": 1, "duration": 86400, "chargingRateUnit": "A"}
    assert ended(command).state == CommandState.ACCEPTED
    read = CompositeSchedule.objects.get()
    assert (read.port_number, read.unit, read.duration_s, read.promised) == (1, "A", 86400, None)
    begins = read.starts_at
    assert read.steps == [(begins, 16.0, None), (begins + timedelta(hours=1), 32.0, None)]


def test_Q55_a_schedule_without_periods_is_none(charger, station):
    command = ask(station, CommandKind.GET_COMPOSITE_SCHEDULE, {"duration_s": 3600}, 1)
    empty = {**SAYS["chargingSchedule"], "chargingSchedulePeriod": []}
    charger.asked("GetCompositeSchedule", {**SAYS, "chargingSchedule": empty})
    assert (ended(command).state, ended(command).outcome) == (CommandState.ACCEPTED, "No schedule")
    assert CompositeSchedule.objects.get().periods == []


def test_C11_a_start_carries_a_whole_profile(charger, station):
    profile = {"kind": "relative", "unit": "A", "periods": [{"start_s": 0, "limit": 6}, {"start_s": 600, "limit": 16}]}
    command = ask(station, CommandKind.START_CHARGING, {"id_tag": "TAG", "profile": profile}, 1)
    sent = charger.asked("RemoteStartTransaction", {"status": "Accepted"})["chargingProfile"]
    assert sent["chargingProfilePurpose"] == "TxProfile"
    assert "transactionId" not in sent
    assert [one["limit"] for one in sent["chargingSchedule"]["chargingSchedulePeriod"]] == [6.0, 16.0]
    assert ended(command).state == CommandState.ACCEPTED
    assert [row[:2] for row in installed()] == [(1, "session")]


def test_P01_a_simulated_charger_follows_the_limit_and_tells_its_schedule(server, station):
    factories.setting(station, "ChargingScheduleAllowedChargingRateUnit", "Current,Power")
    with simulated(station.identity, server.ocpp_url) as driven:
        driven.do(driven.charger.connect())
        maximum = {**MAXIMUM, "start_at": timezone.now(), "unit": "W", "periods": [{"start_s": 0, "limit": 4200}]}
        command = ask(station, CommandKind.SET_CHARGING_PROFILE, maximum)
        assert ended(command).state == CommandState.ACCEPTED
        command = ask(station, CommandKind.GET_COMPOSITE_SCHEDULE, {"duration_s": 3600, "unit": "W"}, 1)
        assert ended(command).state == CommandState.ACCEPTED
        read = CompositeSchedule.objects.get(port_number=1)
        assert [limit for _at, limit, _phases in read.steps] == [4200.0]
        assert (read.promised, read.is_exceeding) == (4200.0, False)
        assert ended(ask(station, CommandKind.CLEAR_CHARGING_PROFILE, {})).state == CommandState.ACCEPTED
    assert not InstalledProfile.objects.exists()


SPECIFIED = {
    "connectorId": 1,
    "csChargingProfiles": {
        "chargingProfileId": 5,
        "stackLevel": 0,
        "chargingProfilePurpose": "TxDefaultProfile",
        "chargingProfileKind": "Recurring",
        "recurrencyKind": "Daily",
        "validTo": "2026-09-01T00:00:00+00:00",
        "chargingSchedule": {
            "startSchedule": "2026-01-01T00:00:00+00:00",
            "chargingRateUnit": "A",
            "chargingSchedulePeriod": [
                {"startPeriod": 0, "limit": 16.0},
                {"startPeriod": 60, "limit": 8.0, "numberPhases": 1},
            ],
        },
    },
}


@pytest.mark.parametrize(
    "name, given, port_number",
    [
        ("set_charging_profile", SPECIFIED, 1),
        ("clear_charging_profile", {"connectorId": 0, "chargingProfilePurpose": "TxDefaultProfile"}, None),
        ("clear_charging_profile", {"id": 5}, None),
        ("get_composite_schedule", {"connectorId": 2, "duration": 3600, "chargingRateUnit": "W"}, 2),
    ],
)
def test_programs_ask_in_the_words_of_the_specification(db, name, given, port_number):
    action = actions.action_named(name)
    neutral = actions.asked(action, given)
    assert neutral.port_number == port_number
    clean = checked(action.kind, neutral.parameters)
    assert actions.told(Command(kind=action.kind, parameters=clean, port_number=port_number)) == given


def test_programs_start_with_a_profile(db):
    profile = {**SPECIFIED["csChargingProfiles"], "chargingProfilePurpose": "TxProfile"}
    del profile["validTo"]
    neutral = actions.asked(actions.action_of("start_charging"), {"idTag": "TAG", "chargingProfile": profile})
    assert checked(CommandKind.START_CHARGING, neutral.parameters)["profile"]["recurrency"] == "daily"
    profile["chargingProfilePurpose"] = "TxDefaultProfile"
    neutral = actions.asked(actions.action_of("start_charging"), {"idTag": "TAG", "chargingProfile": profile})
    with pytest.raises(ValidationError) as error:
        checked(CommandKind.START_CHARGING, neutral.parameters)
    spelled = actions.spelled(actions.action_of("start_charging"), error.value)
    assert set(spelled.message_dict) == {"parameters.chargingProfile"}
