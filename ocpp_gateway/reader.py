"""The tolerant reader: what a charger sends is mended until it can be used, and every mending is noted.

The rule is read off the JSON schemas, not off a list of vendors:

* nulls and fields the schema does not know are dropped; numbers, booleans, texts are converted where nothing is lost;
* what cannot be used is dropped; an item of a list that then lacks something is dropped whole;
* a report (a notification or a transaction message) is refused only for the lack of an essential field, because a
  charger that gets no confirmation repeats itself and then throws the record away (OCPP 1.6 §3.7.1, §4.7-§4.10);
* a question (all other calls) needs every required field.

A payload that was read therefore keeps its schema but for this: in a report a required field that is not essential may
be absent, and below a list a required date-time or boolean; lists may be empty, texts longer than allowed; an unknown
value of an enumeration in a call stays as it came unless there is a catch-all for it. Every date-time that is there can
be read by ``timestamps.parse``. Nothing absent is ever filled in.
"""

import re
from collections.abc import Iterator
from datetime import UTC
from typing import Any, Final, NamedTuple

import jsonschema_rs
import orjson

from ocpp_gateway.codec import (
    MESSAGE,
    V16,
    CallErrorCode,
    Place,
    Schema,
    Version,
    error_code,
    error_place,
    fits,
    rewritten,
    validator,
)
from ocpp_gateway.timestamps import parse

MOST_NOTES = 32
LONGEST_RAW_VALUE = 40

ESSENTIAL: dict[str, frozenset[str]] = {
    "BootNotification": frozenset(),
    "DiagnosticsStatusNotification": frozenset(),
    "FirmwareStatusNotification": frozenset(),
    "LogStatusNotification": frozenset(),
    "MeterValues": frozenset(),
    "SecurityEventNotification": frozenset(),
    "SignedFirmwareStatusNotification": frozenset(),
    "StartTransaction": frozenset({"connectorId", "idTag"}),
    "StatusNotification": frozenset({"connectorId"}),
    "StopTransaction": frozenset(),
}
"""The reports, with the fields without which there is nothing to record. Actions not named here are questions."""


class CatchAll(NamedTuple):
    """The value an enumeration has for everything else, and the field that may keep the charger's own word."""

    value: str
    raw_in: str | None = None


CATCH_ALL = {
    ("StatusNotification", "errorCode"): CatchAll("OtherError", raw_in="vendorErrorCode"),
    ("StopTransaction", "reason"): CatchAll("Other"),
}
METERS = frozenset({"meterStart", "meterStop"})
"""Registers in Wh: may exceed 32 bits after years at a fast charger, and lose nothing that counts by rounding."""


class Reading(NamedTuple):
    """A payload as far as it could be read.

    ``mended`` holds codes such as ``null-dropped:info``, ``coerced:connectorId`` or ``enum:errorCode=Error``: each
    once per message, list positions left out, so that they can be counted per station. ``error`` and ``reason`` are
    set when the payload is of no use; the reason names keyword and field, never a value.
    """

    payload: dict[str, Any]
    mended: tuple[str, ...] = ()
    error: CallErrorCode | None = None
    reason: str = ""


class Reader:
    """Reads calls and answers of one OCPP version."""

    def __init__(self, version: Version) -> None:
        self.version = version
        self._calls = {a: _Message(a, version.requests[a], from_call=True) for a in version.from_charger}
        self._answers = {a: _Message(a, schema, from_call=False) for a, schema in version.answers.items()}

    def read(self, action: str, payload: dict[str, Any]) -> Reading:
        """Read the payload of a charger's call, as ``orjson`` loads it. The action must be one a charger may call."""
        return self._calls[action].read(payload)

    def read_answer(self, action: str, payload: dict[str, Any]) -> Reading:
        """Read the payload of a charger's answer to our call of ``action``; all required fields must be there."""
        return self._answers[action].read(payload)


