"""OCPP-J on one connection, without any connection: texts and times in, effects out."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ocpp_gateway.codec import V16, CallErrorCode, Invalid, NotSendable
from ocpp_gateway.pipe import (
    ANSWERED_ANEW,
    REMEMBERED,
    REPEATED_LATER,
    Answered,
    Errored,
    Incoming,
    Lost,
    Malformed,
    Pipe,
    Refused,
    Repeated,
    Send,
    Stray,
    TimedOut,
)
from ocpp_gateway.reader import V16_READER

NOON = "2024-05-01T12:00:00Z"
START = {"connectorId": 1, "idTag": "04A2", "meterStart": 100, "timestamp": NOON}
STARTED = {"transactionId": 7, "idTagInfo": {"status": "Accepted"}}
STATUS = {"connectorId": 1, "errorCode": "NoError", "status": "Available"}
ERROR_CODES = {code.value for code in CallErrorCode}


@pytest.fixture
def pipe():
    return Pipe(V16_READER)


def call(unique_id, action, payload):
    return json.dumps([2, unique_id, action, payload])


def result(send, payload):
    """The charger's answer to a call that we sent."""
    return json.dumps([3, json.loads(send.frame)[1], payload])


def incoming(pipe, unique_id="1", action="StatusNotification", payload=STATUS):
    (effect,) = pipe.receive(call(unique_id, action, payload), 0.0)
    assert isinstance(effect, Incoming)
    return effect


def give(pipe, effect, payload):
    """Answer a call of the charger and return the frame."""
    frame = V16.encode_result(effect.unique_id, effect.action, payload)
    pipe.answer(effect, frame)
    return frame


def asked(pipe, key="reset", action="Reset", payload=None, now=0.0, timeout_s=30.0):
    """Call the charger and return the frame sent."""
    (send,) = pipe.call(key, action, payload or {"type": "Soft"}, now, timeout_s)
    assert isinstance(send, Send)
    return send


def error_of(send):
    """Code of a CALLERROR that is as the standard has it."""
    kind, unique_id, code, description, details = json.loads(send.frame)
    assert (kind, details) == (4, {})
    assert isinstance(unique_id, str)
    assert isinstance(description, str)
    assert code in ERROR_CODES
    return code


def test_a_call_is_handed_on_and_its_answer_encoded(pipe):
    (effect,) = pipe.receive(call("1", "StartTransaction", START), 5.0)
    assert (effect.unique_id, effect.action, effect.payload) == ("1", "StartTransaction", START)
    assert (effect.mended, effect.received_at) == ((), 5.0)
    assert pipe.running == 1
    assert json.loads(give(pipe, effect, STARTED)) == [3, "1", STARTED]
    assert pipe.running == 0


def test_R01_an_unreadable_frame_is_logged_and_left_alone(pipe):
    assert pipe.receive('[2,"1","Heartb', 0.0) == [Invalid('[2,"1","Heartb', "not-json")]
    assert incoming(pipe), "the connection goes on"


@pytest.mark.parametrize("text", ['[2,"1","Heartbeat"]', '[2,"1"]', '[2,"1","Heartbeat",[]]', '[2,"1",7,{}]'])
def test_R02_a_call_of_wrong_shape_is_a_formation_violation(pipe, text):
    invalid, send = pipe.receive(text, 0.0)
    assert invalid == Invalid(text, "call-malformed", "1")
    assert error_of(send) == "FormationViolation"


def test_R03_an_unknown_message_type_is_left_alone(pipe):
    assert pipe.receive('[5,"1","Heartbeat",{}]', 0.0) == [Invalid('[5,"1","Heartbeat",{}]', "message-type-unknown")]


@pytest.mark.parametrize(
    "action, payload, code",
    [
        ("Foo", {}, "NotImplemented"),
        ("Reset", {"type": "Soft"}, "NotSupported"),
        ("StartTransaction", {k: v for k, v in START.items() if k != "idTag"}, "OccurenceConstraintViolation"),
        ("StatusNotification", STATUS | {"connectorId": "one"}, "TypeConstraintViolation"),
        ("StatusNotification", STATUS | {"connectorId": []}, "TypeConstraintViolation"),
    ],
    ids=["R04", "R05", "R07", "R08", "R08"],
)
def test_R04_R05_R07_R08_what_cannot_be_mended_is_refused(pipe, action, payload, code):
    refused, send = pipe.receive(call("1", action, payload), 0.0)
    assert isinstance(refused, Refused)
    assert (refused.unique_id, refused.action, refused.code) == ("1", action, code)
    assert error_of(send) == code
    assert pipe.running == 0


