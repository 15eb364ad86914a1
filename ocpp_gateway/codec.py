"""OCPP-J frames as text and as Python values, and the JSON schemas of one OCPP version.

Incoming frames are only taken apart here (``reader`` reads their payloads tolerantly). Outgoing frames are
strict: whatever does not fit the schema, or what experience in the field forbids, is not encoded at all.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from importlib.resources import files
from typing import Any, NamedTuple

import jsonschema_rs
import orjson

CALL, CALL_RESULT, CALL_ERROR = 2, 3, 4
LONGEST_MESSAGE_ID = 255
"""OCPP-J allows 36 characters; longer ones are echoed too, up to where one could not be stored."""
LONGEST_DESCRIPTION = 255

Schema = dict[str, Any]


class CallErrorCode(StrEnum):
    """Error codes as OCPP-J 1.6 spells them on the wire (table 7): ``Occurence`` and ``Formation`` are no slips."""

    NOT_IMPLEMENTED = "NotImplemented"
    NOT_SUPPORTED = "NotSupported"
    INTERNAL_ERROR = "InternalError"
    PROTOCOL_ERROR = "ProtocolError"
    SECURITY_ERROR = "SecurityError"
    FORMATION_VIOLATION = "FormationViolation"
    PROPERTY_CONSTRAINT_VIOLATION = "PropertyConstraintViolation"
    OCCURENCE_CONSTRAINT_VIOLATION = "OccurenceConstraintViolation"
    TYPE_CONSTRAINT_VIOLATION = "TypeConstraintViolation"
    GENERIC_ERROR = "GenericError"


class NotSendable(ValueError):
    """An outgoing payload does not fit its schema. The message names keyword and place, never the value."""


class Call(NamedTuple):
    """``[2, id, action, payload]`` from a charger. ``notes``: what was unusual about the frame itself."""

    unique_id: str
    action: str
    payload: dict[str, Any]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CallResult:
    """``[3, id, payload]`` from a charger; the payload is whatever stood there, None if nothing did."""

    unique_id: str
    payload: Any
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CallError:
    """``[4, id, code, description, details]`` from a charger; elements that are missing are empty."""

    unique_id: str
    code: str
    description: str
    details: Any
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Invalid:
    """A text that is no OCPP frame, to be logged raw.

    ``unique_id`` is set when the text was a CALL whose id could be read: it is owed a CALLERROR
    ``FormationViolation`` (OCPP-J 1.6 §4.2.3). All else is left unanswered, for there is nothing to answer.
    """

    raw: str
    reason: str
    unique_id: str | None = None


Frame = Call | CallResult | CallError | Invalid


def parse(text: str) -> Frame:
    """Take a frame apart. Never raises, whatever the text."""
    try:
        message = orjson.loads(_without_nul(text))
    except orjson.JSONDecodeError:
        return _invalid(text, "not-json")
    if not isinstance(message, list) or not message:
        return _invalid(text, "not-a-message")
    unique_id = _message_id(message)
    if unique_id is None:
        return _invalid(text, "message-id-unreadable")
    read = _FRAMES.get(message[0]) if isinstance(message[0], int) else None
    if read is None:
        return _invalid(text, "message-type-unknown")
    return read(text, unique_id, _without_depth(message) if _may_be_deep(text) else message)


def _invalid(text: str, reason: str, unique_id: str | None = None) -> Invalid:
    return Invalid(text.replace("\0", "\N{REPLACEMENT CHARACTER}"), reason, unique_id)


def _message_id(message: list[Any]) -> str | None:
    """The id as text. A number is taken for its digits; nothing else is readable as an id."""
    value = message[1] if len(message) > 1 else None
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return value if isinstance(value, str) and len(value) <= LONGEST_MESSAGE_ID else None


_ESCAPED_NUL = re.compile(r"(?<!\\)((?:\\\\)*)\\u0000")


def _without_nul(text: str) -> str:
    """Replace the one character that PostgreSQL cannot store."""
    return _ESCAPED_NUL.sub(r"\1\\ufffd", text) if "\\u0000" in text else text


def _may_be_deep(text: str) -> bool:
    return text.count("[") + text.count("{") > 200


def _without_depth(message: list[Any]) -> list[Any]:
    """Leave out nested elements when they are nested deeper than can be encoded again (about 250 levels)."""
    try:
        orjson.dumps(message)
    except orjson.JSONEncodeError:
        return [None if isinstance(element, (dict, list)) else element for element in message]
    return message


def _notes(message: list[Any], length: int) -> tuple[str, ...]:
    notes = []
    if not isinstance(message[1], str):
        notes.append("coerced:messageId")
    elif len(message[1]) > 36:
        notes.append("over-long:messageId")
    if len(message) != length:
        notes.append("frame-length")
    return tuple(notes)


def _parse_call(text: str, unique_id: str, message: list[Any]) -> Call | Invalid:
    if len(message) < 4 or not isinstance(message[2], str) or not isinstance(message[3], dict):
        return _invalid(text, "call-malformed", unique_id)
    return Call(unique_id, message[2], message[3], _notes(message, 4))


def _parse_call_result(text: str, unique_id: str, message: list[Any]) -> CallResult:
    return CallResult(unique_id, message[2] if len(message) > 2 else None, _notes(message, 3))


def _parse_call_error(text: str, unique_id: str, message: list[Any]) -> CallError:
    code, description, details = (*message[2:5], None, None, None)[:3]
    return CallError(unique_id, str(code or ""), str(description or ""), details or {}, _notes(message, 5))


_FRAMES: dict[int, Callable[[str, str, list[Any]], Frame]] = {
    CALL: _parse_call,
    CALL_RESULT: _parse_call_result,
    CALL_ERROR: _parse_call_error,
}


class Place(NamedTuple):
    """Where a schema stands inside its message: its property name, whether it is required, whether below a list."""

    name: str = ""
    required: bool = True
    listed: bool = False


MESSAGE = Place()
"""The place of a message itself."""


def rewritten(schema: Schema, change: Callable[[Schema, Place], Schema], place: Place = MESSAGE) -> Schema:
    """A copy of a resolved schema with ``change`` applied to every schema inside it, outermost first."""
    schema = change(dict(schema), place)
    required = schema.get("required", ())
    if "properties" in schema:
        schema["properties"] = {
            name: rewritten(child, change, Place(name, name in required, place.listed))
            for name, child in schema["properties"].items()
        }
    if "items" in schema:
        schema["items"] = rewritten(schema["items"], change, Place(place.name, True, True))
    return schema


def _resolved(schema: Any, definitions: Mapping[str, Schema]) -> Any:
    """Put every ``$ref`` definition where it is referred to, and drop names and dialects of schemas."""
    if isinstance(schema, list):
        return [_resolved(item, definitions) for item in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        return _resolved(definitions[schema["$ref"].removeprefix("#/definitions/")], definitions)
    return {k: _resolved(v, definitions) for k, v in schema.items() if k not in ("$schema", "$id", "definitions")}


def validator(schema: Schema) -> jsonschema_rs.Draft4Validator:
    """Compile a resolved schema. Draft 4, where ``1.0`` is no integer: a charger's parser may think so too."""
    return jsonschema_rs.Draft4Validator(schema, validate_formats=True)


