"""The tolerant reader: what chargers really send becomes usable, and every mending is told."""

from datetime import UTC

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ocpp_gateway.codec import V16, validator
from ocpp_gateway.reader import ESSENTIAL, MOST_NOTES, V16_READER, Reading
from ocpp_gateway.timestamps import parse

NOON = "2024-05-01T12:00:00Z"
STATUS = {"connectorId": 1, "errorCode": "NoError", "status": "Available"}
START = {"connectorId": 1, "idTag": "04A2", "meterStart": 100, "timestamp": NOON}
STOP = {"transactionId": 7, "meterStop": 200, "timestamp": NOON}
BOOT = {"chargePointVendor": "Nordwatt", "chargePointModel": "N1"}


def read(action, payload):
    return V16_READER.read(action, payload)


def samples(*sampled, timestamp=NOON):
    return {"connectorId": 1, "meterValue": [{"timestamp": timestamp, "sampledValue": list(sampled)}]}


@pytest.mark.parametrize(
    "action, payload",
    [
        ("Heartbeat", {}),
        ("BootNotification", BOOT),
        ("StatusNotification", STATUS | {"timestamp": NOON}),
        ("StartTransaction", START),
        ("StartTransaction", START | {"idTag": ""}),
        ("StopTransaction", STOP | {"transactionData": [{"timestamp": NOON, "sampledValue": [{"value": "1"}]}]}),
        ("MeterValues", samples({"value": "1", "phase": "L1-N", "unit": "Wh"})),
        ("MeterValues", samples({"value": "1"}, timestamp="2024-05-01T12:00:00.123+02:00")),
    ],
)
def test_what_keeps_to_the_standard_is_read_as_it_is(action, payload):
    assert read(action, payload) == Reading(payload)


def test_R07_start_without_tag_is_an_occurence_violation():
    reading = read("StartTransaction", {k: v for k, v in START.items() if k != "idTag"})
    assert (reading.error, reading.reason) == ("OccurenceConstraintViolation", "required: idTag")
    assert reading.mended == ("missing:idTag",)


@pytest.mark.parametrize("action", sorted(set(V16.from_charger) - set(ESSENTIAL)))
def test_R07_a_question_needs_every_required_field(action):
    required = V16.requests[action].get("required", [])
    assert read(action, {}).error == ("OccurenceConstraintViolation" if required else None)


@pytest.mark.parametrize("action", sorted(ESSENTIAL))
def test_R07_a_report_needs_only_what_is_essential(action):
    whole = {"connectorId": 1, "idTag": "04A2"}
    payload = {name: whole[name] for name in ESSENTIAL[action]}
    reading = read(action, payload)
    assert reading.error is None
    assert reading.payload == payload
    missing = [name for name in V16.requests[action].get("required", []) if name not in payload]
    assert set(reading.mended) == {f"missing:{name}" for name in missing}


@pytest.mark.parametrize("value", ["1", " 1 ", "01", "+1", 1.0, "1.0"])
def test_R08_a_number_is_coerced_where_nothing_is_lost(value):
    assert read("StatusNotification", STATUS | {"connectorId": value}) == Reading(STATUS, ("coerced:connectorId",))


@pytest.mark.parametrize("value", ["one", "", "1.5", 1.5, True, [1], {"id": 1}, "0x1", "1_0", "١", "9" * 5000])
def test_R08_what_is_no_whole_number_is_a_type_violation(value):
    reading = read("StatusNotification", STATUS | {"connectorId": value})
    assert (reading.error, reading.reason) == ("TypeConstraintViolation", "type: connectorId")


@pytest.mark.parametrize("value, text", [(12, "12"), (12.5, "12.5"), (True, "true"), (-3, "-3")])
def test_R08_a_text_is_coerced_from_what_is_no_text(value, text):
    reading = read("MeterValues", samples({"value": value}))
    assert reading == Reading(samples({"value": text}), ("coerced:meterValue[].sampledValue[].value",))


