"""Files on their way between stations and the portal. A transfer begins with its command, goes on by what the charger
tells, by the file itself and by the next boot, and ends at the latest when nothing was heard of it for too long.

What the gateway calls works across organisations, inside the caller's transaction, with a number of queries that does
not grow with the stations.
"""

import secrets
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.dateparse import parse_datetime
from django_scopes import scope

from accounts.models import StoredFile
from accounts.services import record
from accounts.services.files import keep_file, remove_bytes
from chargeports.choices import CommandKind, CommandState, TransferKind, TransferState
from chargeports.files import DIAGNOSTICS
from chargeports.models import Command, FileTransfer
from chargeports.transfers import (
    DOWNLOADS,
    ENDED,
    FINAL_WORDS,
    KIND_OF_COMMAND,
    UPLOADED_WORD,
    UPLOADS,
    goes_on,
    is_new_version,
    meaning,
)
from common.actor import Actor
from common.bulk import update_rows
from common.live import announce
from common.text import fit
from stations.models import StationReport

_SALT = "addresses of transfers"
_SECRET_BYTES = 18
_WRITTEN = ("state", "word", "steps", "ended_at", "file_name", "version_after", "open_until")
_AT_ONCE = 1000
_REMOVED_AT_ONCE = 500
NOTHING_CAME = "No file came"
NOTHING_HEARD = "Nothing more was heard"


@dataclass(frozen=True)
class TransferReport:
    """What a charger told of its transfer; `request_id` where the message names one."""

    station_id: int
    word: str
    at: datetime
    request_id: int | None = None


# --- The beginning ------------------------------------------------------------------------------------------------
def plan(commands: Iterable[Command]) -> None:
    """The transfers that new commands ask for; nothing for other kinds of commands."""
    asking = [command for command in commands if command.kind in KIND_OF_COMMAND]
    if not asking:
        return
    reports = StationReport.objects.filter(station_id__in=[command.station_id for command in asking])
    versions = dict(reports.values_list("station_id", "firmware_version"))
    planned = [_planned(command, versions.get(command.station_id, "")) for command in asking]
    FileTransfer.objects.bulk_create(planned)
    announce(topic for transfer in planned for topic in topics(transfer))


def _planned(command: Command, version_before: str) -> FileTransfer:
    kind = KIND_OF_COMMAND[CommandKind(command.kind)]
    said = command.parameters
    if said.get("log") == "security":
        kind = TransferKind.SECURITY_LOG
    transfer = FileTransfer(
        organisation_id=command.organisation_id,
        station_id=command.station_id,
        command=command,
        kind=kind,
        actor_label=command.actor_label,
        start_at=_moment(said.get("start_at")),
        stop_at=_moment(said.get("stop_at")),
        firmware_id=said.get("firmware_id"),
        version_before=version_before,
    )
    _note(transfer, TransferState.REQUESTED, command.created_at)
    return transfer


def _moment(text: str | None) -> datetime | None:
    return parse_datetime(text) if text else None


def make_address(transfer: FileTransfer, protocol: str, now: datetime) -> str:
    """A new secret for the transfer's address; an older one counts no more. It is good until `open_until`."""
    secret = secrets.token_hex(_SECRET_BYTES)
    wanted = transfer.command.parameters if transfer.command else {}
    later = [_moment(wanted.get(name)) for name in ("retrieve_at", "install_at")]
    begins = max([now, *filter(None, later)])
    transfer.address_digest = _digest(secret)
    transfer.protocol = protocol
    transfer.open_until = begins + timedelta(seconds=settings.TRANSFER_PATIENCE_S)
    transfer.save(update_fields=["address_digest", "protocol", "open_until"])
    return secret


def transfer_at(transfer_id: int, secret: str, now: datetime) -> FileTransfer | None:
    """The transfer whose address is open and has this secret. An upload's address is spent with its file."""
    transfer = FileTransfer.objects.select_related("station", "organisation", "firmware__file").filter(
        pk=transfer_id, open_until__gt=now, address_digest__isnull=False
    )
    found = transfer.first()
    if found is None or not constant_time_compare(bytes(found.address_digest or b""), _digest(secret)):
        return None
    return None if found.is_upload and found.file_id else found


def _digest(secret: str) -> bytes:
    return salted_hmac(_SALT, secret, algorithm="sha256").digest()