class _Message:
    """One message: its schema, and the validator of payloads that need no mending at all."""

    def __init__(self, action: str, schema: Schema, *, from_call: bool) -> None:
        self.action = action
        self.schema = schema
        self.from_call = from_call
        self.is_report = from_call and action in ESSENTIAL
        self.essential = ESSENTIAL[action] if self.is_report else frozenset(schema.get("required", ()))
        self._as_sent = validator(schema)
        self._flawless = validator(rewritten(schema, _flawless_call if from_call else _flawless_answer))

    def read(self, payload: dict[str, Any]) -> Reading:
        if fits(self._flawless, payload):
            return Reading(payload)
        mending = _Mending(self)
        mended = mending.run(payload)
        notes = tuple(mending.notes)
        for error in self._unmended(mended):
            return Reading(payload, notes, error_code(error), error_place(error))
        return Reading(mended, notes)

    def _unmended(self, payload: dict[str, Any]) -> Iterator[jsonschema_rs.ValidationError]:
        return (error for error in self._as_sent.iter_errors(payload) if not self._tolerated(error))

    def _tolerated(self, error: jsonschema_rs.ValidationError) -> bool:
        match error.kind.name:
            case "maxLength" | "format":
                return True  # long texts are kept; date-times were judged while mending
            case "required":
                if error.instance_path:
                    return any(isinstance(part, int) for part in error.instance_path)
                return self.is_report and error.kind.as_dict()["property"] not in self.essential
            case "enum" | "minItems":
                return self.from_call
        return False


_DATE_TIME: Final = r"^(19[7-9]\d|20\d\d)-"


def _flawless_answer(schema: Schema, place: Place) -> Schema:
    if schema.get("format") == "date-time":
        schema["pattern"] = _DATE_TIME
    if schema.get("type") == "integer":
        schema["minimum"], schema["maximum"] = _bounds(place.name)
    return schema


def _flawless_call(schema: Schema, place: Place) -> Schema:
    if schema.get("type") == "string" and _empty_is_nothing(schema, place):
        schema["minLength"] = 1
    return _flawless_answer(schema, place)


def _bounds(name: str) -> tuple[int, int]:
    bits = 63 if name in METERS else 31
    return -(2**bits), 2**bits - 1


def _empty_is_nothing(schema: Schema, place: Place) -> bool:
    """Whether an empty text counts as absent: everywhere but in the required free texts of the message itself."""
    return not place.required or place.listed or "enum" in schema or "format" in schema


class _Unusable:
    """Stands for a value that cannot be used."""


_UNUSABLE = _Unusable()


