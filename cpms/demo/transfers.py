"""Files between the demo's stations and the portal: diagnostics that came in, and firmware that was installed."""

import random
from collections.abc import Sequence
from datetime import datetime, timedelta
from io import BytesIO
from typing import Any

from django_scopes import scope

from accounts.models import Organisation, StoredFile
from accounts.services import keep_file
from chargeports.choices import TransferKind, TransferState
from chargeports.files import DIAGNOSTICS, FIRMWARE
from chargeports.models import FileTransfer, Firmware
from common.actor import SYSTEM
from cpms.demo.equipment import Unit
from cpms.demo.service import PERSON

STATIONS = 24
S = TransferState
UPLOADED = (S.REQUESTED, S.ACCEPTED, S.UPLOADING, S.UPLOADED)
INSTALLED = (S.REQUESTED, S.ACCEPTED, S.DOWNLOADING, S.DOWNLOADED, S.INSTALLING, S.INSTALLED, S.CONFIRMED)
# How it went, and how often.
UPLOADS = ((UPLOADED, 6), ((S.REQUESTED, S.ACCEPTED, S.FAILED), 1), ((S.REQUESTED, S.NOTHING), 1))
UPDATES = ((INSTALLED, 5), ((*INSTALLED[:3], S.FAILED), 1), ((*INSTALLED[:5], S.FAILED), 1))


def make_transfers(chance: random.Random, organisation: Organisation, units: list[Unit], now: datetime) -> None:
    with scope(organisation=organisation):
        chosen = [unit for unit in units if unit.station.life_cycle == "in_operation"][:STATIONS]
        library = _library(organisation, chosen)
        made = [_upload(chance, unit, now) for unit in chosen for _ in range(2)]
        made += [_update(chance, unit, library[unit.station.vendor, unit.station.model], now) for unit in chosen[::2]]
        made.sort(key=lambda transfer: str(transfer.steps[0]["at"]))
        FileTransfer.objects.bulk_create(made)
        for transfer in made:
            transfer.created_at = datetime.fromisoformat(transfer.steps[0]["at"])
        FileTransfer.objects.bulk_update(made, ["created_at"])


Library = dict[tuple[str, str], list[Firmware]]


def _library(organisation: Organisation, units: list[Unit]) -> Library:
    """What is installed of each manufacturer's model, and last a version that is a little ahead."""
    installed: dict[tuple[str, str], set[str]] = {}
    for unit in units:
        installed.setdefault((unit.station.vendor, unit.station.model), set()).add(unit.station.firmware_version)
    return {
        (vendor, model): [
            _firmware(organisation, vendor, model, version) for version in (*sorted(known), f"{max(known)}.1")
        ]
        for (vendor, model), known in installed.items()
    }


def _firmware(organisation: Organisation, vendor: str, model: str, version: str) -> Firmware:
    content = BytesIO(f"firmware of {vendor}\n".encode() * 400)
    return Firmware.objects.create(
        organisation=organisation,
        vendor=vendor,
        model=model,
        version=version,
        note="Mends the readings of the meter after a restart.",
        file=keep_file(organisation, FIRMWARE, content, SYSTEM, "firmware.bin"),
        created_by=PERSON["actor_label"],
    )


def _upload(chance: random.Random, unit: Unit, now: datetime) -> FileTransfer:
    at = _moment(chance, now)
    kind = chance.choice((TransferKind.DIAGNOSTICS, TransferKind.DIAGNOSTICS, TransferKind.SECURITY_LOG))
    transfer = _transfer(unit, kind, _way(chance, UPLOADS), at)
    transfer.start_at, transfer.stop_at = at - timedelta(days=1), at
    if transfer.state == S.UPLOADED:
        transfer.file_name = f"{kind}-{at:%Y%m%d-%H%M}.log"
        transfer.file = _log(chance, unit, transfer.file_name, at)
    return transfer


def _log(chance: random.Random, unit: Unit, name: str, at: datetime) -> StoredFile:
    lines = (
        f"{at - timedelta(minutes=minute):%Y-%m-%dT%H:%M:%SZ} INFO meter {chance.randint(1000, 99_999)} Wh\n"
        for minute in range(240)
    )
    return keep_file(unit.station.organisation, DIAGNOSTICS, BytesIO("".join(lines).encode()), SYSTEM, name)


def _update(chance: random.Random, unit: Unit, known: list[Firmware], now: datetime) -> FileTransfer:
    """An update brought what is installed now, or it failed and the station stayed as it was."""
    version = unit.station.firmware_version
    transfer = _transfer(unit, TransferKind.FIRMWARE, _way(chance, UPDATES), _moment(chance, now))
    is_done = transfer.state == S.CONFIRMED
    transfer.firmware = next(one for one in known if one.version == version) if is_done else known[-1]
    transfer.version_before = f"{version}-rc2" if is_done else version
    transfer.version_after = version if is_done else ""
    return transfer


def _transfer(unit: Unit, kind: TransferKind, way: Sequence[TransferState], at: datetime) -> FileTransfer:
    times = [at + timedelta(seconds=40 * index) for index in range(len(way))]
    steps = [{"state": state.value, "at": time.isoformat(), "word": ""} for state, time in zip(way, times, strict=True)]
    return FileTransfer(
        organisation=unit.station.organisation,
        station=unit.station,
        kind=kind,
        state=way[-1],
        steps=steps,
        actor_label=PERSON["actor_label"],
        ended_at=times[-1],
        protocol="ftp",
    )


def _way(chance: random.Random, ways: Sequence[tuple[Any, int]]) -> Sequence[TransferState]:
    found: Sequence[TransferState] = chance.choices([way for way, _often in ways], [often for _way, often in ways])[0]
    return found


def _moment(chance: random.Random, now: datetime) -> datetime:
    return now - timedelta(hours=chance.randint(2, 60 * 24))
