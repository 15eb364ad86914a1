"""Diagnostics, logs and firmware as OCPP 1.6 asks for them (§5.9, §5.19, security whitepaper)."""

from datetime import UTC, datetime
from typing import Any

from chargeports.choices import CommandState
from chargeports.models import Command
from ocpp_gateway.conversation import Ask, Context, Conversation, Ended
from ocpp_gateway.pipe import Answered
from ocpp_gateway.transfers.addresses import TransferAddress
from ocpp_gateway.v16.replies import ended_by, unanswered

NO_WAY = "No way of transferring files in common"
NOTHING_TO_SEND = "Nothing to send"

_PERIODS = {
    "GetDiagnostics": ("startTime", "stopTime"),
    "GetLog": ("oldestTimestamp", "latestTimestamp"),
}


def get_diagnostics(command: Command, context: Context) -> Conversation:
    """An empty answer means that there is nothing to send (F01)."""
    file = context.file
    if file is None or not file.location:
        yield Ended(CommandState.FAILED, NO_WAY)
        return
    payload = {"location": file.location, **_retries(command), **_period(command, "GetDiagnostics")}
    reply = yield Ask("GetDiagnostics", payload)
    if isinstance(reply, Answered):
        yield Ended(CommandState.ACCEPTED, reply.payload.get("fileName") or NOTHING_TO_SEND, reply.payload)
    else:
        yield unanswered(reply)


def get_log(command: Command, context: Context) -> Conversation:
    """A second request cancels the first (Z06)."""
    file = context.file
    if file is None or not file.location:
        yield Ended(CommandState.FAILED, NO_WAY)
        return
    log_type = {"diagnostics": "DiagnosticsLog", "security": "SecurityLog"}[command.parameters["log"]]
    log = {"remoteLocation": file.location, **_period(command, "GetLog")}
    payload = {"logType": log_type, "requestId": file.request_id, "log": log, **_retries(command)}
    yield ended_by((yield Ask("GetLog", payload)), good=["Accepted", "AcceptedCanceled"])


def update_firmware(command: Command, context: Context) -> Conversation:
    """The answer is empty: what becomes of it the charger tells later (F04)."""
    file = context.file
    if file is None or not file.location:
        yield Ended(CommandState.FAILED, NO_WAY)
        return
    payload = {"location": file.location, "retrieveDate": _when(command, "retrieve_at"), **_retries(command)}
    reply = yield Ask("UpdateFirmware", payload)
    yield Ended(CommandState.ACCEPTED, "", reply.payload) if isinstance(reply, Answered) else unanswered(reply)


def signed_update_firmware(command: Command, context: Context) -> Conversation:
    """InvalidCertificate and RevokedCertificate are refusals of the charger's (Z08)."""
    file = context.file
    if file is None or not file.location:
        yield Ended(CommandState.FAILED, NO_WAY)
        return
    payload = {"requestId": file.request_id, "firmware": _firmware(command, file), **_retries(command)}
    yield ended_by((yield Ask("SignedUpdateFirmware", payload)), good=["Accepted", "AcceptedCanceled"])


def _firmware(command: Command, file: TransferAddress) -> dict[str, Any]:
    firmware = {
        "location": file.location,
        "retrieveDateTime": _when(command, "retrieve_at"),
        "signingCertificate": file.signing_certificate,
        "signature": file.signature,
    }
    if command.parameters.get("install_at"):
        firmware["installDateTime"] = _when(command, "install_at")
    return firmware


def _retries(command: Command) -> dict[str, int]:
    names = {"retries": "retries", "retry_interval_s": "retryInterval"}
    return {wire: command.parameters[name] for name, wire in names.items() if command.parameters.get(name) is not None}


def _period(command: Command, action: str) -> dict[str, str]:
    start, stop = _PERIODS[action]
    wire = {"start_at": start, "stop_at": stop}
    return {wire[name]: _when(command, name) for name in wire if command.parameters.get(name)}


def _when(command: Command, name: str) -> str:
    """A time of the parameters, by default now, as it stands on the wire."""
    text = command.parameters.get(name)
    moment = datetime.fromisoformat(text) if text else datetime.now(UTC)
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
