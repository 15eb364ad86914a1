"""The one-time address of a transfer: which way the file takes, and how the address reads."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote, urlsplit

from django.conf import settings

from chargeports import services as chargeports
from chargeports.models import Command, FileTransfer
from chargeports.transfers import KIND_OF_COMMAND

PROTOCOLS_KEY = "SupportedFileTransferProtocols"
PATH = re.compile(r"/transfers/(\d{1,18})-([0-9a-f]{36})(?:/(.*))?", re.DOTALL)
FTP_USER = re.compile(r"cpms(\d{1,18})")
# What may stand in the message log in place of an address's secret.
_HTTP_SECRET = re.compile(r"(/transfers/\d{1,18}-)[0-9a-f]{36}")
_FTP_SECRET = re.compile(r"(ftp://cpms\d{1,18}:)[0-9a-f]{36}(?=@)")


@dataclass(frozen=True, slots=True)
class TransferAddress:
    """What a conversation says of a file: where it goes or lies, and by which number its request is known.

    Without a `location` the station and the portal have no way of transferring files in common.
    """

    location: str
    request_id: int
    signing_certificate: str = ""
    signature: str = ""


def address_for(command: Command, configuration: Mapping[str, str | None], now: datetime) -> TransferAddress | None:
    """A new address for the transfer that the command asks for; None for commands without one."""
    if command.kind not in KIND_OF_COMMAND:
        return None
    transfer = FileTransfer.objects.select_related("command", "firmware__file").filter(command=command).first()
    if transfer is None:
        return None
    protocol = choose(configuration.get(PROTOCOLS_KEY))
    said = command.parameters
    elsewhere = said.get("location", "")
    if elsewhere:
        protocol = urlsplit(elsewhere).scheme
    secret = chargeports.make_address(transfer, protocol, now) if protocol else ""
    location = elsewhere or (_location(transfer, protocol, secret) if protocol else "")
    firmware = transfer.firmware
    return TransferAddress(
        location=location,
        request_id=chargeports.request_id_of(transfer),
        signing_certificate=firmware.signing_certificate if firmware else said.get("signing_certificate", ""),
        signature=firmware.signature if firmware else said.get("signature", ""),
    )


def offered() -> list[str]:
    """The portal's ways, the better one first."""
    over_http = urlsplit(settings.TRANSFER_URL).scheme
    return [over_http, "ftp"] if settings.FTP_PORT else [over_http]


def choose(supported: str | None) -> str:
    """The best way that the station says it knows; where it says nothing the fall-back. Empty where there is none."""
    ours = offered()
    told = {word.strip().lower() for word in (supported or "").split(",") if word.strip()}
    if not told:
        return settings.TRANSFER_FALLBACK if settings.TRANSFER_FALLBACK in ours else ours[0]
    return next((protocol for protocol in ours if protocol in told), "")


def _location(transfer: FileTransfer, protocol: str, secret: str) -> str:
    """An upload's address is a folder, since OCPP lets the charger name the file; a download's ends with its name."""
    name = "" if transfer.is_upload or transfer.firmware is None else quote(transfer.firmware.file.name)
    if protocol == "ftp":
        return f"ftp://cpms{transfer.pk}:{secret}@{settings.FTP_PUBLIC_HOST}:{settings.FTP_PORT}/{name}"
    return f"{settings.TRANSFER_URL}/transfers/{transfer.pk}-{secret}/{name}"


def without_secrets(text: str) -> str:
    """The text with the secrets of addresses blanked."""
    return _FTP_SECRET.sub(r"\1***", _HTTP_SECRET.sub(r"\1***", text))
