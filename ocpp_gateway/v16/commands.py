"""Our commands as OCPP 1.6 messages, and what the answers mean (OCPP 1.6 §5)."""

from collections.abc import Callable, Generator
from datetime import datetime
from typing import Any

from chargeports.choices import CommandKind, CommandState
from chargeports.configuration import is_secret
from chargeports.models import Command
from chargeports.services import ReportedKey
from chargeports.smart_charging import RATE_UNIT_KEY, STACK_LEVEL_KEY
from ocpp_gateway import timestamps
from ocpp_gateway.conversation import (
    Ask,
    Context,
    Conversation,
    Ended,
    Expected,
    KeyProposed,
    KeySettled,
    NamesKeysOnly,
    ProfileInstalled,
    RebootNeeded,
    Reply,
    Reported,
    Step,
)
from ocpp_gateway.credentials import AUTHORIZATION_KEY
from ocpp_gateway.pipe import Answered, Errored, Lost, Malformed, TimedOut
from ocpp_gateway.transfers.addresses import PROTOCOLS_KEY
from ocpp_gateway.v16 import certificates, files, local_list, smart_charging
from ocpp_gateway.v16.replies import ended_by, unanswered

NEEDED_CONFIGURATION = (
    "GetConfigurationMaxKeys",
    STACK_LEVEL_KEY,
    RATE_UNIT_KEY,
    PROTOCOLS_KEY,
    local_list.LONGEST_PART_KEY,
)

KEYS_PER_CALL_OF_THE_SHY = 4
"""Chargers that never answer GetConfiguration for all keys answer for so few (Q41)."""

STANDARD_KEYS = (
    "NumberOfConnectors", "HeartbeatInterval", "ConnectionTimeOut", "MeterValueSampleInterval",
    "MeterValuesSampledData", "StopTxnSampledData", "MeterValuesAlignedData", "StopTxnAlignedData",
    "ClockAlignedDataInterval", "AuthorizeRemoteTxRequests", "LocalAuthorizeOffline", "LocalPreAuthorize",
    "AllowOfflineTxForUnknownId", "AuthorizationCacheEnabled", "StopTransactionOnInvalidId", "ResetRetries",
    "StopTransactionOnEVSideDisconnect", "UnlockConnectorOnEVSideDisconnect",
    "TransactionMessageAttempts", "TransactionMessageRetryInterval",
    "GetConfigurationMaxKeys", "SupportedFeatureProfiles", "WebSocketPingInterval", "ConnectorPhaseRotation",
    "LocalAuthListEnabled", "LocalAuthListMaxLength", "SendLocalListMaxLength", "ReserveConnectorZeroSupported",
    "ChargeProfileMaxStackLevel", "ChargingScheduleAllowedChargingRateUnit", "ChargingScheduleMaxPeriods",
    "MaxChargingProfilesInstalled", "ConnectorSwitch3to1PhaseSupported",
)  # fmt: skip

TRIGGERED = {
    "status": "StatusNotification",
    "meter_values": "MeterValues",
    "heartbeat": "Heartbeat",
    "boot": "BootNotification",
    "diagnostics_status": "DiagnosticsStatusNotification",
    "firmware_status": "FirmwareStatusNotification",
}


EXTENDED_TRIGGERED = {
    **{name: action for name, action in TRIGGERED.items() if name != "diagnostics_status"},
    "log_status": "LogStatusNotification",
    "sign_certificate": "SignChargePointCertificate",
}


def converse(command: Command, context: Context) -> Conversation:
    """The conversation that carries out a command."""
    return _CONVERSATIONS[CommandKind(command.kind)](command, context)


def _start_charging(command: Command, context: Context) -> Conversation:
    said = command.parameters
    payload: dict[str, Any] = {"idTag": said["id_tag"]}
    if command.port_number:
        payload["connectorId"] = command.port_number
    profile = smart_charging.profile_of_start(command, context)
    if profile is not None:
        payload["chargingProfile"] = smart_charging.in_words_of_ocpp(profile)
    ended = ended_by((yield Ask("RemoteStartTransaction", payload)), good=["Accepted"])
    if profile is not None and ended.state == CommandState.ACCEPTED:
        yield ProfileInstalled(profile)
    yield ended


def _stop_charging(command: Command, context: Context) -> Conversation:
    payload = {"transactionId": command.parameters["session_id"]}
    yield ended_by((yield Ask("RemoteStopTransaction", payload)), good=["Accepted"])