def test_R08_a_tag_whose_digits_are_lost_is_no_tag():
    reading = read("StartTransaction", START | {"idTag": 1.2345678901234567e19})
    assert reading.error == "TypeConstraintViolation"


def test_R08_a_structure_in_place_of_a_free_text_is_its_json():
    reading = read("DataTransfer", {"vendorId": "Nordwatt", "data": {"a": [1, None]}})
    assert reading == Reading({"vendorId": "Nordwatt", "data": '{"a":[1,null]}'}, ("coerced:data",))
    assert read("DataTransfer", {"vendorId": {"a": 1}}).error == "TypeConstraintViolation"


def test_R08_a_single_thing_in_place_of_a_list_is_a_list_of_one():
    payload = {"connectorId": 1, "meterValue": {"timestamp": NOON, "sampledValue": {"value": "1"}}}
    reading = read("MeterValues", payload)
    assert reading == Reading(samples({"value": "1"}), ("coerced:meterValue", "coerced:meterValue[].sampledValue"))


def test_R08_an_unusable_field_of_a_report_is_dropped():
    reading = read("StopTransaction", STOP | {"meterStop": "lots", "idTag": ["x"]})
    assert reading == Reading({"transactionId": 7, "timestamp": NOON}, ("bad-type:meterStop", "bad-type:idTag"))


@pytest.mark.parametrize("value, whole", [(1234.6, 1235), ("1234.4", 1234)])
def test_R08_a_meter_with_a_fraction_is_rounded_and_told(value, whole):
    assert read("StartTransaction", START | {"meterStart": value}) == Reading(
        START | {"meterStart": whole}, (f"rounded:meterStart={value}",)
    )


@pytest.mark.parametrize("value", [2**31, -(2**31) - 1, 1700000000000])
def test_R09_a_number_beyond_32_bits_is_dropped(value):
    reading = read("StopTransaction", STOP | {"transactionId": value})
    assert reading.error is None
    assert reading.mended == (f"out-of-range:transactionId={value}",)
    assert "transactionId" not in reading.payload


def test_R09_a_register_may_exceed_32_bits():
    assert read("StopTransaction", STOP | {"meterStop": 2**40}) == Reading(STOP | {"meterStop": 2**40})
    assert "meterStop" not in read("StopTransaction", STOP | {"meterStop": 2.0**70}).payload


def test_R09_an_unknown_error_code_is_other_error_and_the_raw_one_is_kept():
    reading = read("StatusNotification", STATUS | {"errorCode": "Error"})
    assert reading.payload == STATUS | {"errorCode": "OtherError", "vendorErrorCode": "Error"}
    assert reading.mended == ("enum:errorCode=Error",)


def test_R09_the_vendors_own_error_code_goes_before_the_raw_one():
    reading = read("StatusNotification", STATUS | {"errorCode": "Error", "vendorErrorCode": "E17"})
    assert reading.payload["vendorErrorCode"] == "E17"


def test_R09_an_unknown_stop_reason_is_other():
    reading = read("StopTransaction", STOP | {"reason": "Cosmic"})
    assert reading == Reading(STOP | {"reason": "Other"}, ("enum:reason=Cosmic",))


@pytest.mark.parametrize(
    "action, payload, field",
    [
        ("StatusNotification", STATUS | {"status": "Occupied"}, "status"),
        ("FirmwareStatusNotification", {"status": "Rebooting"}, "status"),
        ("DiagnosticsStatusNotification", {"status": "Zipping"}, "status"),
        ("LogStatusNotification", {"status": "Zipping"}, "status"),
        ("SignedFirmwareStatusNotification", {"status": "Zipping"}, "status"),
    ],
)
def test_R09_an_unknown_status_stays_as_it_came(action, payload, field):
    assert read(action, payload) == Reading(payload, (f"enum:{field}={payload[field]}",))


@pytest.mark.parametrize("status", ["available", "AVAILABLE", " Available "])
def test_R09_spelling_is_mended(status):
    assert read("StatusNotification", STATUS | {"status": status}) == Reading(STATUS, ("coerced:status",))


