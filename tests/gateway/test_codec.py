"""Frames as text: taken apart whatever they are, and put together only as the standard allows."""

import json

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocpp_gateway.codec import (
    V16,
    Call,
    CallError,
    CallErrorCode,
    CallResult,
    Invalid,
    NotSendable,
    encode_error,
    error_code,
    error_place,
    parse,
    validator,
)

ACCEPTED = {"idTagInfo": {"status": "Accepted"}, "transactionId": 7}


def profile(limit):
    return {
        "connectorId": 1,
        "csChargingProfiles": {
            "chargingProfileId": 1,
            "stackLevel": 1,
            "chargingProfilePurpose": "TxDefaultProfile",
            "chargingProfileKind": "Absolute",
            "chargingSchedule": {
                "chargingRateUnit": "A",
                "chargingSchedulePeriod": [{"startPeriod": 0, "limit": limit}],
            },
        },
    }


@pytest.mark.parametrize(
    "text, frame",
    [
        ('[2,"1","Heartbeat",{}]', Call("1", "Heartbeat", {})),
        (' [ 2 , "1" , "Heartbeat" , { } ] ', Call("1", "Heartbeat", {})),
        ('[2,"","Heartbeat",{}]', Call("", "Heartbeat", {})),
        ('[2,17,"Heartbeat",{}]', Call("17", "Heartbeat", {}, ("coerced:messageId",))),
        ('[2,"1","Heartbeat",{},{}]', Call("1", "Heartbeat", {}, ("frame-length",))),
        ('[3,"1",{"status":"Accepted"}]', CallResult("1", {"status": "Accepted"})),
        ('[3,"1",null]', CallResult("1", None)),
        ('[3,"1"]', CallResult("1", None, ("frame-length",))),
        ('[4,"1","NotImplemented","No","" ]', CallError("1", "NotImplemented", "No", {})),
        ('[4,"1","NotImplemented","No",{"a":1}]', CallError("1", "NotImplemented", "No", {"a": 1})),
        ('[4,"1","NotImplemented"]', CallError("1", "NotImplemented", "", {}, ("frame-length",))),
        ('[4,"1",null,null,null]', CallError("1", "", "", {})),
    ],
)
def test_frames_are_taken_apart(text, frame):
    assert parse(text) == frame


def test_a_long_message_id_is_taken_and_noted_but_not_without_end():
    assert parse(f'[2,"{"x" * 38}","Heartbeat",{{}}]') == Call("x" * 38, "Heartbeat", {}, ("over-long:messageId",))
    assert parse(f'[2,"{"x" * 256}","Heartbeat",{{}}]').unique_id is None


@pytest.mark.parametrize(
    "text", ['[2,"1","Heartb', "", "hello", "NaN", '[2,"1","Heartbeat",{"a":NaN}]', "\0", '[2,"\ud800","Heartbeat",{}]']
)
def test_R01_text_that_is_not_json_is_owed_nothing(text):
    assert parse(text) == Invalid(text.replace("\0", "\ufffd"), "not-json")


@pytest.mark.parametrize(
    "text, reason",
    [
        ("{}", "not-a-message"),
        ("[]", "not-a-message"),
        ("2", "not-a-message"),
        ("[2]", "message-id-unreadable"),
        ('[2,null,"Heartbeat",{}]', "message-id-unreadable"),
        ('[2,true,"Heartbeat",{}]', "message-id-unreadable"),
        ('[2,["1"],"Heartbeat",{}]', "message-id-unreadable"),
    ],
)
def test_R01_a_message_without_readable_id_is_owed_nothing(text, reason):
    assert parse(text) == Invalid(text, reason)


@pytest.mark.parametrize(
    "text",
    ['[2,"1"]', '[2,"1","Heartbeat"]', '[2,"1","Heartbeat",null]', '[2,"1","Heartbeat",[]]', '[2,"1",{},"Heartbeat"]'],
)
def test_R02_a_call_of_wrong_shape_keeps_its_id(text):
    assert parse(text) == Invalid(text, "call-malformed", "1")