def fits(schema: jsonschema_rs.Draft4Validator, payload: Any) -> bool:
    """Whether a payload is valid; what the validator cannot even look at (too deep, foreign types) is not."""
    try:
        return schema.is_valid(payload)
    except ValueError:
        return False


def _sendable(schema: Schema, place: Place) -> Schema:
    """Tighten a schema for what we send: whole-second ``Z`` times, 32-bit integers, positive transaction ids.

    Only the present time may have another offset, for chargers that want it so (Q38).
    """
    if schema.get("format") == "date-time":
        zone = r"(Z|[+-](?!00:00)\d\d:\d\d)" if place.name == "currentTime" else "Z"
        schema["pattern"] = rf"^\d{{4}}-\d\d-\d\dT\d\d:\d\d:\d\d{zone}$"
    if schema.get("type") == "integer":
        schema["minimum"] = 1 if place.name == "transactionId" else -(2**31)
        schema["maximum"] = 2**31 - 1
    return schema


_ERROR_CODES = {
    "required": CallErrorCode.OCCURENCE_CONSTRAINT_VIOLATION,
    "minItems": CallErrorCode.OCCURENCE_CONSTRAINT_VIOLATION,
    "maxItems": CallErrorCode.OCCURENCE_CONSTRAINT_VIOLATION,
    "type": CallErrorCode.TYPE_CONSTRAINT_VIOLATION,
    "additionalProperties": CallErrorCode.FORMATION_VIOLATION,
}