def test_R11_Q77_unknown_fields_are_dropped():
    reading = read("StopTransaction", STOP | {"connectorId": 1, "disconnectReason": "x"})
    assert reading == Reading(STOP, ("extra-dropped:connectorId", "extra-dropped:disconnectReason"))


def test_R11_unknown_fields_without_number_leave_a_bounded_list():
    reading = read("Heartbeat", {f"{n}{'x' * 200}": n for n in range(1000)})
    assert reading.payload == {}
    assert len(reading.mended) == MOST_NOTES
    assert all(len(note) <= 200 for note in reading.mended)


def test_R12_nulls_are_dropped_at_every_depth():
    payload = samples({"value": "1", "unit": None, "phase": None}, None) | {"transactionId": None}
    reading = read("MeterValues", payload)
    assert reading == Reading(
        samples({"value": "1"}),
        (
            "null-dropped:meterValue[].sampledValue[].unit",
            "null-dropped:meterValue[].sampledValue[].phase",
            "null-dropped:meterValue[].sampledValue[]",
            "null-dropped:transactionId",
        ),
    )


def test_R12_a_required_null_is_missing_and_never_zero():
    reading = read("StartTransaction", START | {"meterStart": None})
    assert reading.error is None
    assert "meterStart" not in reading.payload
    assert reading.mended == ("null-dropped:meterStart", "missing:meterStart")
    assert read("StartTransaction", START | {"connectorId": None}).error == "OccurenceConstraintViolation"


@pytest.mark.parametrize("name", ["iccid", "imsi", "meterSerialNumber"])
def test_Q33_empty_optional_texts_are_dropped(name):
    assert read("BootNotification", BOOT | {name: ""}) == Reading(BOOT, (f"empty-dropped:{name}",))


def test_Q28_boot_is_read_whatever_is_missing():
    assert read("BootNotification", {"chargePointModel": None}).error is None


def test_long_texts_are_kept_and_noted():
    for action, payload, name in [
        ("StatusNotification", STATUS | {"info": "x" * 51}, "info"),
        ("BootNotification", BOOT | {"firmwareVersion": "1" * 80}, "firmwareVersion"),
        ("Authorize", {"idTag": "1" * 21}, "idTag"),
    ]:
        assert read(action, payload) == Reading(payload, (f"over-long:{name}",))


def test_S04_a_status_without_time_is_as_good_as_any():
    assert read("StatusNotification", STATUS) == Reading(STATUS)


@pytest.mark.parametrize("time", ["noon", "0001-01-01T00:00:00Z", "2024-02-30T12:00:00Z"])
def test_S04_a_time_that_is_none_is_absent(time):
    reading = read("StatusNotification", STATUS | {"timestamp": time})
    assert reading == Reading(STATUS, (f"bad-timestamp:timestamp={time}",))


def test_S04_a_start_without_usable_time_is_still_a_start():
    reading = read("StartTransaction", START | {"timestamp": "-"})
    assert reading.error is None
    assert "timestamp" not in reading.payload


@pytest.mark.parametrize(
    "time, notes",
    [
        ("2023-10-19T18:00:00", ("zone-missing:timestamp",)),
        (1697709600, ("coerced:timestamp", "epoch:timestamp")),
        ("2024-05-01 12:00:00Z", ()),
        ("2024-05-01T12:00Z", ()),
        ("2024-05-01T14:00:00+0200", ()),
        ("1970-01-01T00:00:10Z", ()),
    ],
)
def test_X21_odd_times_stay_for_the_stations_zone_to_be_applied(time, notes):
    reading = read("StartTransaction", START | {"timestamp": time})
    assert reading == Reading(START | {"timestamp": str(time)}, notes)


@pytest.mark.parametrize("transaction_id", [-1, 0, -77])
def test_X08_X09_odd_transaction_ids_are_read(transaction_id):
    payload = STOP | {"transactionId": transaction_id}
    assert read("StopTransaction", payload) == Reading(payload)


def test_X12_a_stop_of_nothing_known_is_read():
    reading = read("StopTransaction", {"meterStop": 5})
    assert reading == Reading({"meterStop": 5}, ("missing:transactionId", "missing:timestamp"))


