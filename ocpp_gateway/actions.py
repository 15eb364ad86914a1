"""What programs call our commands: the actions of OCPP 1.6 with the parameters of its specification, as neutral kinds.

`ACTIONS` is the one table. A new kind of command needs its line here (`tests/gateway/test_actions.py` finds one that is
missing); whatever protocol the station speaks, its command goes by the same name.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.utils.translation import gettext as _

from chargeports.choices import CommandKind
from chargeports.models import Command
from chargeports.parameters import Parameters
from common.api import ROOT

PORT = "port_number"
# What a service may find fault with that is no parameter.
_OUTSIDE = (NON_FIELD_ERRORS, "expires_in_s")
_FIRMWARE = re.compile(rf"(?:^|://[^/]+){ROOT}firmware/([0-9]{{1,18}})$")
_WORD = re.compile(r"(?<!^)(?=[A-Z])")


@dataclass(frozen=True)
class Parameter:
    """`name` is the specification's, `log.oldestTimestamp` that of a field inside an object; `neutral` ours. `words`
    translate the specification's values.
    """

    name: str
    neutral: str
    words: Mapping[str, Any] | None = None

    @property
    def neutrals(self) -> tuple[str, ...]:
        """The neutral parameters that it may stand for."""
        return (self.neutral,)

    def to_neutral(self, value: Any) -> Parameters:
        if self.words is None:
            return {self.neutral: value}
        if not isinstance(value, str) or value not in self.words:
            known = {"values": ", ".join(self.words)}
            raise ValidationError({self.name: _("One of these is needed: %(values)s.") % known})
        return {self.neutral: self.words[value]}

    def to_ocpp(self, ours: Parameters) -> Any:
        """None where the command says nothing of it."""
        value = ours.get(self.neutral)
        return next((word for word, known in (self.words or {}).items() if known == value), value)


class Connector(Parameter):
    """A port; 0 is the whole station."""

    def to_neutral(self, value: Any) -> Parameters:
        if not isinstance(value, int) or isinstance(value, bool):
            raise ValidationError({self.name: _("A whole number is needed.")})
        return {self.neutral: value or None}


class FirmwareLocation(Parameter):
    """The address of a firmware of the library, as the API tells it, or one elsewhere."""

    @property
    def neutrals(self) -> tuple[str, ...]:
        return (self.neutral, "location")

    def to_neutral(self, value: Any) -> Parameters:
        entry = _FIRMWARE.search(value) if isinstance(value, str) else None
        return {self.neutral: int(entry[1])} if entry else {"location": value}

    def to_ocpp(self, ours: Parameters) -> Any:
        entry = ours.get(self.neutral)
        return f"{ROOT}firmware/{entry}" if entry else ours.get("location")


class GivenByPortal(Parameter):
    """What the portal says by itself; the answer tells it."""

    def to_neutral(self, value: Any) -> Parameters:
        raise ValidationError({self.name: _("The portal says this by itself: leave it out. The answer tells it.")})


CONNECTOR = Connector("connectorId", PORT)


@dataclass(frozen=True)
class Action:
    """One command: `ocpp` is the action's name in OCPP 1.6 and its security extension."""

    ocpp: str
    kind: CommandKind
    parameters: tuple[Parameter, ...] = ()

    @property
    def name(self) -> str:
        """In snake case, e.g. `remote_start_transaction`."""
        return _WORD.sub("_", self.ocpp).lower()


_MESSAGES = {
    "StatusNotification": "status",
    "MeterValues": "meter_values",
    "Heartbeat": "heartbeat",
    "BootNotification": "boot",
    "DiagnosticsStatusNotification": "diagnostics_status",
    "FirmwareStatusNotification": "firmware_status",
}
_EXTENDED_MESSAGES = {
    **{word: known for word, known in _MESSAGES.items() if known != "diagnostics_status"},
    "LogStatusNotification": "log_status",
    "SignChargePointCertificate": "sign_certificate",
}
_RETRIES = (Parameter("retries", "retries"), Parameter("retryInterval", "retry_interval_s"))