def test_R08_R09_R11_R12_what_was_mended_is_told(pipe):
    odd = {"connectorId": "1", "errorCode": "Error", "status": "Available", "info": None, "foo": 1}
    effect = incoming(pipe, payload=odd)
    assert effect.payload == STATUS | {"errorCode": "OtherError", "vendorErrorCode": "Error"}
    assert effect.mended == (
        "coerced:connectorId",
        "enum:errorCode=Error",
        "null-dropped:info",
        "extra-dropped:foo",
    )


def test_what_is_odd_about_the_frame_is_told_with_what_is_odd_about_the_payload(pipe):
    (effect,) = pipe.receive('[2,17,"Heartbeat",{"foo":1},0]', 0.0)
    assert effect.mended == ("coerced:messageId", "frame-length", "extra-dropped:foo")
    assert json.loads(give(pipe, effect, {"currentTime": NOON}))[:2] == [3, "17"]


def test_R15_same_id_again_replays_the_stored_answer(pipe):
    frame = give(pipe, incoming(pipe, "1", "StartTransaction", START), STARTED)
    again = pipe.receive(call("1", "StartTransaction", dict(reversed(START.items()))), 1.0)
    assert again == [Repeated("1", "StartTransaction", answered=True), Send(frame)]
    assert pipe.running == 0


def test_R15_same_id_with_another_payload_is_a_new_call(pipe):
    give(pipe, incoming(pipe, "1", "StartTransaction", START), STARTED)
    effect = incoming(pipe, "1", "StartTransaction", START | {"connectorId": 2})
    assert effect.mended == ("id-reused",)
    other = STARTED | {"transactionId": 8}
    assert json.loads(give(pipe, effect, other)) == [3, "1", other]


def test_R15_same_id_with_another_action_is_a_new_call(pipe):
    give(pipe, incoming(pipe, "1", "FirmwareStatusNotification", {"status": "Idle"}), {})
    assert incoming(pipe, "1", "DiagnosticsStatusNotification", {"status": "Idle"}).mended == ("id-reused",)


def test_R15_a_refused_call_may_be_tried_again_with_the_same_id(pipe):
    first = incoming(pipe, "1", "StartTransaction", START)
    assert error_of(Send(pipe.refuse(first, CallErrorCode.INTERNAL_ERROR))) == "InternalError"
    assert incoming(pipe, "1", "StartTransaction", START).mended == ()


@pytest.mark.parametrize(
    "action, payload, answers",
    [
        ("Heartbeat", {}, [{"currentTime": NOON}, {"currentTime": "2024-05-01T12:05:00Z"}]),
        ("Authorize", {"idTag": "04A2"}, [{"idTagInfo": {"status": s}} for s in ("Accepted", "Blocked")]),
    ],
)
def test_R15_a_question_is_answered_anew(pipe, action, payload, answers):
    for answer in answers:
        effect = incoming(pipe, "1", action, payload)
        assert effect.mended == ()
        assert json.loads(give(pipe, effect, answer)) == [3, "1", answer]


def test_B05_boot_with_the_same_id_is_answered_with_the_present_time(pipe):
    boot = {"chargePointVendor": "Nordwatt", "chargePointModel": "N1"}
    for time in (NOON, "2024-05-01T12:00:10Z"):
        answer = {"status": "Accepted", "interval": 300, "currentTime": time}
        assert json.loads(give(pipe, incoming(pipe, "1", "BootNotification", boot), answer))[2] == answer


def test_R15_only_the_last_answers_are_kept_in_mind(pipe):
    for number in range(REMEMBERED + 1):
        give(pipe, incoming(pipe, str(number)), {})
    assert isinstance(pipe.receive(call("1", "StatusNotification", STATUS), 0.0)[0], Repeated)
    assert isinstance(pipe.receive(call("0", "StatusNotification", STATUS), 0.0)[0], Incoming)