def _unlock(command: Command, context: Context) -> Conversation:
    reply = yield Ask("UnlockConnector", {"connectorId": command.port_number})
    yield ended_by(reply, good=["Unlocked"], failed=["UnlockFailed"])


def _reset(command: Command, context: Context) -> Conversation:
    """A charger may cut the connection before it answers: then it does restart (C08)."""
    reply = yield Ask("Reset", {"type": {"soft": "Soft", "hard": "Hard"}[command.parameters["type"]]})
    if isinstance(reply, Lost):
        yield Ended(CommandState.ACCEPTED, "Connection closed")
    else:
        yield ended_by(reply, good=["Accepted"])


def _change_availability(command: Command, context: Context) -> Conversation:
    """Scheduled: the charger does it when the transaction is over (C15)."""
    wanted = "Operative" if command.parameters["operative"] else "Inoperative"
    reply = yield Ask("ChangeAvailability", {"connectorId": command.port_number or 0, "type": wanted})
    yield ended_by(reply, good=["Accepted", "Scheduled"])


def _reserve(command: Command, context: Context) -> Conversation:
    """The same id replaces a reservation (V01); connector 0 means any connector (V04)."""
    said = command.parameters
    payload = {
        "connectorId": command.port_number or 0,
        "expiryDate": timestamps.wire_format(datetime.fromisoformat(said["until"])),
        "idTag": said["id_tag"],
        "reservationId": said["reservation_id"],
    }
    if said.get("parent_id_tag"):
        payload["parentIdTag"] = said["parent_id_tag"]
    yield ended_by((yield Ask("ReserveNow", payload)), good=["Accepted"])


def _cancel_reservation(command: Command, context: Context) -> Conversation:
    payload = {"reservationId": command.parameters["reservation_id"]}
    yield ended_by((yield Ask("CancelReservation", payload)), good=["Accepted"])


def _clear_cache(command: Command, context: Context) -> Conversation:
    yield ended_by((yield Ask("ClearCache", {})), good=["Accepted"])


def _trigger_message(command: Command, context: Context) -> Conversation:
    action = TRIGGERED[command.parameters["message"]]
    if action == "BootNotification" and context.is_accepted:
        yield Ended(CommandState.FAILED, "Not sent: chargers that are accepted may restart endlessly")  # B10, Q26
        return
    yield Expected(action)
    payload: dict[str, Any] = {"requestedMessage": action}
    if command.port_number:
        payload["connectorId"] = command.port_number
    yield ended_by((yield Ask("TriggerMessage", payload)), good=["Accepted"])


def _extended_trigger(command: Command, context: Context) -> Conversation:
    """The security extension's own trigger (Z10)."""
    action = EXTENDED_TRIGGERED[command.parameters["message"]]
    if action == "BootNotification" and context.is_accepted:
        yield Ended(CommandState.FAILED, "Not sent: chargers that are accepted may restart endlessly")  # B10, Q26
        return
    yield Expected("SignCertificate" if action == "SignChargePointCertificate" else action)
    payload: dict[str, Any] = {"requestedMessage": action}
    if command.port_number:
        payload["connectorId"] = command.port_number
    yield ended_by((yield Ask("ExtendedTriggerMessage", payload)), good=["Accepted"])


def _data_transfer(command: Command, context: Context) -> Conversation:
    names = {"vendor_id": "vendorId", "message_id": "messageId", "data": "data"}
    payload = {wire: command.parameters[name] for name, wire in names.items() if command.parameters.get(name)}
    yield ended_by((yield Ask("DataTransfer", payload)), good=["Accepted"])


def _change_configuration(command: Command, context: Context) -> Conversation:
    """A value that was accepted is read back (C06); a new connection key counts from the charger's answer on (T26)."""
    key, value = command.parameters["key"], str(command.parameters["value"])
    is_own_key = key.casefold() == AUTHORIZATION_KEY.casefold()
    if is_own_key:
        yield KeyProposed(value)
    reply = yield Ask("ChangeConfiguration", {"key": key, "value": value})
    ended = ended_by(reply, good=["Accepted", "RebootRequired"])
    yield ended
    if is_own_key and isinstance(reply, (Answered, Errored)) and ended.outcome != "RebootRequired":
        yield KeySettled(accepted=ended.state == CommandState.ACCEPTED)
    if ended.outcome == "RebootRequired":
        yield RebootNeeded()
    elif ended.state == CommandState.ACCEPTED and not is_secret(key):
        yield from _reported((yield Ask("GetConfiguration", {"key": [key]})))