@pytest.mark.parametrize("kind", ["5", "0", "true", '"2"', "null", "[]", "{}", "2.5", "-1"])
def test_R03_an_unknown_message_type_is_owed_nothing(kind):
    text = f'[{kind},"1","Heartbeat",{{}}]'
    assert parse(text) == Invalid(text, "message-type-unknown")


def test_nesting_that_could_not_be_written_again_is_no_payload():
    deep = "[" * 500 + "]" * 500
    assert parse(f'[2,"1","DataTransfer",{{"data":{deep}}}]').unique_id == "1"
    assert isinstance(parse(f'[2,"1","DataTransfer",{{"data":{deep}}}]'), Invalid)
    assert parse(f'[3,"1",{{"data":{deep}}}]') == CallResult("1", None)


def test_a_long_message_that_is_not_deep_stays_whole():
    values = [{"timestamp": "2024-01-01T00:00:00Z", "sampledValue": [{"value": str(n)}]} for n in range(500)]
    payload = {"connectorId": 1, "meterValue": values}
    assert parse(json.dumps([2, "1", "MeterValues", payload])) == Call("1", "MeterValues", payload)


@pytest.mark.parametrize(
    "escaped, text", [(r"a\u0000b", "a\ufffdb"), (r"a\\u0000b", r"a\u0000b"), (r"a\\\u0000b", "a\\\ufffdb")]
)
def test_the_character_that_cannot_be_stored_is_replaced(escaped, text):
    assert parse(f'[2,"1","DataTransfer",{{"vendorId":"{escaped}"}}]').payload == {"vendorId": text}


@given(st.text() | st.text(alphabet='[]{}",:\\u0123 2Heartbeat'))
def test_parse_never_raises(text):
    assert isinstance(parse(text), Call | CallResult | CallError | Invalid)


@pytest.mark.parametrize("action", ["Foo", "", "heartbeat", "HeartbeatResponse"])
def test_R04_an_unknown_action_is_not_implemented(action):
    assert V16.refusal(action) == "NotImplemented"


@pytest.mark.parametrize("action", ["Reset", "RemoteStartTransaction", "GetLog"])
def test_R05_an_action_in_the_wrong_direction_is_not_supported(action):
    assert V16.refusal(action) == "NotSupported"


@pytest.mark.parametrize("action", sorted(V16.from_charger))
def test_what_a_charger_may_call_is_not_refused_and_has_schemas(action):
    assert V16.refusal(action) is None
    assert action in V16.requests
    assert action in V16.answers


@pytest.mark.parametrize(
    "payload, code, place",
    [
        ({"connectorId": 1, "errorCode": "NoError"}, "OccurenceConstraintViolation", "required: status"),
        ({"connectorId": "1"}, "TypeConstraintViolation", "type: connectorId"),
        ({"errorCode": "Error"}, "PropertyConstraintViolation", "enum: errorCode"),
        ({"info": "x" * 51}, "PropertyConstraintViolation", "maxLength: info"),
        ({"timestamp": "noon"}, "PropertyConstraintViolation", "format: timestamp"),
        ({"foo": "secret"}, "FormationViolation", "additionalProperties: payload"),
    ],
)
def test_R07_R08_R09_schema_errors_have_the_codes_of_1_6(payload, code, place):
    errors = list(validator(V16.requests["StatusNotification"]).iter_errors(payload))
    assert (code, place) in {(error_code(error), error_place(error)) for error in errors}


def test_R07_a_list_that_is_too_short_is_an_occurence_violation():
    (error,) = validator(V16.requests["MeterValues"]).iter_errors({"connectorId": 1, "meterValue": []})
    assert error_code(error) == CallErrorCode.OCCURENCE_CONSTRAINT_VIOLATION


