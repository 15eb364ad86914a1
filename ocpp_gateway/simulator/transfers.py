"""The charger's long jobs: sending diagnostics or a log, and updating its firmware (OCPP 1.6 §4.4, §4.5, §5.9)."""

import asyncio
import json
import re
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from ocpp.v16 import call
from ocpp.v16.enums import DiagnosticsStatus, FirmwareStatus, Reason, UploadLogStatus

from ocpp_gateway.simulator import timestamps
from ocpp_gateway.simulator.uploads import TransferFailed, download, upload

if TYPE_CHECKING:
    from ocpp_gateway.simulator.charger import SimulatedCharger

DOWNLOAD_S = 45
INSTALLATION_S = 60
BUSY_POLL_S = 30
VERSION = re.compile(r"\d+(?:\.\d+)+")

Start = Callable[[], None]


class Transfers:
    """The jobs of one charger, one of each kind at a time, and the status of each as it was last told."""

    def __init__(self, charger: "SimulatedCharger") -> None:
        self._charger = charger
        self._jobs: dict[str, asyncio.Task[None]] = {}
        self._diagnostics_status = DiagnosticsStatus.idle
        self._log_status = (UploadLogStatus.idle, 0)
        self._firmware_status: tuple[FirmwareStatus, int | None] = (FirmwareStatus.idle, None)

    @property
    def is_sending_log(self) -> bool:
        return self._is_running("log")

    @property
    def is_updating(self) -> bool:
        return self._is_running("firmware")

    def diagnostics(self, location: str, retries: int, interval_s: int) -> tuple[str, Start]:
        """The name of the file that will come, and what starts sending it."""
        file_name = self._file_name("diagnostics")
        return file_name, lambda: self._start(
            "diagnostics", self._send_diagnostics(location, file_name, retries, interval_s)
        )

    def log(self, location: str, log_type: str, request_id: int, retries: int, interval_s: int) -> tuple[str, Start]:
        """As `diagnostics`, for GetLog; a second request takes the place of the first."""
        file_name = self._file_name(log_type)
        return file_name, lambda: self._start(
            "log", self._send_log(location, file_name, request_id, retries, interval_s)
        )

    def update_firmware(
        self, location: str, moment: datetime, request_id: int | None = None, retries: int = 0, interval_s: int = 30
    ) -> None:
        """Fetch and install new firmware at the given time; with a request id as SignedUpdateFirmware asks for it."""
        self._start("firmware", self._update_firmware(location, moment, request_id, retries, interval_s))

    async def tell_diagnostics_status(self) -> None:
        await self._charger.tell(call.DiagnosticsStatusNotification(self._diagnostics_status))
        if self._diagnostics_status != DiagnosticsStatus.uploading:
            self._diagnostics_status = DiagnosticsStatus.idle

    async def tell_log_status(self) -> None:
        status, request_id = self._log_status
        await self._charger.tell(call.LogStatusNotification(status, request_id))

    async def tell_firmware_status(self) -> None:
        status, request_id = self._firmware_status
        if request_id is None:
            await self._charger.tell(call.FirmwareStatusNotification(status))
        else:
            await self._charger.tell(call.SignedFirmwareStatusNotification(status, request_id))

    async def _send_diagnostics(self, location: str, file_name: str, retries: int, interval_s: int) -> None:
        self._diagnostics_status = DiagnosticsStatus.uploading
        await self.tell_diagnostics_status()
        is_sent = await self._upload(location, file_name, retries, interval_s)
        self._diagnostics_status = DiagnosticsStatus.uploaded if is_sent else DiagnosticsStatus.upload_failed
        await self.tell_diagnostics_status()

    async def _send_log(self, location: str, file_name: str, request_id: int, retries: int, interval_s: int) -> None:
        self._log_status = (UploadLogStatus.uploading, request_id)
        await self.tell_log_status()
        is_sent = await self._upload(location, file_name, retries, interval_s)
        self._log_status = (UploadLogStatus.uploaded if is_sent else UploadLogStatus.upload_failure, request_id)
        await self.tell_log_status()

    async def _upload(self, location: str, file_name: str, retries: int, interval_s: int) -> bool:
        for attempt in range(retries + 1):
            try:
                await upload(location, file_name, self._report().encode())
                return True
            except TransferFailed:
                await asyncio.sleep(interval_s if attempt < retries else 0)
        return False

    async def _download(self, location: str, retries: int, interval_s: int) -> bool:
        for attempt in range(retries + 1):
            try:
                return bool(await download(location))
            except TransferFailed:
                await asyncio.sleep(interval_s if attempt < retries else 0)
        return False

    async def _update_firmware(
        self, location: str, moment: datetime, request_id: int | None, retries: int, interval_s: int
    ) -> None:
        charger = self._charger
        await asyncio.sleep(max(0.0, (moment - timestamps.now()).total_seconds()))
        await self._firmware(FirmwareStatus.downloading, request_id)
        await charger.pause(DOWNLOAD_S)
        if not await self._download(location, retries, interval_s):
            await self._firmware(FirmwareStatus.download_failed, request_id)
            return
        await self._firmware(FirmwareStatus.downloaded, request_id)
        if request_id is not None:
            await self._firmware(FirmwareStatus.signature_verified, request_id)
        while any(connector.transaction for connector in charger.plugs):
            await charger.pause(BUSY_POLL_S)
        await self._firmware(FirmwareStatus.installing, request_id)
        await charger.pause(INSTALLATION_S)
        if request_id is not None:
            await self._firmware(FirmwareStatus.install_rebooting, request_id)
        charger.firmware_version = next_version(charger.firmware_version, location)
        await charger.restart(Reason.reboot, is_orderly=True)
        await charger.accepted.wait()
        await self._firmware(FirmwareStatus.installed, request_id)

    async def _firmware(self, status: FirmwareStatus, request_id: int | None) -> None:
        self._firmware_status = (status, request_id)
        await self.tell_firmware_status()

    def _start(self, kind: str, job: Any) -> None:
        if self._is_running(kind):
            self._jobs[kind].cancel()
        self._jobs[kind] = self._charger.spawn(job)

    def _is_running(self, kind: str) -> bool:
        return kind in self._jobs and not self._jobs[kind].done()

    def _file_name(self, kind: str) -> str:
        safe = re.sub(r"[^A-Za-z0-9_-]", "_", self._charger.identity)
        return f"{safe}_{kind}_{timestamps.now():%Y%m%dT%H%M%S}.log"

    def _report(self) -> str:
        """The file's text: nameplate, state, configuration, the last frames."""
        charger = self._charger
        plate = charger.nameplate
        lines = [
            f"{timestamps.text(timestamps.now())} {plate.product.vendor} {plate.product.model}",
            f"serial {plate.serial_number} firmware {charger.firmware_version}",
            *(f"connector {c.number} {c.status} {int(c.meter_wh)} Wh" for c in charger.connectors),
            *(f"{entry['key']}={entry['value'] or ''}" for entry in charger.configuration.listing(None)[0]),
            *(f"< {json.dumps(frame)}" for frame in charger.received if "AuthorizationKey" not in str(frame)),
            *(f"> {json.dumps(frame)}" for frame in charger.sent),
        ]
        return "\n".join(lines) + "\n"


def next_version(current: str, location: str) -> str:
    """The version that the file's name tells, or else the next patch of the current one."""
    found = VERSION.search(urlsplit(location).path.rpartition("/")[2])
    if found:
        return found.group()
    head, _, last = current.rpartition(".")
    return f"{head}.{int(last) + 1}" if last.isdigit() else f"{current}.1"