class _Mending:
    """One walk along a schema, mending a payload and noting what was done."""

    def __init__(self, message: _Message) -> None:
        self._message = message
        self._notes: dict[str, None] = {}

    @property
    def notes(self) -> list[str]:
        return list(self._notes)[:MOST_NOTES]

    def run(self, payload: dict[str, Any]) -> dict[str, Any]:
        mended = self._properties(self._message.schema, payload, "", MESSAGE)
        for name in self._message.essential & payload.keys() - mended.keys():
            if payload[name] is not None:
                mended[name] = payload[name]  # stays as it is, for the schema to say what is wrong with it
        return self._catch_all(mended)

    def _catch_all(self, payload: dict[str, Any]) -> dict[str, Any]:
        for name, value in list(payload.items()):
            catch_all = CATCH_ALL.get((self._message.action, name))
            if catch_all and value not in self._message.schema["properties"][name]["enum"]:
                payload[name] = catch_all.value
                if catch_all.raw_in:
                    payload.setdefault(catch_all.raw_in, value)
        return payload

    def _note(self, code: str, path: str, value: Any = None) -> None:
        raw = "" if value is None else f"={str(value)[:LONGEST_RAW_VALUE]}"
        self._notes[f"{code}:{path}{raw}"] = None

    def _unusable(self, code: str, path: str, value: Any = None) -> _Unusable:
        self._note(code, path, value)
        return _UNUSABLE

    def _value(self, schema: Schema, value: Any, path: str, place: Place) -> Any:
        match schema["type"]:
            case "object":
                if not isinstance(value, dict):
                    return self._unusable("bad-type", path)
                return self._properties(schema, value, path, place)
            case "array":
                return self._items(schema, value, path, place)
            case "string":
                return self._text(schema, value, path, place)
            case "integer":
                return self._integer(value, path, place)
            case "number":
                return self._number(value, path)
            case _:
                return self._boolean(value, path)

    def _properties(self, schema: Schema, value: dict[str, Any], path: str, place: Place) -> dict[str, Any]:
        known, required = schema["properties"], schema.get("required", ())
        mended: dict[str, Any] = {}
        for name, item in value.items():
            here = f"{path}.{name}" if path else name
            if name not in known:
                self._note("extra-dropped", here[:100])
            elif item is None:
                self._note("null-dropped", here)
            else:
                result = self._value(known[name], item, here, Place(name, name in required, place.listed))
                if result is not _UNUSABLE:
                    mended[name] = result
        for name in required:
            if value.get(name) is None:
                self._note("missing", f"{path}.{name}" if path else name)
        return mended

    def _items(self, schema: Schema, value: Any, path: str, place: Place) -> list[Any]:
        if not isinstance(value, list):
            self._note("coerced", path)
            value = [value]
        here, inside = f"{path}[]", Place(place.name, required=True, listed=True)
        mended = []
        for item in value:
            result = self._unusable("null-dropped", here) if item is None else self._item(schema, item, here, inside)
            if result is not _UNUSABLE:
                mended.append(result)
        if len(mended) < schema.get("minItems", 0):
            self._note("empty", path)
        return mended

    def _item(self, schema: Schema, item: Any, path: str, place: Place) -> Any:
        result = self._value(schema["items"], item, path, place)
        if isinstance(result, dict) and _lacks_something(schema["items"], result):
            return self._unusable("incomplete-dropped", path)
        return result

    def _text(self, schema: Schema, value: Any, path: str, place: Place) -> Any:
        text = value if isinstance(value, str) else _as_text(value, bounded="maxLength" in schema or "enum" in schema)
        if text is None:
            return self._unusable("bad-type", path)
        if text is not value:
            self._note("coerced", path)
        if not text and self._message.from_call and _empty_is_nothing(schema, place):
            return self._unusable("empty-dropped", path)
        if len(text) > schema.get("maxLength", len(text)):
            self._note("over-long", path)
        if "enum" in schema:
            return self._choice(schema["enum"], text, path)
        return self._date_time(text, path) if schema.get("format") == "date-time" else text

    def _choice(self, choices: list[str], text: str, path: str) -> str:
        if text in choices:
            return text
        for choice in choices:
            if choice.casefold() == text.strip().casefold():
                self._note("coerced", path)
                return choice
        self._note("enum", path, text)
        return text

    def _date_time(self, text: str, path: str) -> Any:
        parsed = parse(text, UTC)
        for note in parsed.notes:
            self._note(note, path)
        return self._unusable("bad-timestamp", path, text) if parsed.moment is None else text

    def _integer(self, value: Any, path: str, place: Place) -> Any:
        number = _as_number(value)
        if number is None:
            return self._unusable("bad-type", path)
        if number != int(number) and place.name not in METERS:
            return self._unusable("bad-type", path, value)
        low, high = _bounds(place.name)
        if not low <= number <= high:
            return self._unusable("out-of-range", path, value)
        if number != int(number):
            self._note("rounded", path, value)
        elif not isinstance(value, int):
            self._note("coerced", path)
        return round(number)

    def _number(self, value: Any, path: str) -> Any:
        number = _as_number(value)
        if number is None:
            return self._unusable("bad-type", path)
        if isinstance(value, str):
            self._note("coerced", path)
        return number

    def _boolean(self, value: Any, path: str) -> Any:
        if isinstance(value, bool):
            return value
        meaning = _BOOLEANS.get(str(value).strip().casefold())
        if meaning is None:
            return self._unusable("bad-type", path)
        self._note("coerced", path)
        return meaning


_BOOLEANS = {"true": True, "1": True, "false": False, "0": False}
_NUMBER = re.compile(r"[+-]?\d{1,19}(\.\d{1,30})?", re.ASCII)


def _as_number(value: Any) -> int | float | None:
    """A number from a number or from its digits in a text; a boolean is no number."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return value
    if not isinstance(value, str) or not _NUMBER.fullmatch(value.strip()):
        return None
    return float(value) if "." in value else int(value)


def _as_text(value: Any, *, bounded: bool) -> str | None:
    """The JSON text of a value, unless digits were lost already, or a structure stands where a short text belongs."""
    if isinstance(value, float) and abs(value) >= 2**53:
        return None
    if isinstance(value, (dict, list)) and bounded:
        return None
    return orjson.dumps(value).decode()


def _lacks_something(schema: Schema, item: dict[str, Any]) -> bool:
    """Whether a list item is of no use: a required field, not a time or boolean, is absent or an empty list."""
    return any(
        item.get(name) in (None, [])
        for name in schema.get("required", ())
        if not _may_be_absent(schema["properties"][name])
    )


def _may_be_absent(schema: Schema) -> bool:
    return schema.get("format") == "date-time" or schema["type"] == "boolean"


V16_READER = Reader(V16)
