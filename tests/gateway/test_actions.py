"""Commands by the names of OCPP 1.6: every kind has its line, and what is said comes back as it was said."""

import json
from importlib import resources

import pytest
from django.core.exceptions import ValidationError

from chargeports.choices import CommandKind
from chargeports.models import Command
from ocpp_gateway.actions import ACTIONS, Action, action_named, asked, spelled, told

# What the portal itself adds, or says in another way: `docs/api.md`.
OURS = {"requestId", "chargingProfile", "listVersion"}


def each() -> pytest.MarkDecorator:
    return pytest.mark.parametrize("action", ACTIONS, ids=lambda action: action.name)


def test_every_command_that_the_gateway_can_send_has_its_line():
    assert {action.kind for action in ACTIONS} == set(CommandKind)
    assert len({action.name for action in ACTIONS}) == len(ACTIONS)


@each()
def test_names_are_those_of_the_specification(action: Action):
    schema = json.loads(resources.files("ocpp.v16").joinpath(f"schemas/{action.ocpp}.json").read_text())
    ours = {parameter.name.partition(".")[0] for parameter in action.parameters}
    assert ours <= set(schema["properties"])
    assert set(schema.get("required", ())) <= ours | OURS


def test_names_are_snake_case():
    assert action_named("remote_start_transaction").kind == CommandKind.START_CHARGING
    with pytest.raises(ValidationError) as refusal:
        action_named("RemoteStartTransaction")
    assert "remote_start_transaction" in refusal.value.message_dict["command"][0]


CASES = [
    ("reset", {"type": "Hard"}, {"type": "hard"}, None),
    ("change_availability", {"connectorId": 2, "type": "Inoperative"}, {"operative": False}, 2),
    ("remote_start_transaction", {"idTag": "TAG", "connectorId": 1}, {"id_tag": "TAG"}, 1),
    ("trigger_message", {"requestedMessage": "MeterValues"}, {"message": "meter_values"}, None),
    (
        "get_log",
        {"logType": "SecurityLog", "log": {"oldestTimestamp": "2026-01-01T00:00:00Z"}, "retries": 2},
        {"log": "security", "start_at": "2026-01-01T00:00:00Z", "retries": 2},
        None,
    ),
    ("update_firmware", {"location": "/api/v1/firmware/12"}, {"firmware_id": 12}, None),
    ("update_firmware", {"location": "https://files.example/1"}, {"location": "https://files.example/1"}, None),
]


@pytest.mark.parametrize("name, said, neutral, port", CASES)
def test_parameters_are_translated_both_ways(name, said, neutral, port):
    action = action_named(name)
    wanted = asked(action, said)
    assert (wanted.parameters, wanted.port_number) == (neutral, port)
    assert told(Command(kind=action.kind, parameters=neutral, port_number=port)) == said


def test_connector_0_is_the_whole_station():
    assert asked(action_named("change_availability"), {"connectorId": 0, "type": "Operative"}).port_number is None


WRONG = [
    ("reset", {"type": "soft"}, "type"),
    ("reset", {"type": ["Soft"]}, "type"),
    ("reset", {"kind": "Soft"}, "kind"),
    ("unlock_connector", {"connectorId": "1"}, "connectorId"),
    ("unlock_connector", {"connectorId": True}, "connectorId"),
    ("get_log", {"logType": "SecurityLog", "log": {"since": "x"}}, "log.since"),
    ("reserve_now", {"reservationId": 7}, "reservationId"),
]


@pytest.mark.parametrize("name, said, field", WRONG)
def test_what_is_wrong_is_told_by_the_names_of_the_specification(name, said, field):
    action = action_named(name)
    with pytest.raises(ValidationError) as refusal:
        asked(action, said)
    assert list(spelled(action, refusal.value).message_dict) == [f"parameters.{field}"]


def test_what_a_service_refuses_is_told_by_the_same_names():
    action = action_named("remote_start_transaction")
    refused = spelled(action, ValidationError({"id_tag": "Blocked.", "port_number": "None.", "expires_in_s": "Long."}))
    assert set(refused.message_dict) == {"parameters.idTag", "parameters.connectorId", "expires_in_s"}