def error_code(error: jsonschema_rs.ValidationError) -> CallErrorCode:
    """The CALLERROR code of a schema error (OCPP-J 1.6 table 7): wrong values are property constraints."""
    return _ERROR_CODES.get(error.kind.name, CallErrorCode.PROPERTY_CONSTRAINT_VIOLATION)


def error_place(error: jsonschema_rs.ValidationError) -> str:
    """Keyword and place of a schema error, such as ``required: idTag``, without any value."""
    path = [str(part) for part in error.instance_path]
    if error.kind.name == "required":
        path.append(error.kind.as_dict()["property"])
    return f"{error.kind.name}: {'.'.join(path) or 'payload'}"


class Version:
    """The messages of one OCPP version: which there are, who may send them, and their schemas."""

    def __init__(self, folder: str, *, request_suffix: str, from_charger: frozenset[str]) -> None:
        """Load the schemas of a version of the ``ocpp`` package.

        :param folder: such as ``v16``.
        :param request_suffix: what the file names of its requests end with.
        :param from_charger: the actions a charger may call.
        """
        self.from_charger = from_charger
        schemas = _load_schemas(folder)
        self.answers = {n.removesuffix("Response"): s for n, s in schemas.items() if n.endswith("Response")}
        self.requests = {action: schemas[action + request_suffix] for action in self.answers}
        self._sendable_requests = {a: validator(rewritten(s, _sendable)) for a, s in self.requests.items()}
        self._sendable_answers = {a: validator(rewritten(s, _sendable)) for a, s in self.answers.items()}

    def refusal(self, action: str) -> CallErrorCode | None:
        """Why a charger's call of this action is refused whatever its payload, or None (OCPP-J 1.6 table 7)."""
        if action in self.from_charger:
            return None
        return CallErrorCode.NOT_SUPPORTED if action in self.requests else CallErrorCode.NOT_IMPLEMENTED

    def encode_call(self, unique_id: str, action: str, payload: dict[str, Any]) -> str:
        """The text of a CALL. Raises ``NotSendable``."""
        if action not in self.requests:
            raise NotSendable(f"{action} is no action of this OCPP version.")
        _demand(self._sendable_requests[action], payload, action)
        return _encode([CALL, unique_id, action, payload])

    def encode_result(self, unique_id: str, action: str, payload: dict[str, Any]) -> str:
        """The text of a CALLRESULT: exactly three elements. Raises ``NotSendable``."""
        _demand(self._sendable_answers[action], payload, action)
        return _encode([CALL_RESULT, unique_id, payload])


def _load_schemas(folder: str) -> dict[str, Schema]:
    schemas = {}
    for file in files("ocpp").joinpath(folder, "schemas").iterdir():
        schema = orjson.loads(file.read_text(encoding="utf-8-sig"))
        schemas[file.name.removesuffix(".json")] = _resolved(schema, schema.get("definitions", {}))
    return schemas


def _demand(schema: jsonschema_rs.Draft4Validator, payload: dict[str, Any], action: str) -> None:
    if fits(schema, payload):
        return
    try:
        place = "; ".join(error_place(error) for error in schema.iter_errors(payload))
    except ValueError:
        place = "a value of a type that JSON does not know"
    raise NotSendable(f"{action} cannot be sent: {place}")


def encode_error(unique_id: str, code: CallErrorCode, description: str = "") -> str:
    """The text of a CALLERROR: exactly five elements."""
    return _encode([CALL_ERROR, unique_id, code, description[:LONGEST_DESCRIPTION], {}])


def _encode(message: list[Any]) -> str:
    """Compact JSON in plain ASCII: chargers exist that read nothing else."""
    try:
        text = orjson.dumps(message).decode()
    except orjson.JSONEncodeError as error:
        raise NotSendable("A value cannot be written as JSON.") from error
    return text if text.isascii() else json.dumps(orjson.loads(text), separators=(",", ":"))


V16 = Version(
    "v16",
    request_suffix="",
    from_charger=frozenset({
        "Authorize", "BootNotification", "DataTransfer", "DiagnosticsStatusNotification",
        "FirmwareStatusNotification", "Heartbeat", "LogStatusNotification", "MeterValues",
        "SecurityEventNotification", "SignCertificate", "SignedFirmwareStatusNotification",
        "StartTransaction", "StatusNotification", "StopTransaction",
    }),
)  # fmt: skip
"""OCPP 1.6 with the messages of the security whitepaper."""