def test_R15_a_retry_on_the_next_connection_gets_the_answer_of_the_last(pipe):
    frame = give(pipe, incoming(pipe, "1", "StartTransaction", START), STARTED)
    following = Pipe(V16_READER)
    following.remember("1", "StartTransaction", START, frame)
    assert following.receive(call("1", "StartTransaction", START), 0.0) == [
        Repeated("1", "StartTransaction", answered=True),
        Send(frame),
    ]


def test_R15_a_counter_that_starts_again_on_the_next_connection_repeats_nothing(pipe):
    pipe.remember("1", "StatusNotification", STATUS, '[3,"1",{}]')
    assert incoming(pipe, "1", "StatusNotification", STATUS).mended == ()
    assert V16.from_charger >= ANSWERED_ANEW | REPEATED_LATER


def test_R17_same_id_while_it_runs_is_answered_once(pipe):
    first = incoming(pipe, "1", "StartTransaction", START)
    for _ in range(3):
        again = pipe.receive(call("1", "StartTransaction", START), 1.0)
        assert again == [Repeated("1", "StartTransaction", answered=False)]
    assert pipe.running == 1
    assert json.loads(give(pipe, first, STARTED)) == [3, "1", STARTED]
    assert pipe.running == 0


def test_R17_same_id_with_another_payload_runs_beside_the_first(pipe):
    first = incoming(pipe, "1", payload=STATUS)
    second = incoming(pipe, "1", payload=STATUS | {"connectorId": 2})
    assert pipe.running == 2
    assert give(pipe, second, {}) == give(pipe, first, {}) == '[3,"1",{}]'
    assert pipe.running == 0


@pytest.mark.parametrize("text", ['[3,"nobody",{"status":"Accepted"}]', '[4,"nobody","GenericError","",{}]', '[3,"x"]'])
def test_R18_an_answer_to_nothing_is_a_stray(pipe, text):
    send = asked(pipe)
    assert pipe.receive(text, 1.0) == [Stray(json.loads(text)[1])]
    (answered,) = pipe.receive(result(send, {"status": "Accepted"}), 2.0)
    assert isinstance(answered, Answered)


def test_R18_a_second_answer_is_a_stray(pipe):
    send = asked(pipe)
    text = result(send, {"status": "Accepted"})
    assert isinstance(pipe.receive(text, 1.0)[0], Answered)
    assert isinstance(pipe.receive(text, 1.0)[0], Stray)


def test_our_call_and_its_answer(pipe):
    send = asked(pipe, key=42)
    kind, unique_id, action, payload = json.loads(send.frame)
    assert (kind, action, payload, send.key) == (2, "Reset", {"type": "Soft"}, 42)
    assert isinstance(unique_id, str)
    assert 0 < len(unique_id) <= 36
    (answered,) = pipe.receive(result(send, {"status": "Accepted"}), 1.0)
    assert answered == Answered(42, unique_id, "Reset", {"status": "Accepted"}, (), late=False)
    assert pipe.deadline is None


def test_R19_a_late_answer_belongs_to_its_own_command(pipe):
    first = asked(pipe, "first", "Reset", {"type": "Soft"}, timeout_s=30)
    assert pipe.call("second", "ClearCache", {}, 1.0, 30) == []
    timed_out, second = pipe.tick(30.0)
    assert (timed_out.key, second.key) == ("first", "second")
    (late,) = pipe.receive(result(first, {"status": "Rejected"}), 31.0)
    assert (late.key, late.action, late.payload, late.late) == ("first", "Reset", {"status": "Rejected"}, True)
    (answered,) = pipe.receive(result(second, {"status": "Accepted"}), 32.0)
    assert (answered.key, answered.action, answered.late) == ("second", "ClearCache", False)
    assert isinstance(pipe.receive(result(first, {"status": "Rejected"}), 33.0)[0], Stray)


def test_R19_a_late_error_or_malformed_answer_is_late_too(pipe):
    sends = []
    for key in ("error", "malformed"):
        sends.append(asked(pipe, key))
        pipe.tick(30.0)
    error = json.dumps([4, json.loads(sends[0].frame)[1], "NotSupported", "No", {}])
    (errored,) = pipe.receive(error, 31.0)
    (malformed,) = pipe.receive(result(sends[1], {}), 31.0)
    assert (errored.key, errored.late) == ("error", True)
    assert (malformed.key, malformed.late) == ("malformed", True)