def test_X17_a_falling_meter_is_none_of_the_readers_business():
    assert read("StopTransaction", STOP | {"meterStop": -1}) == Reading(STOP | {"meterStop": -1})


@pytest.mark.parametrize(
    "payload",
    [
        {"connectorId": 1, "meterValue": []},
        {"connectorId": 1, "meterValue": [{"timestamp": NOON, "sampledValue": []}]},
        {"connectorId": 1, "meterValue": [{"timestamp": NOON}]},
        samples({"value": ""}),
        samples({"value": None}),
        samples({"unit": "Wh"}),
        samples("1"),
        samples([]),
        {"connectorId": 1, "meterValue": ["", None, 5]},
    ],
)
def test_M05_samples_without_value_are_ignored(payload):
    reading = read("MeterValues", payload)
    assert reading.error is None
    assert reading.payload == {"connectorId": 1, "meterValue": []}
    assert "empty:meterValue" in reading.mended


def test_M05_the_other_samples_stay():
    good = {"value": "1"}
    reading = read("MeterValues", samples({"value": ""}, good))
    assert reading.payload == samples(good)
    assert reading.mended == (
        "empty-dropped:meterValue[].sampledValue[].value",
        "incomplete-dropped:meterValue[].sampledValue[]",
    )


def test_M05_stop_with_empty_data_is_still_a_stop():
    allowed = STOP | {"transactionData": [{"timestamp": NOON, "sampledValue": []}]}
    assert read("StopTransaction", allowed) == Reading(allowed)
    reading = read(
        "StopTransaction", STOP | {"transactionData": [{"timestamp": NOON, "sampledValue": [{"value": ""}]}]}
    )
    assert reading.error is None
    assert reading.payload == STOP | {"transactionData": []}


@pytest.mark.parametrize("name", ["measurand", "unit", "phase", "context", "location", "format"])
def test_Q95_unknown_words_about_a_sample_stay_as_they_came(name):
    payload = samples({"value": "1", name: "SoCState"})
    assert read("MeterValues", payload) == Reading(payload, (f"enum:meterValue[].sampledValue[].{name}=SoCState",))


@pytest.mark.parametrize(
    "value", ['OCMF|{"FV":"1.0", "RD" :[]}|{"SD":"3045"}\n', " eyJzaWduZWRNZXRlckRhdGEiOiIifQ== ", "\t00"]
)
def test_M14_signed_data_is_opaque(value):
    signed = {"value": value, "format": "SignedData"}
    noted = {"value": value, "format": "SignedData", "foo": 1}
    assert read("MeterValues", samples(signed)).payload == samples(signed)
    assert read("MeterValues", samples(noted)).payload == samples(signed)


def test_Z01_an_unknown_security_event_is_read():
    event = {"type": "ToasterDetected", "timestamp": "2001-01-01T00:00:00Z"}
    assert read("SecurityEventNotification", event) == Reading(event)
    assert read("SecurityEventNotification", {"type": 5}).payload == {"type": "5"}


def test_a_mending_is_noted_once_however_often_it_is_made():
    reading = read("MeterValues", samples(*({"value": n} for n in range(100))))
    assert reading.mended == ("coerced:meterValue[].sampledValue[].value",)


def test_C03_configuration_is_read_in_all_its_shapes():
    for answer in ({}, {"configurationKey": []}, {"unknownKey": ["x"]}, {"configurationKey": [], "unknownKey": []}):
        assert V16_READER.read_answer("GetConfiguration", answer) == Reading(answer)


def test_Q24_Q43_a_long_empty_or_incomplete_configuration_value_spoils_nothing():
    keys = [
        {"key": "Long", "readonly": False, "value": "x" * 551},
        {"key": "Empty", "readonly": "true", "value": ""},
        {"key": "NoFlag", "value": 5},
        {"readonly": False, "value": "nobody's"},
    ]
    reading = V16_READER.read_answer("GetConfiguration", {"configurationKey": keys, "unknownKey": None})
    assert reading.error is None
    assert reading.payload == {
        "configurationKey": [
            {"key": "Long", "readonly": False, "value": "x" * 551},
            {"key": "Empty", "readonly": True, "value": ""},
            {"key": "NoFlag", "value": "5"},
        ]
    }
    assert "over-long:configurationKey[].value" in reading.mended


