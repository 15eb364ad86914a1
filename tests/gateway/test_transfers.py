"""Diagnostics, logs and firmware over real connections, HTTP and FTP (F01-F04, Z06, Z08, Q101-Q103)."""

import asyncio
import ftplib
import hashlib
import io
import threading
from contextlib import contextmanager, suppress
from datetime import timedelta

import httpx
import pytest
from django.core.exceptions import ValidationError
from django.core.files import File
from django.utils import timezone
from django_scopes import scopes_disabled

from accounts.services.files import open_file
from chargeports import services
from chargeports.choices import CommandKind, CommandState, TransferState
from chargeports.models import Command, ConfigurationValue, FileTransfer, Firmware
from chargeports.services import request_command
from common.actor import SYSTEM
from ocpp_gateway.models import Exchange
from ocpp_gateway.transfers.ftp import FtpServer
from stations.models import StationReport, StationState
from tests import factories
from tests.gateway.charger import Charger, eventually

LOG = b"17:04 contactor welded\n" * 400
PATIENCE_S = 20


@pytest.fixture
def station(server, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    settings.TRANSFER_URL = server.url
    settings.TRANSFER_FALLBACK = "http"
    with scopes_disabled():
        made = factories.station(online=False)
        StationState.objects.update(configuration_read_at=timezone.now())
        return made


@pytest.fixture
def charger(server, station):
    with Charger(f"{server.ocpp_url}/{station.identity}") as connected:
        connected.boot(firmwareVersion="1.0.0")
        yield connected


@pytest.fixture
def ftp(station, settings):
    """The FTP door on a free port."""
    with ftp_door() as port:
        settings.FTP_PORT, settings.FTP_PUBLIC_HOST, settings.TRANSFER_FALLBACK = port, "127.0.0.1", "ftp"
        yield port


@contextmanager
def ftp_door():
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    server = asyncio.run_coroutine_threadsafe(_started(), loop).result(PATIENCE_S)
    try:
        yield server.server_port
    finally:
        asyncio.run_coroutine_threadsafe(server.close(), loop).result(PATIENCE_S)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(PATIENCE_S)
        loop.close()


async def _started():
    server = FtpServer()
    await server.start("127.0.0.1", 0)
    return server


def ask(station, kind=CommandKind.GET_DIAGNOSTICS, parameters=None):
    with scopes_disabled():
        command = request_command(SYSTEM, station, kind, parameters or {})
        return FileTransfer.objects.get(command=command)


def fresh(transfer):
    with scopes_disabled():
        return FileTransfer.objects.select_related("file", "command").get(pk=transfer.pk)


def reached(transfer, state):
    return eventually(lambda: FileTransfer.objects.filter(pk=transfer.pk, state=state).first())


def states(transfer):
    return [step["state"] for step in fresh(transfer).steps]


def content(transfer):
    with scopes_disabled(), open_file(fresh(transfer).file) as file:
        return file.read()


def library(station, **fields):
    with scopes_disabled():
        values = {"vendor": "Nordwatt", "model": "N22", "version": "2.0.0"} | fields
        file = File(io.BytesIO(b"\x7fELF" + b"firmware " * 500), name="n22-2.0.0.bin")
        return services.add_firmware(SYSTEM, station.organisation, file, **values)


def asked_for_diagnostics(charger, station, answer=None):
    transfer = ask(station)
    location = charger.asked("GetDiagnostics", answer or {"fileName": "report.log"})["location"]
    reached(transfer, TransferState.ACCEPTED)
    return transfer, location


@pytest.mark.parametrize(
    "send",
    [
        lambda location: httpx.put(f"{location}report.log", content=LOG),
        lambda location: httpx.post(location, content=LOG),
        lambda location: httpx.post(location.rstrip("/"), files={"file": ("report.log", LOG)}),
    ],
    ids=["put", "post", "multipart"],
)
def test_F02_diagnostics_come_by_put_post_and_multipart(charger, station, send):
    transfer, location = asked_for_diagnostics(charger, station)
    charger.call("DiagnosticsStatusNotification", {"status": "Uploading"})
    assert send(location).status_code == 201
    charger.call("DiagnosticsStatusNotification", {"status": "Uploaded"})
    assert states(transfer) == ["requested", "accepted", "uploading", "uploaded"]
    assert content(transfer) == LOG
    assert fresh(transfer).file.name == "report.log"


def test_F02_an_address_is_for_one_file_of_one_request(charger, station):
    transfer, location = asked_for_diagnostics(charger, station)
    assert httpx.put(location.replace(f"/{transfer.pk}-", f"/{transfer.pk + 1}-"), content=LOG).status_code == 404
    other = "1" if location[-2] == "0" else "0"
    assert httpx.put(f"{location[:-2]}{other}/", content=LOG).status_code == 404
    assert httpx.get(location).status_code == 405
    assert httpx.put(location, content=LOG, headers={"content-range": "bytes 5-9/10"}).status_code == 400
    assert httpx.put(location, content=b"").status_code == 400
    assert httpx.put(location, content=LOG).status_code == 201
    assert httpx.put(location, content=b"something else").status_code == 404
    assert content(transfer) == LOG


def test_F02_too_large_a_file_is_cut_off_and_the_next_try_is_fine(charger, station, settings):
    settings.TRANSFER_MAX_BYTES = 2000
    transfer, location = asked_for_diagnostics(charger, station)
    assert httpx.put(location, content=LOG).status_code == 413
    assert httpx.put(location, content=iter([LOG[:1500], LOG[1500:]])).status_code == 413
    assert httpx.put(location, content=LOG[:2000]).status_code == 201
    assert len(content(transfer)) == 2000


def test_F02_an_address_ends_with_its_time(charger, station):
    transfer, location = asked_for_diagnostics(charger, station)
    with scopes_disabled():
        FileTransfer.objects.update(open_until=timezone.now() - timedelta(seconds=1))
        assert httpx.put(location, content=LOG).status_code == 404
        assert services.give_up_transfers(timezone.now()) == 1
    assert (fresh(transfer).state, fresh(transfer).word) == (TransferState.FAILED, "No file came")


def test_F02_neither_log_nor_command_keeps_the_addresses_secret(charger, station):
    transfer, location = asked_for_diagnostics(charger, station)
    secret = location.rstrip("/").rpartition("-")[2]
    rows = eventually(lambda: list(Exchange.objects.filter(command_id=transfer.command_id)))
    assert secret not in str([(row.request, row.response) for row in rows])
    assert "/transfers/" in str([row.request for row in rows])
    assert secret not in str(fresh(transfer).command.parameters)


def test_F02_diagnostics_come_by_ftp_where_the_station_says_nothing(ftp, charger, station):
    transfer, location = asked_for_diagnostics(charger, station)
    address = httpx.URL(location)
    with ftplib.FTP() as client:
        client.connect("127.0.0.1", ftp)
        with pytest.raises(ftplib.error_perm):
            client.login(address.username, "wrong")
    with ftplib.FTP() as client:
        client.connect("127.0.0.1", ftp)
        client.login(address.username, address.password)
        client.cwd("/some/folder")
        client.storbinary("STOR report.log", io.BytesIO(LOG))
        for forbidden in ("RETR report.log", "LIST", "DELE report.log", "RNFR report.log"):
            with pytest.raises(ftplib.error_perm):
                client.voidcmd(forbidden)
        with pytest.raises(ftplib.error_perm):
            client.storbinary("STOR again.log", io.BytesIO(LOG))
    assert content(transfer) == LOG
    assert fresh(transfer).protocol == "ftp"


def test_F02_too_large_a_file_is_refused_by_ftp(ftp, charger, station, settings):
    settings.TRANSFER_MAX_BYTES = 2000
    transfer, location = asked_for_diagnostics(charger, station)
    address = httpx.URL(location)
    with ftplib.FTP() as client:
        client.connect("127.0.0.1", ftp)
        client.login(address.username, address.password)
        # Whether the charger can still send all of it depends on the buffers between.
        with suppress(OSError), client.transfercmd("STOR report.log") as data:
            data.sendall(LOG * 400)
        with pytest.raises(ftplib.error_perm, match="at most 2000 bytes"):
            client.voidresp()
    assert fresh(transfer).file is None


@pytest.mark.parametrize(
    "told, scheme",
    [("HTTP,FTP", "http"), ("FTP", "ftp"), ("ftp, http", "http"), (None, "ftp")],
)
def test_Q101_the_way_is_chosen_by_what_the_station_says(ftp, charger, station, told, scheme):
    if told:
        now = timezone.now()
        with scopes_disabled():
            ConfigurationValue.objects.create(
                organisation=station.organisation, station=station, key="SupportedFileTransferProtocols",
                value=told, first_read_at=now, changed_at=now,
            )  # fmt: skip
    _transfer, location = asked_for_diagnostics(charger, station)
    assert httpx.URL(location).scheme == scheme


def test_Q101_without_a_way_in_common_the_command_says_so(charger, station):
    now = timezone.now()
    with scopes_disabled():
        ConfigurationValue.objects.create(
            organisation=station.organisation, station=station, key="SupportedFileTransferProtocols",
            value="SFTP", first_read_at=now, changed_at=now,
        )  # fmt: skip
    transfer = ask(station)
    failed = reached(transfer, TransferState.FAILED)
    assert failed.word == "No way of transferring files in common"


def test_F01_an_empty_answer_means_nothing_to_send_but_a_file_is_welcome(charger, station):
    transfer = ask(station)
    location = charger.asked("GetDiagnostics", {})["location"]
    assert reached(transfer, TransferState.NOTHING).file_name == ""
    assert httpx.put(location, content=LOG).status_code == 201
    assert fresh(transfer).state == TransferState.UPLOADED


def test_F03_Q102_Q103_statuses_may_come_often_or_never(charger, station):
    transfer, location = asked_for_diagnostics(charger, station)
    for _ in range(5):
        charger.call("DiagnosticsStatusNotification", {"status": "Uploading"})
    charger.call("DiagnosticsStatusNotification", {"status": "UploadFailed"})
    assert fresh(transfer).state == TransferState.FAILED
    assert httpx.put(location, content=LOG).status_code == 201
    charger.call("DiagnosticsStatusNotification", {"status": "UploadFailed"})
    assert states(transfer) == ["requested", "accepted", "uploading", "failed", "uploaded"]


def test_a_refused_or_failed_command_ends_its_transfer(charger, station):
    transfer = ask(station)
    charger.asked("GetDiagnostics", ["NotSupported", "no", {}])
    assert reached(transfer, TransferState.FAILED).word == "NotSupported: no"


def test_the_period_and_the_retries_are_told(charger, station):
    ask(station, parameters={"start_at": "2026-06-01T12:00:00+02:00", "retries": 3, "retry_interval_s": 60})
    said = charger.asked("GetDiagnostics", {})
    assert {key: said[key] for key in said if key != "location"} == {
        "startTime": "2026-06-01T10:00:00Z", "retries": 3, "retryInterval": 60,
    }  # fmt: skip


def test_Z06_a_second_log_ends_the_first(charger, station):
    first = ask(station, CommandKind.GET_LOG, {"log": "security"})
    said = charger.asked("GetLog", {"status": "Accepted", "filename": "one.log"})
    assert said["logType"] == "SecurityLog"
    reached(first, TransferState.ACCEPTED)
    second = ask(station, CommandKind.GET_LOG, {"log": "diagnostics"})
    again = charger.asked("GetLog", {"status": "AcceptedCanceled", "filename": "two.log"})
    assert reached(second, TransferState.ACCEPTED).kind == "diagnostics_log"
    assert reached(first, TransferState.CANCELLED)
    charger.call("LogStatusNotification", {"status": "Uploading", "requestId": said["requestId"]})
    assert fresh(second).state == TransferState.ACCEPTED
    charger.call("LogStatusNotification", {"status": "Uploading", "requestId": again["requestId"]})
    assert fresh(second).state == TransferState.UPLOADING


# --- Firmware -----------------------------------------------------------------------------------------------------
def update(charger, station, **fields):
    chosen = library(station, **fields)
    transfer = ask(station, CommandKind.UPDATE_FIRMWARE, {"firmware_id": chosen.pk})
    location = charger.asked("UpdateFirmware", {})["location"]
    reached(transfer, TransferState.ACCEPTED)
    return transfer, location


def test_F04_an_update_is_one_thing_from_the_request_to_the_boot_with_the_new_version(charger, station):
    transfer, _location = update(charger, station)
    for word in ("Downloading", "Downloading", "Downloaded", "Installing"):
        charger.call("FirmwareStatusNotification", {"status": word})
    charger.boot(firmwareVersion="2.0.0")
    charger.call("FirmwareStatusNotification", {"status": "Installed"})
    assert states(transfer) == [
        "requested", "accepted", "downloading", "downloaded", "installing", "confirmed",
    ]  # fmt: skip
    done = fresh(transfer)
    assert (done.version_before, done.version_after) == ("1.0.0", "2.0.0")


def test_F04_only_installed_or_only_a_boot_is_enough(charger, station):
    transfer, _location = update(charger, station)
    charger.call("FirmwareStatusNotification", {"status": "Installed"})
    assert fresh(transfer).state == TransferState.INSTALLED
    charger.boot(firmwareVersion="v2.0.0-eu")
    assert fresh(transfer).state == TransferState.CONFIRMED


def test_F04_a_boot_with_the_old_version_confirms_nothing(charger, station):
    transfer, _location = update(charger, station)
    charger.call("FirmwareStatusNotification", {"status": "DownloadFailed"})
    charger.boot(firmwareVersion="1.0.0")
    assert (fresh(transfer).state, fresh(transfer).word) == (TransferState.FAILED, "DownloadFailed")


def test_firmware_is_fetched_over_http_in_parts(charger, station):
    transfer, location = update(charger, station)
    with scopes_disabled():
        stored = Firmware.objects.select_related("file").get().file
    whole = httpx.get(location)
    assert hashlib.sha256(whole.content).hexdigest() == stored.sha256
    part = httpx.get(location, headers={"range": "bytes=10-19"})
    assert (part.status_code, part.content) == (206, whole.content[10:20])
    assert httpx.get(location, headers={"range": "bytes=-5"}).content == whole.content[-5:]
    assert httpx.get(location, headers={"range": "bytes=999999-"}).status_code == 416
    assert httpx.head(location).headers["content-length"] == str(stored.size_bytes)
    assert httpx.put(location, content=b"x").status_code == 405
    assert states(transfer) == ["requested", "accepted", "downloading"]


def test_firmware_is_fetched_by_ftp(ftp, charger, station):
    _transfer, location = update(charger, station)
    address, received = httpx.URL(location), io.BytesIO()
    with ftplib.FTP() as client:
        client.connect("127.0.0.1", ftp)
        client.login(address.username, address.password)
        client.retrbinary(f"RETR {address.path}", received.write)
        rest = io.BytesIO()
        client.retrbinary(f"RETR {address.path}", rest.write, rest=100)
        with pytest.raises(ftplib.error_perm):
            client.storbinary("STOR evil.bin", io.BytesIO(b"x"))
    assert received.getvalue().startswith(b"\x7fELF")
    assert rest.getvalue() == received.getvalue()[100:]


def test_Z08_an_invalid_signature_is_never_installed(charger, station, certificate):
    chosen = library(station, signing_certificate=certificate, signature="c2ln")
    transfer = ask(station, CommandKind.SIGNED_UPDATE_FIRMWARE, {"firmware_id": chosen.pk})
    said = charger.asked("SignedUpdateFirmware", {"status": "Accepted"})
    assert (said["firmware"]["signingCertificate"], said["firmware"]["signature"]) == (certificate, "c2ln")
    about = {"requestId": said["requestId"]}
    charger.call("SignedFirmwareStatusNotification", {"status": "InvalidSignature"} | about)
    charger.call("SignedFirmwareStatusNotification", {"status": "Installed"} | about)
    assert (fresh(transfer).state, fresh(transfer).word) == (TransferState.FAILED, "InvalidSignature")
    assert httpx.get(said["firmware"]["location"]).status_code == 404


def test_Z08_a_refused_certificate_ends_the_update(charger, station, certificate):
    chosen = library(station, signing_certificate=certificate, signature="c2ln")
    transfer = ask(station, CommandKind.SIGNED_UPDATE_FIRMWARE, {"firmware_id": chosen.pk})
    charger.asked("SignedUpdateFirmware", {"status": "InvalidCertificate"})
    assert reached(transfer, TransferState.FAILED).word == "InvalidCertificate"
    with scopes_disabled():
        assert Command.objects.get(pk=transfer.command_id).state == CommandState.REJECTED


@pytest.fixture
def certificate():
    return factories.certificate("Nordwatt firmware")


def test_firmware_of_another_manufacturer_is_not_sent(charger, station):
    chosen = library(station, vendor="Other")
    with scopes_disabled():
        assert StationReport.objects.get(station=station).vendor == "Nordwatt"
    with pytest.raises(ValidationError):
        ask(station, CommandKind.UPDATE_FIRMWARE, {"firmware_id": chosen.pk})