@pytest.mark.parametrize("payload", [{}, {"status": "Perhaps"}, {"status": []}, None, [], "Accepted", 7])
def test_R20_a_malformed_answer_ends_the_command_and_frees_the_line(pipe, payload):
    send = asked(pipe)
    pipe.call("next", "ClearCache", {}, 0.0, 30)
    malformed, following = pipe.receive(result(send, payload), 1.0)
    assert isinstance(malformed, Malformed)
    assert (malformed.key, malformed.action, malformed.payload) == ("reset", "Reset", payload)
    assert malformed.reason
    assert following.key == "next"


def test_R20_an_answer_without_payload_is_malformed(pipe):
    send = asked(pipe)
    (malformed,) = pipe.receive(json.dumps([3, json.loads(send.frame)[1]]), 1.0)
    assert (malformed.payload, malformed.mended) == (None, ("frame-length",))


def test_R20_an_answer_that_can_be_mended_is_an_answer(pipe):
    send = asked(pipe)
    (answered,) = pipe.receive(result(send, {"status": "accepted", "foo": None}), 1.0)
    assert (answered.payload, answered.mended) == (
        {"status": "Accepted"},
        ("coerced:status", "extra-dropped:foo"),
    )


def test_C18_an_error_is_told_in_the_chargers_own_words(pipe):
    send = asked(pipe)
    unique_id = json.loads(send.frame)[1]
    (errored,) = pipe.receive(json.dumps([4, unique_id, "NotImplemented", "Nope", {"why": 1}]), 1.0)
    assert errored == Errored("reset", unique_id, "Reset", "NotImplemented", "Nope", {"why": 1}, late=False)


def test_R22_calls_cross_without_waiting_for_each_other(pipe):
    send = asked(pipe)
    effect = incoming(pipe)
    assert give(pipe, effect, {}) == '[3,"1",{}]'
    running = incoming(pipe, "2")
    (answered,) = pipe.receive(result(send, {"status": "Accepted"}), 2.0)
    assert answered.key == "reset"
    assert give(pipe, running, {}) == '[3,"2",{}]'


def test_R22_the_same_id_in_both_directions_is_two_calls(pipe):
    send = asked(pipe)
    ours = json.loads(send.frame)[1]
    effect = incoming(pipe, ours)
    (answered,) = pipe.receive(result(send, {"status": "Accepted"}), 1.0)
    assert isinstance(answered, Answered)
    assert json.loads(give(pipe, effect, {})) == [3, ours, {}]


def test_R23_one_call_of_ours_at_a_time_in_order(pipe):
    send = asked(pipe, 0)
    for key in range(1, 5):
        assert pipe.call(key, "ClearCache", {}, 0.0, 30) == []
    for key in range(4):
        answered, send = pipe.receive(result(send, {"status": "Accepted"}), 1.0)
        assert (answered.key, send.key) == (key, key + 1)
    assert len(pipe.receive(result(send, {"status": "Accepted"}), 1.0)) == 1


def test_R24_pipelined_calls_are_handed_on_in_order_and_each_is_answered(pipe):
    effects = [incoming(pipe, str(number)) for number in range(5)]
    assert [effect.unique_id for effect in effects] == list("01234")
    assert [json.loads(give(pipe, effect, {}))[1] for effect in reversed(effects)] == list("43210")


def test_R25_a_call_times_out_and_frees_the_line(pipe):
    send = asked(pipe, "first", now=100.0, timeout_s=30)
    pipe.call("second", "ClearCache", {}, 110.0, 60)
    assert pipe.deadline == 130.0
    assert pipe.tick(129.9) == []
    timed_out, following = pipe.tick(130.0)
    assert timed_out == TimedOut("first", json.loads(send.frame)[1], "Reset")
    assert following.key == "second"
    assert pipe.deadline == 190.0, "the time of a call runs from when it is sent"


def test_R25_nothing_to_wait_for_is_no_time_out(pipe):
    assert pipe.tick(1e9) == []
    assert pipe.deadline is None


def test_R27_a_failed_handler_tells_the_charger_no_more_than_that(pipe):
    frame = pipe.refuse(incoming(pipe), CallErrorCode.INTERNAL_ERROR)
    assert frame == '[4,"1","InternalError","",{}]'