def _read_configuration(command: Command, context: Context) -> Conversation:
    keys = tuple(command.parameters.get("keys") or ())
    if keys:
        yield from _read_keys(keys, _keys_per_call(context, len(keys)))
        return
    if context.names_keys_only:
        yield from _read_standard_keys(context)
        return
    reply = yield Ask("GetConfiguration", {}, patience=0.5)
    if isinstance(reply, Answered):
        yield from _reported(reply)
        yield Ended(CommandState.ACCEPTED, _count(reply.payload), reply.payload)
    elif isinstance(reply, (TimedOut, Errored, Malformed)):
        if (yield from _read_standard_keys(context)):
            yield NamesKeysOnly()
    else:
        yield unanswered(reply)


def _read_standard_keys(context: Context) -> Generator[Step, Reply | None, bool]:
    return _read_keys(STANDARD_KEYS, _keys_per_call(context, KEYS_PER_CALL_OF_THE_SHY))


def _keys_per_call(context: Context, otherwise: int) -> int:
    """What the charger says it takes at once (C04)."""
    told = (context.configuration.get("GetConfigurationMaxKeys") or "").strip()
    return min(int(told), otherwise) if told.isdecimal() and int(told) else otherwise


def _read_keys(keys: tuple[str, ...], per_call: int) -> Generator[Step, Reply | None, bool]:
    """Read named keys, a few at a time, until one call stays without an answer. Returns whether any was answered."""
    found: dict[str, list[Any]] = {}
    for start in range(0, len(keys), per_call):
        reply = yield Ask("GetConfiguration", {"key": list(keys[start : start + per_call])})
        if not isinstance(reply, Answered):
            if not start:
                yield unanswered(reply)
                return False
            break
        yield from _reported(reply)
        for name, entries in reply.payload.items():
            found.setdefault(name, []).extend(entries)
    yield Ended(CommandState.ACCEPTED, _count(found), found)
    return True


def _count(answer: dict[str, Any]) -> str:
    return f"{len(answer.get('configurationKey', ()))} keys"


def _reported(reply: Reply | None) -> Generator[Step, Any, None]:
    if isinstance(reply, Answered) and reply.payload.get("configurationKey"):
        yield Reported(
            tuple(
                ReportedKey(entry["key"], entry.get("value"), entry["readonly"])
                for entry in reply.payload["configurationKey"]
            )
        )


_CONVERSATIONS: dict[CommandKind, Callable[[Command, Context], Conversation]] = {
    CommandKind.START_CHARGING: _start_charging,
    CommandKind.STOP_CHARGING: _stop_charging,
    CommandKind.UNLOCK: _unlock,
    CommandKind.RESET: _reset,
    CommandKind.CHANGE_AVAILABILITY: _change_availability,
    CommandKind.READ_CONFIGURATION: _read_configuration,
    CommandKind.CHANGE_CONFIGURATION: _change_configuration,
    CommandKind.RESERVE: _reserve,
    CommandKind.CANCEL_RESERVATION: _cancel_reservation,
    CommandKind.CLEAR_CACHE: _clear_cache,
    CommandKind.TRIGGER_MESSAGE: _trigger_message,
    CommandKind.DATA_TRANSFER: _data_transfer,
    CommandKind.EXTENDED_TRIGGER: _extended_trigger,
    CommandKind.GET_LOCAL_LIST_VERSION: local_list.get_local_list_version,
    CommandKind.SEND_LOCAL_LIST: local_list.send_local_list,
    CommandKind.CERTIFICATE_SIGNED: certificates.certificate_signed,
    CommandKind.INSTALL_CERTIFICATE: certificates.install_certificate,
    CommandKind.DELETE_CERTIFICATE: certificates.delete_certificate,
    CommandKind.GET_INSTALLED_CERTIFICATE_IDS: certificates.get_installed_certificate_ids,
    CommandKind.GET_DIAGNOSTICS: files.get_diagnostics,
    CommandKind.GET_LOG: files.get_log,
    CommandKind.UPDATE_FIRMWARE: files.update_firmware,
    CommandKind.SIGNED_UPDATE_FIRMWARE: files.signed_update_firmware,
    CommandKind.SET_CHARGING_PROFILE: smart_charging.set_charging_profile,
    CommandKind.CLEAR_CHARGING_PROFILE: smart_charging.clear_charging_profile,
    CommandKind.GET_COMPOSITE_SCHEDULE: smart_charging.get_composite_schedule,
}