# --- How it goes on -----------------------------------------------------------------------------------------------
def follow_commands(commands: Iterable[Command]) -> None:
    """The commands moved: their transfers, where they have any, go along."""
    asked = [command.pk for command in commands if command.kind in KIND_OF_COMMAND]
    if not asked:
        return
    found = FileTransfer.objects.select_related("command").filter(command__in=asked)
    # What the station reports may overtake its answer or its download: none writes over another.
    transfers = list(found.select_for_update(of=("self",)).order_by("pk"))
    _write([transfer for transfer in transfers if transfer.command and _follow(transfer, transfer.command)])
    accepted = [transfer for transfer in transfers if transfer.state == TransferState.ACCEPTED]
    for transfer in accepted:
        _give_way(transfer)


def _follow(transfer: FileTransfer, command: Command) -> bool:
    at = command.ended_at
    if at is None:
        return False
    if command.state == CommandState.ACCEPTED:
        answer = command.answer or {}
        transfer.file_name = fit(answer.get("fileName") or answer.get("filename") or "", 255)
        says_nothing = transfer.kind == TransferKind.DIAGNOSTICS and not transfer.file_name
        return _note(transfer, TransferState.NOTHING if says_nothing else TransferState.ACCEPTED, at)
    if command.state in (CommandState.CANCELLED, CommandState.EXPIRED):
        return _note(transfer, TransferState.CANCELLED, at, command.get_state_display())
    return _note(transfer, TransferState.FAILED, at, command.outcome)


def _give_way(newer: FileTransfer) -> None:
    """A station does one thing at a time: what was asked before ends with a newer request (Z06)."""
    kinds = UPLOADS if newer.is_upload else DOWNLOADS
    older = FileTransfer.objects.filter(
        station_id=newer.station_id, kind__in=kinds, pk__lt=newer.pk, ended_at__isnull=True, open_until__isnull=False
    )
    at = newer.command.ended_at if newer.command and newer.command.ended_at else newer.created_at
    older = older.select_for_update().order_by("pk")
    _write([transfer for transfer in older if _note(transfer, TransferState.CANCELLED, at, "A newer request came")])


def record_upload_statuses(reports: Sequence[TransferReport]) -> None:
    """What chargers tell of diagnostics and logs that they send."""
    _record_statuses(reports, UPLOADS)


def record_firmware_statuses(reports: Sequence[TransferReport]) -> None:
    """What chargers tell of firmware that they fetch and install."""
    _record_statuses(reports, DOWNLOADS)


def _record_statuses(reports: Sequence[TransferReport], kinds: Collection[TransferKind]) -> None:
    told = [report for report in reports if meaning(report.word)]
    if not told:
        return
    newest = _newest({report.station_id for report in told}, kinds)
    changed = []
    for report in told:
        transfer = newest.get(report.station_id)
        if transfer and _is_meant(transfer, report) and _tell(transfer, report):
            changed.append(transfer)
    _write(changed)


def _newest(station_ids: Collection[int], kinds: Collection[TransferKind]) -> dict[int, FileTransfer]:
    """The newest transfer of each station that was sent and is not given up. Locked until the transaction ends."""
    newest = (
        FileTransfer.objects.filter(station_id__in=station_ids, kind__in=kinds, open_until__isnull=False)
        .filter(Q(ended_at__isnull=True) | Q(open_until__gte=timezone.now()))
        .order_by("station_id", "-pk")
        .distinct("station_id")
    )
    found = FileTransfer.objects.select_related("firmware", "command").filter(pk__in=newest.values("pk"))
    return {transfer.station_id: transfer for transfer in found.select_for_update(of=("self",)).order_by("pk")}


def _is_meant(transfer: FileTransfer, report: TransferReport) -> bool:
    """Old chargers leave the request out, or say 0."""
    return not report.request_id or report.request_id == request_id_of(transfer)


def request_id_of(transfer: FileTransfer) -> int:
    """The number of the request in messages that have one: a positive 32-bit integer."""
    return transfer.pk % (2**31 - 1) + 1


def _tell(transfer: FileTransfer, report: TransferReport) -> bool:
    state = TransferState.UPLOADED if _came_elsewhere(transfer, report) else meaning(report.word)
    if state is None or transfer.word in FINAL_WORDS:
        return False
    is_changed = _note(transfer, state, report.at, report.word)
    if is_changed and report.word in FINAL_WORDS:
        transfer.open_until = report.at
    return is_changed


def _came_elsewhere(transfer: FileTransfer, report: TransferReport) -> bool:
    """The charger sent the file to an address that is not ours: only it can tell that it is there."""
    asked = transfer.command.parameters if transfer.command else {}
    return report.word == UPLOADED_WORD and bool(asked.get("location"))