def test_R27_an_answer_that_must_not_be_sent_leaves_the_call_owed(pipe):
    effect = incoming(pipe, "1", "StartTransaction", START)
    with pytest.raises(NotSendable):
        give(pipe, effect, STARTED | {"transactionId": None})
    assert pipe.running == 1
    assert error_of(Send(pipe.refuse(effect, CallErrorCode.INTERNAL_ERROR))) == "InternalError"
    assert pipe.running == 0


def test_R29_our_calls_are_inside_the_schema_or_not_made(pipe):
    with pytest.raises(NotSendable):
        pipe.call("reset", "Reset", {"type": "Gentle"}, 0.0, 30)
    assert pipe.deadline is None
    assert asked(pipe)


def test_a_waiting_call_can_be_withdrawn_but_not_one_under_way(pipe):
    send = asked(pipe, "first")
    pipe.call("second", "ClearCache", {}, 0.0, 30)
    pipe.call("third", "ClearCache", {}, 0.0, 30)
    assert pipe.withdraw("second")
    assert not pipe.withdraw("second")
    assert not pipe.withdraw("first")
    _, following = pipe.receive(result(send, {"status": "Accepted"}), 1.0)
    assert following.key == "third"


def test_T30_closing_fails_what_is_pending_and_takes_nothing_more(pipe):
    asked(pipe, "late")
    pipe.tick(30.0)
    send = asked(pipe, "under way")
    pipe.call("waiting", "ClearCache", {}, 0.0, 30)
    running = incoming(pipe)
    lost = pipe.close()
    assert [(effect.key, effect.sent) for effect in lost] == [("under way", True), ("waiting", False)]
    assert all(isinstance(effect, Lost) for effect in lost)
    assert pipe.closed
    assert pipe.receive(result(send, {"status": "Accepted"}), 1.0) == []
    assert pipe.receive(call("9", "Heartbeat", {}), 1.0) == []
    assert pipe.tick(1e9) == []
    assert pipe.close() == []
    (refused,) = pipe.call("after", "ClearCache", {}, 2.0, 30)
    assert (refused.key, refused.sent) == ("after", False)
    assert give(pipe, running, {}) == '[3,"1",{}]', "what was handled is answered on paper, for the log"


def test_overdue_calls_are_not_kept_in_mind_without_end(pipe):
    sends = []
    for number in range(REMEMBERED + 1):
        sends.append(asked(pipe, number))
        pipe.tick(30.0)
    assert isinstance(pipe.receive(result(sends[0], {"status": "Accepted"}), 31.0)[0], Stray)
    assert isinstance(pipe.receive(result(sends[1], {"status": "Accepted"}), 31.0)[0], Answered)


def check(effects):
    """Whatever came in: replies are CALLERRORs as the standard has them, or repeat an answer."""
    repeated = any(isinstance(effect, Repeated) for effect in effects)
    for effect in effects:
        if isinstance(effect, Send) and not repeated:
            error_of(effect)
            assert effect.frame.isascii()


@settings(deadline=None)
@given(st.lists(st.text() | st.binary().map(lambda data: data.decode("utf-8", "replace")), max_size=5))
def test_any_text_is_taken(texts):
    pipe = Pipe(V16_READER)
    for text in texts:
        check(pipe.receive(text, 0.0))


ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from([*START, *STATUS, "meterValue", "sampledValue", "value", "x"]), inner, max_size=4
        )
    ),
    max_leaves=8,
)
FRAMES = (
    st.tuples(
        st.sampled_from([2, 2, 2, 3, 4, 5]) | ANY_JSON,
        st.sampled_from(["1", "2", "ours"]) | ANY_JSON,
        st.sampled_from(sorted(V16.requests)) | ANY_JSON,
        ANY_JSON,
    ).map(list)
    | ANY_JSON
)


@settings(max_examples=500, deadline=None)
@given(st.lists(FRAMES, max_size=8))
def test_any_json_is_taken(frames):
    pipe = Pipe(V16_READER)
    ours = json.loads(asked(pipe).frame)[1]
    for frame in frames:
        if isinstance(frame, list) and frame[1:2] == ["ours"]:
            frame[1] = ours
        effects = pipe.receive(json.dumps(frame), 0.0)
        check(effects)
        for effect in effects:
            if isinstance(effect, Incoming):
                assert error_of(Send(pipe.refuse(effect, CallErrorCode.INTERNAL_ERROR)))
    assert pipe.running == 0