def test_R20_Q55_a_schedule_without_periods_is_no_schedule_but_an_answer():
    schedule = {"chargingRateUnit": "A", "chargingSchedulePeriod": []}
    answer = {"status": "Accepted", "connectorId": 1, "chargingSchedule": schedule}
    assert V16_READER.read_answer("GetCompositeSchedule", answer).error is None


@pytest.mark.parametrize(
    "answer, error",
    [
        ({}, "OccurenceConstraintViolation"),
        ({"status": None}, "OccurenceConstraintViolation"),
        ({"status": "Maybe"}, "PropertyConstraintViolation"),
        ({"status": 5}, "PropertyConstraintViolation"),
        ({"status": [5]}, "TypeConstraintViolation"),
    ],
)
def test_R20_an_answer_that_says_nothing_is_malformed(answer, error):
    assert V16_READER.read_answer("Reset", answer).error == error


def test_R20_an_answer_is_mended_as_a_call_is():
    assert V16_READER.read_answer("Reset", {"status": "accepted", "x": 1}) == Reading(
        {"status": "Accepted"}, ("coerced:status", "extra-dropped:x")
    )


def known_as(schema):
    """Values for a schema: right, odd and wrong ones."""
    numbers = st.integers(-(2**63), 2**64 - 1) | st.floats(allow_nan=False, allow_infinity=False)
    odd = st.none() | st.booleans() | numbers | st.text(max_size=60)
    match schema["type"]:
        case "object":
            inner = {name: known_as(child) for name, child in schema["properties"].items()}
            right = st.fixed_dictionaries({}, optional=inner | {"extra": odd})
        case "array":
            right = st.lists(known_as(schema["items"]), max_size=3)
        case "string":
            right = st.sampled_from([*schema.get("enum", ["x"]), NOON, "2024-05-01T12:00:00", ""])
        case _:
            right = st.integers(-5, 5) | st.sampled_from(["1", 1.0, 2.5, "true", 2**40])
    return right | right | right | odd


def date_times(schema, value):
    """All date-times within a payload."""
    if schema.get("format") == "date-time":
        yield value
    elif isinstance(value, dict):
        for name, child in value.items():
            yield from date_times(schema["properties"][name], child)
    elif isinstance(value, list):
        for child in value:
            yield from date_times(schema["items"], child)


TOLERATED = {"required", "maxLength", "enum", "minItems", "format"}
AS_STANDARD = {action: validator(V16.requests[action]) for action in V16.from_charger}


@settings(max_examples=400, deadline=None)
@given(st.data())
def test_any_payload_is_read_into_its_schema_or_refused(data):
    action = data.draw(st.sampled_from(sorted(V16.from_charger)))
    schema = V16.requests[action]
    payload = data.draw(known_as(schema).filter(lambda value: isinstance(value, dict)))
    reading = read(action, payload)
    if reading.error:
        return
    assert {error.kind.name for error in AS_STANDARD[action].iter_errors(reading.payload)} <= TOLERATED
    assert all(parse(text, UTC).moment for text in date_times(schema, reading.payload))
    if not reading.mended:
        assert reading.payload == payload
    again = read(action, reading.payload)
    assert (again.payload, again.error) == (reading.payload, None)


@settings(max_examples=400, deadline=None)
@given(st.data())
def test_any_report_with_its_essentials_is_read(data):
    action = data.draw(st.sampled_from(sorted(ESSENTIAL)))
    payload = data.draw(known_as(V16.requests[action]).filter(lambda value: isinstance(value, dict)))
    essentials = {name: {"connectorId": 1, "idTag": "04A2"}[name] for name in ESSENTIAL[action]}
    assert read(action, payload | essentials).error is None
