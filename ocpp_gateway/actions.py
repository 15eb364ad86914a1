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

from chargeports.choices import CommandKind, ProfilePurpose
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
    """`name` is the specification's, `log.oldestTimestamp` that of a field inside an object; `neutral` ours, which may
    lie inside one, too. `words` translate the specification's values.
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
        value = _at(ours, self.neutral)
        return next((word for word, known in (self.words or {}).items() if known == value), value)


class Connector(Parameter):
    """A port; 0 is the whole station."""

    def to_neutral(self, value: Any) -> Parameters:
        if not isinstance(value, int) or isinstance(value, bool):
            raise ValidationError({self.name: _("A whole number is needed.")})
        return {self.neutral: value or None}


class ClearedConnector(Connector):
    """A port; 0 is the station itself, without its ports."""

    @property
    def neutrals(self) -> tuple[str, ...]:
        return (self.neutral, "station_itself")

    def to_neutral(self, value: Any) -> Parameters:
        said = super().to_neutral(value)
        return said if said[self.neutral] else {**said, "station_itself": True}

    def to_ocpp(self, ours: Parameters) -> Any:
        return 0 if ours.get("station_itself") else ours.get(self.neutral)


class Periods(Parameter):
    """The periods of a schedule (§7.14)."""

    def to_neutral(self, value: Any) -> Parameters:
        return {self.neutral: _renamed(value, _PERIOD)}

    def to_ocpp(self, ours: Parameters) -> Any:
        return _renamed(_at(ours, self.neutral), {ours_name: name for name, ours_name in _PERIOD.items()})


def _renamed(value: Any, names: Mapping[str, str]) -> Any:
    """The objects of a list with other names for their fields; what is none stays as it is."""
    if not isinstance(value, list):
        return value
    return [
        {names.get(name, name): inner for name, inner in one.items()} if isinstance(one, Mapping) else one
        for one in value
    ]


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

_PURPOSES = {
    "ChargePointMaxProfile": ProfilePurpose.STATION_MAXIMUM.value,
    "TxDefaultProfile": ProfilePurpose.SESSION_DEFAULT.value,
    "TxProfile": ProfilePurpose.SESSION.value,
}
_PERIOD = {"startPeriod": "start_s", "limit": "limit", "numberPhases": "phases"}


def _profile(name: str, neutral: str = "") -> tuple[Parameter, ...]:
    """A ChargingProfile (§7.8) as the object `name`; ours lie below `neutral`, or beside the other parameters."""
    ours = f"{neutral}." if neutral else ""
    schedule = f"{name}.chargingSchedule"
    return (
        Parameter(f"{name}.chargingProfileId", f"{ours}profile_id"),
        Parameter(f"{name}.stackLevel", f"{ours}stack_level"),
        Parameter(f"{name}.chargingProfilePurpose", f"{ours}purpose", _PURPOSES),
        Parameter(
            f"{name}.chargingProfileKind",
            f"{ours}kind",
            {"Absolute": "absolute", "Recurring": "recurring", "Relative": "relative"},
        ),
        Parameter(f"{name}.recurrencyKind", f"{ours}recurrency", {"Daily": "daily", "Weekly": "weekly"}),
        Parameter(f"{name}.validFrom", f"{ours}valid_from"),
        Parameter(f"{name}.validTo", f"{ours}valid_to"),
        Parameter(f"{schedule}.duration", f"{ours}duration_s"),
        Parameter(f"{schedule}.startSchedule", f"{ours}start_at"),
        Parameter(f"{schedule}.chargingRateUnit", f"{ours}unit"),
        Parameter(f"{schedule}.minChargingRate", f"{ours}minimum"),
        Periods(f"{schedule}.chargingSchedulePeriod", f"{ours}periods"),
    )


_CERTIFICATE_TYPE = Parameter(
    "certificateType",
    "certificate_type",
    {
        "CentralSystemRootCertificate": "central_system_root",
        "ManufacturerRootCertificate": "manufacturer_root",
    },
)

ACTIONS: tuple[Action, ...] = (
    Action(
        "RemoteStartTransaction",
        CommandKind.START_CHARGING,
        (Parameter("idTag", "id_tag"), CONNECTOR, *_profile("chargingProfile", "profile")),
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
        "SendLocalList",
        CommandKind.SEND_LOCAL_LIST,
        (Parameter("updateType", "full", {"Full": True, "Differential": False}),),
    ),
    Action("GetInstalledCertificateIds", CommandKind.GET_INSTALLED_CERTIFICATE_IDS, (_CERTIFICATE_TYPE,)),
    Action(
        "InstallCertificate",
        CommandKind.INSTALL_CERTIFICATE,
        (_CERTIFICATE_TYPE, Parameter("certificate", "certificate")),
    ),
    Action(
        "DeleteCertificate",
        CommandKind.DELETE_CERTIFICATE,
        (
            Parameter("certificateHashData.hashAlgorithm", "hash_algorithm"),
            Parameter("certificateHashData.issuerNameHash", "issuer_name_hash"),
            Parameter("certificateHashData.issuerKeyHash", "issuer_key_hash"),
            Parameter("certificateHashData.serialNumber", "serial_number"),
        ),
    ),
    Action("CertificateSigned", CommandKind.CERTIFICATE_SIGNED, (Parameter("certificateChain", "certificate_chain"),)),
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
    Action(
        "SetChargingProfile",
        CommandKind.SET_CHARGING_PROFILE,
        (
            CONNECTOR,
            *_profile("csChargingProfiles"),
            Parameter("csChargingProfiles.transactionId", "session_id"),
        ),
    ),
    Action(
        "ClearChargingProfile",
        CommandKind.CLEAR_CHARGING_PROFILE,
        (
            Parameter("id", "profile_id"),
            ClearedConnector("connectorId", PORT),
            Parameter("chargingProfilePurpose", "purpose", _PURPOSES),
            Parameter("stackLevel", "stack_level"),
        ),
    ),
    Action(
        "GetCompositeSchedule",
        CommandKind.GET_COMPOSITE_SCHEDULE,
        (CONNECTOR, Parameter("duration", "duration_s"), Parameter("chargingRateUnit", "unit")),
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
    said = {name: value for name, value in _flat(given, tuple(known)) if value is not None}
    unknown = {name: _("This command has no such parameter.") for name in said if name not in known}
    if unknown:
        raise ValidationError(unknown)
    neutral: Parameters = {}
    for name, value in said.items():
        for ours, meant in known[name].to_neutral(value).items():
            _place(neutral, ours, meant)
    return Asked(neutral, neutral.pop(PORT, None))


def _flat(given: Mapping[str, Any], known: tuple[str, ...], outer: str = "") -> Iterator[tuple[str, Any]]:
    """The fields of objects by their dotted names, as far down as there are known ones."""
    for field, value in given.items():
        name = f"{outer}{field}"
        if isinstance(value, Mapping) and any(one.startswith(f"{name}.") for one in known):
            yield from _flat(value, known, f"{name}.")
        else:
            yield name, value


def _place(found: dict[str, Any], name: str, value: Any) -> None:
    """Set what a dotted name stands for."""
    *outer, inner = name.split(".")
    for part in outer:
        found = found.setdefault(part, {})
    found[inner] = value


def _at(said: Mapping[str, Any], name: str) -> Any:
    """What a dotted name stands for; None where there is nothing."""
    value: Any = said
    for part in name.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    return value


def spelled(action: Action, error: ValidationError) -> ValidationError:
    """The service's refusal by the specification's names, below `parameters`."""
    names = {
        neutral: f"parameters.{parameter.name}" for parameter in action.parameters for neutral in parameter.neutrals
    }
    names |= {ours.partition(".")[0]: ".".join(name.split(".")[:2]) for ours, name in names.items() if "." in ours}
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
            _place(found, parameter.name, value)
    return found