ACTIONS: tuple[Action, ...] = (
    Action(
        "RemoteStartTransaction",
        CommandKind.START_CHARGING,
        (Parameter("idTag", "id_tag"), CONNECTOR),
    ),
    Action("RemoteStopTransaction", CommandKind.STOP_CHARGING, (Parameter("transactionId", "session_id"),)),
    Action("UnlockConnector", CommandKind.UNLOCK, (CONNECTOR,)),
    Action("Reset", CommandKind.RESET, (Parameter("type", "type", {"Soft": "soft", "Hard": "hard"}),)),
    Action(
        "ChangeAvailability",
        CommandKind.CHANGE_AVAILABILITY,
        (CONNECTOR, Parameter("type", "operative", {"Operative": True, "Inoperative": False})),
    ),
    Action("GetConfiguration", CommandKind.READ_CONFIGURATION, (Parameter("key", "keys"),)),
    Action(
        "ChangeConfiguration",
        CommandKind.CHANGE_CONFIGURATION,
        (Parameter("key", "key"), Parameter("value", "value")),
    ),
    Action(
        "ReserveNow",
        CommandKind.RESERVE,
        (
            CONNECTOR,
            Parameter("expiryDate", "until"),
            Parameter("idTag", "id_tag"),
            GivenByPortal("parentIdTag", "parent_id_tag"),
            GivenByPortal("reservationId", "reservation_id"),
        ),
    ),
    Action(
        "CancelReservation",
        CommandKind.CANCEL_RESERVATION,
        (Parameter("reservationId", "reservation_id"),),
    ),
    Action("ClearCache", CommandKind.CLEAR_CACHE),
    Action(
        "TriggerMessage",
        CommandKind.TRIGGER_MESSAGE,
        (Parameter("requestedMessage", "message", _MESSAGES), CONNECTOR),
    ),
    Action(
        "ExtendedTriggerMessage",
        CommandKind.EXTENDED_TRIGGER,
        (Parameter("requestedMessage", "message", _EXTENDED_MESSAGES), CONNECTOR),
    ),
    Action(
        "DataTransfer",
        CommandKind.DATA_TRANSFER,
        (Parameter("vendorId", "vendor_id"), Parameter("messageId", "message_id"), Parameter("data", "data")),
    ),
    Action("GetLocalListVersion", CommandKind.GET_LOCAL_LIST_VERSION),
    Action(
        "GetDiagnostics",
        CommandKind.GET_DIAGNOSTICS,
        (
            Parameter("location", "location"),
            Parameter("startTime", "start_at"),
            Parameter("stopTime", "stop_at"),
            *_RETRIES,
        ),
    ),
    Action(
        "GetLog",
        CommandKind.GET_LOG,
        (
            Parameter("logType", "log", {"DiagnosticsLog": "diagnostics", "SecurityLog": "security"}),
            Parameter("log.remoteLocation", "location"),
            Parameter("log.oldestTimestamp", "start_at"),
            Parameter("log.latestTimestamp", "stop_at"),
            *_RETRIES,
        ),
    ),
    Action(
        "UpdateFirmware",
        CommandKind.UPDATE_FIRMWARE,
        (FirmwareLocation("location", "firmware_id"), Parameter("retrieveDate", "retrieve_at"), *_RETRIES),
    ),
    Action(
        "SignedUpdateFirmware",
        CommandKind.SIGNED_UPDATE_FIRMWARE,
        (
            FirmwareLocation("firmware.location", "firmware_id"),
            Parameter("firmware.retrieveDateTime", "retrieve_at"),
            Parameter("firmware.installDateTime", "install_at"),
            Parameter("firmware.signingCertificate", "signing_certificate"),
            Parameter("firmware.signature", "signature"),
            *_RETRIES,
        ),
    ),
)


def action_named(name: str) -> Action:
    """The action of this name in snake case. Raises ValidationError for `command`."""
    found = next((action for action in ACTIONS if action.name == name), None)
    if found is None:
        known = ", ".join(action.name for action in ACTIONS)
        raise ValidationError({"command": _("One of these is needed: %(values)s.") % {"values": known}})
    return found


def action_of(kind: str) -> Action:
    return next(action for action in ACTIONS if action.kind == kind)


@dataclass(frozen=True)
class Asked:
    """What a service takes: neutral parameters, and the port (None for the whole station)."""

    parameters: Parameters
    port_number: int | None


def asked(action: Action, given: Mapping[str, Any]) -> Asked:
    """The specification's parameters as ours. Raises ValidationError by the specification's names."""
    known = {parameter.name: parameter for parameter in action.parameters}
    objects = {name.partition(".")[0] for name in known if "." in name}
    said = {name: value for name, value in _flat(given, objects) if value is not None}
    unknown = {name: _("This command has no such parameter.") for name in said if name not in known}
    if unknown:
        raise ValidationError(unknown)
    neutral: Parameters = {}
    for name, value in said.items():
        neutral |= known[name].to_neutral(value)
    return Asked(neutral, neutral.pop(PORT, None))


def _flat(given: Mapping[str, Any], objects: set[str]) -> Iterator[tuple[str, Any]]:
    for name, value in given.items():
        if name in objects and isinstance(value, Mapping):
            yield from ((f"{name}.{inner}", one) for inner, one in value.items())
        else:
            yield name, value


def spelled(action: Action, error: ValidationError) -> ValidationError:
    """The service's refusal by the specification's names, below `parameters`."""
    names = {
        neutral: f"parameters.{parameter.name}" for parameter in action.parameters for neutral in parameter.neutrals
    }
    by_field = error.message_dict if hasattr(error, "error_dict") else {NON_FIELD_ERRORS: error.messages}
    outside = {name: name for name in _OUTSIDE}
    return ValidationError(
        {(names | outside).get(name, f"parameters.{name}"): texts for name, texts in by_field.items()}
    )


def told(command: Command) -> dict[str, Any]:
    """The parameters of a command as the specification names them."""
    ours = {**command.parameters, PORT: command.port_number}
    found: dict[str, Any] = {}
    for parameter in action_of(command.kind).parameters:
        value = parameter.to_ocpp(ours)
        if value is not None:
            outer, _dot, inner = parameter.name.partition(".")
            (found.setdefault(outer, {}) if inner else found)[inner or outer] = value
    return found