def test_R29_Q58_an_answer_has_three_elements_and_is_compact():
    assert V16.encode_result("1", "StartTransaction", ACCEPTED) == (
        '[3,"1",{"idTagInfo":{"status":"Accepted"},"transactionId":7}]'
    )


def test_R29_an_error_has_five_elements_and_is_short():
    text = encode_error("1", CallErrorCode.OCCURENCE_CONSTRAINT_VIOLATION, "x" * 1000)
    assert json.loads(text) == [4, "1", "OccurenceConstraintViolation", "x" * 255, {}]


def test_R29_frames_are_plain_ascii():
    text = V16.encode_call("ü", "DataTransfer", {"vendorId": "Müller", "data": "€ \U0001f50c"})
    assert text.isascii()
    assert ", " not in text
    assert json.loads(text) == [2, "ü", "DataTransfer", {"vendorId": "Müller", "data": "€ \U0001f50c"}]


@pytest.mark.parametrize("transaction_id", [0, -1, 2**31, 1.0, "7", None, True])
def test_X25_transaction_ids_we_send_are_positive_and_below_two_to_the_31(transaction_id):
    with pytest.raises(NotSendable, match="transactionId"):
        V16.encode_result("1", "StartTransaction", ACCEPTED | {"transactionId": transaction_id})


@pytest.mark.parametrize(
    "time", ["2024-01-01T00:00:00.123Z", "2024-01-01T00:00:00+00:00", "2024-01-01T00:00:00", "2024-13-01T00:00:00Z"]
)
def test_R30_other_times_than_whole_seconds_with_z_are_not_sent(time):
    answer = {"currentTime": time, "interval": 300, "status": "Accepted"}
    with pytest.raises(NotSendable, match="currentTime"):
        V16.encode_result("1", "BootNotification", answer)
    assert V16.encode_result("1", "BootNotification", answer | {"currentTime": "2024-01-01T00:00:00Z"})


@pytest.mark.parametrize(
    "payload",
    [
        {"key": "HeartbeatInterval", "value": None},
        {"key": "HeartbeatInterval", "value": 300},
        {"key": "x" * 51, "value": "300"},
        {"key": "HeartbeatInterval"},
        {"key": "HeartbeatInterval", "value": "300", "more": "1"},
        {"key": "HeartbeatInterval", "value": object()},
        {1: "HeartbeatInterval"},
        None,
    ],
)
def test_what_does_not_fit_the_schema_is_not_sent(payload):
    with pytest.raises(NotSendable):
        V16.encode_call("1", "ChangeConfiguration", payload)


def test_an_unknown_action_is_not_sent():
    with pytest.raises(NotSendable, match="Foo"):
        V16.encode_call("1", "Foo", {})


def test_a_refusal_to_send_never_shows_the_value():
    with pytest.raises(NotSendable) as refusal:
        V16.encode_call("1", "ChangeConfiguration", {"key": "AuthorizationKey", "value": ["top secret"]})
    assert "value" in str(refusal.value)
    assert "secret" not in str(refusal.value)


@given(st.integers(0, 10_000).map(lambda tenths: tenths / 10))
def test_P03_limits_of_one_decimal_are_sent(limit):
    assert json.loads(V16.encode_call("1", "SetChargingProfile", profile(limit)))[3] == profile(limit)


@pytest.mark.parametrize("limit", [6.15, float("nan"), float("inf")])
def test_P03_other_limits_are_not_sent(limit):
    with pytest.raises(NotSendable):
        V16.encode_call("1", "SetChargingProfile", profile(limit))


def test_messages_of_the_security_whitepaper_are_checked_too():
    log = {"log": {"remoteLocation": "https://host/x"}, "logType": "SecurityLog", "requestId": 1}
    assert orjson.loads(V16.encode_call("1", "GetLog", log))[3] == log
    with pytest.raises(NotSendable, match="logType"):
        V16.encode_call("1", "GetLog", log | {"logType": "Other"})