def record_booted_firmware(boots: Iterable[tuple[int, str, datetime]]) -> None:
    """Stations booted and told their firmware (station id, version, time): updates that are under way may be done."""
    told = {station_id: (version, at) for station_id, version, at in boots if version}
    if not told:
        return
    changed = []
    for station_id, transfer in _newest(told.keys(), DOWNLOADS).items():
        version, at = told[station_id]
        if transfer.state != TransferState.CONFIRMED and _boot(transfer, version, at):
            changed.append(transfer)
    _write(changed)


def _boot(transfer: FileTransfer, version: str, at: datetime) -> bool:
    if transfer.word in FINAL_WORDS or version == transfer.version_before:
        return False
    transfer.version_after = fit(version, 255)
    wanted = transfer.firmware.version if transfer.firmware else ""
    state = TransferState.CONFIRMED if is_new_version(wanted, version) else TransferState.INSTALLED
    return _note(transfer, state, at, version)


# --- The file -----------------------------------------------------------------------------------------------------
def receive_file(transfer_id: int, file: Any, name: str, now: datetime) -> StoredFile:
    """Keep the file that a station sent to an open address. Raises ValidationError where it cannot be kept."""
    meant = FileTransfer.objects.select_related("station", "organisation").get(pk=transfer_id)
    actor = Actor(kind="station", label=meant.station.identity, id=meant.station_id)
    shown = fit(name or meant.file_name, 255) or f"{meant.station.identity}-{meant.kind}-{meant.pk}"
    # Before anything is locked: a scanner takes its time, and what chargers report meanwhile must not wait for it.
    with scope(organisation=meant.organisation):
        kept = keep_file(meant.organisation, DIAGNOSTICS, file, actor, name=shown)
    with transaction.atomic():
        found = FileTransfer.objects.select_for_update().get(pk=transfer_id)
        found.file = kept
        found.save(update_fields=["file"])
        _note(found, TransferState.UPLOADED, now)
        _write([found])
        record(actor, found.organisation_id, "chargeports.file_received", found, after={"name": shown})
    return kept


def note_download(transfer: FileTransfer, at: datetime) -> None:
    """The station fetches its file: it downloads, whether it says so or not."""
    with transaction.atomic():
        found = FileTransfer.objects.select_for_update().get(pk=transfer.pk)
        if _note(found, TransferState.DOWNLOADING, at):
            _write([found])


# --- The end ------------------------------------------------------------------------------------------------------
def give_up_transfers(now: datetime) -> int:
    """End what was sent and of which nothing more was heard; how many."""
    with transaction.atomic():
        due = FileTransfer.objects.select_for_update(skip_locked=True).filter(
            ended_at__isnull=True, open_until__lte=now
        )
        given_up = list(due.order_by("pk")[:_AT_ONCE])
        for transfer in given_up:
            _note(transfer, TransferState.FAILED, now, NOTHING_CAME if transfer.is_upload else NOTHING_HEARD)
        _write(given_up)
    return len(given_up)


def remove_old_diagnostics(now: datetime) -> int:
    """Remove for good what stations sent longer ago than it is kept; how many files. Works across organisations."""
    before = now - timedelta(days=settings.TRANSFER_KEPT_DAYS)
    kept = StoredFile.objects.filter(purpose=DIAGNOSTICS.slug, created_at__lt=before, removed_at=None)
    return remove_bytes(list(kept.order_by("pk")[:_REMOVED_AT_ONCE]), now)


def _note(transfer: FileTransfer, state: TransferState, at: datetime, word: str = "") -> bool:
    """Move the transfer on, in memory; whether it moved."""
    if transfer.steps and not goes_on(transfer.state, state):
        return False
    transfer.state, transfer.word = state, fit(word, 255)
    transfer.steps = [*transfer.steps, {"state": state.value, "at": at.isoformat(), "word": transfer.word}]
    transfer.ended_at = at if state in ENDED else None
    return True


def _write(transfers: Collection[FileTransfer]) -> None:
    if transfers:
        update_rows(list({transfer.pk: transfer for transfer in transfers}.values()), _WRITTEN)
        announce(topic for transfer in transfers for topic in topics(transfer))


def topics(transfer: FileTransfer) -> list[str]:
    """What shows the transfer: the station's tabs, and the command that asked for it."""
    shown = [f"transfers.{transfer.station_id}", f"station.{transfer.station_id}"]
    return [*shown, f"command.{transfer.command_id}"] if transfer.command_id else shown
