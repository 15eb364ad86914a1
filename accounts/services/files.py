"""Files: kept after they were checked, deleted so that they can be brought back, removed when that time is over."""

import hashlib
import shlex
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import BinaryIO

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files import File
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import Sum
from django.template.defaultfilters import filesizeformat
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.content_types import HEAD_BYTES, content_type_of
from accounts.models import Organisation, StoredFile
from accounts.services.audit import record
from common.actor import Actor
from common.files import FilePurpose, all_purposes
from common.text import fit

# How long a deleted file can be brought back.
UNDO = timedelta(days=30)
_SCAN_TIMEOUT_S = 300
_LONGEST_NAME = 200
_REMOVED_AT_ONCE = 500
# How far back bytes without a row are looked for, and how long whoever keeps them may take to commit.
_LOOKED_BACK, _OPEN_FOR = timedelta(days=28), timedelta(days=1)


def keep_file(
    organisation: Organisation, purpose: FilePurpose, file: BinaryIO | File, actor: Actor, name: str | None = None
) -> StoredFile:
    """Store `file` (read from its beginning, in chunks) under `name`, by default its own.

    ValidationError where it is empty, too large, of a type that the purpose does not take, beyond the organisation's
    quota, or not clean.
    """
    content = file if isinstance(file, File) else File(file)
    name = _plain_name(name or content.name or "")
    sha256, size_bytes, head = _read_through(content)
    content_type = content_type_of(head, name)
    _check(organisation, purpose, size_bytes, content_type)
    _scan(content)
    path = default_storage.save(_new_path(organisation, purpose), content)
    try:
        with transaction.atomic():
            kept = StoredFile.objects.create(
                organisation=organisation,
                purpose=purpose.slug,
                name=name,
                content_type=content_type,
                size_bytes=size_bytes,
                sha256=sha256,
                path=path,
                created_by_id=actor.id if actor.kind == "user" else None,
                created_by_label=actor.label[:200],
            )
            record(actor, organisation, "accounts.file_uploaded", kept, after={"size_bytes": size_bytes})
    except BaseException:
        default_storage.delete(path)
        raise
    return kept


@transaction.atomic
def delete_file(actor: Actor, file: StoredFile) -> None:
    """Nobody gets the file any more. For UNDO it can be brought back; then its bytes are removed."""
    if StoredFile.objects.filter(pk=file.pk, deleted_at=None).update(deleted_at=timezone.now()):
        record(actor, file.organisation_id, "accounts.file_deleted", file)


def delete_files(ids: list[int], now: datetime) -> None:
    """The files of something that was deleted as a whole and says so in the audit log itself."""
    StoredFile.objects.filter(pk__in=ids, deleted_at=None).update(deleted_at=now)


def restore_files(ids: list[int]) -> None:
    """What `delete_files` deleted, within UNDO."""
    StoredFile.objects.filter(pk__in=ids, removed_at=None).update(deleted_at=None)


def remove_deleted(now: datetime) -> int:
    """Remove the bytes of files whose time to be brought back is over; how many there were.

    Works across organisations. A file whose bytes cannot be removed now is tried again the next time.
    """
    over = StoredFile.objects.filter(deleted_at__lt=now - UNDO, removed_at=None).order_by("deleted_at")
    return remove_bytes(list(over[:_REMOVED_AT_ONCE]), now)


def remove_bytes(files: list[StoredFile], now: datetime) -> int:
    """Remove the bytes of these files for good; their rows stay."""
    for file in files:
        default_storage.delete(file.path)
        StoredFile.objects.filter(pk=file.pk).update(deleted_at=file.deleted_at or now, removed_at=now)
    return len(files)


def remove_left_over(now: datetime) -> int:
    """Remove the bytes of this month and the last one that no row knows: whoever kept them rolled back; how many.

    Works across organisations. What is younger than a day may belong to a transaction that is still open.
    """
    months = {f"{day:%Y/%m}" for day in (now, now - _LOOKED_BACK)}
    slugs = [purpose.slug for purpose in all_purposes()]
    organisations = Organisation.objects.order_by("pk").values_list("pk", flat=True)
    folders = [f"{pk}/{slug}/{month}" for pk in organisations for slug in slugs for month in months]
    left_over = [path for folder in folders for path in _unknown_in(folder) if _is_old(path, now)]
    for path in left_over:
        default_storage.delete(path)
    return len(left_over)


def _unknown_in(folder: str) -> set[str]:
    try:
        _folders, names = default_storage.listdir(folder)
    except FileNotFoundError:
        return set()
    known = StoredFile.objects.filter(organisation=int(folder.partition("/")[0]), path__startswith=f"{folder}/")
    return {f"{folder}/{name}" for name in names} - set(known.values_list("path", flat=True)) if names else set()


def _is_old(path: str, now: datetime) -> bool:
    return default_storage.get_modified_time(path) < now - _OPEN_FOR


def used_bytes(organisation: Organisation) -> int:
    """What counts against the organisation's quota: its files that are not deleted. One query."""
    counted = [purpose.slug for purpose in all_purposes() if purpose.counted]
    mine = StoredFile.objects.filter(organisation=organisation, deleted_at=None, purpose__in=counted)
    return int(mine.aggregate(sum=Sum("size_bytes", default=0))["sum"])


def open_file(file: StoredFile) -> File:
    """The bytes, to be read in chunks."""
    return default_storage.open(file.path, "rb")


def _plain_name(name: str) -> str:
    """The last part of the name, without what a header or a path could trip over; its ending survives a cut."""
    plain = fit(name.replace("\\", "/").rpartition("/")[2], 1000)
    plain = "".join(letter for letter in plain if letter.isprintable()) or _("file")
    stem, dot, ending = plain.rpartition(".")
    if not stem or len(ending) > 20:
        return plain[:_LONGEST_NAME]
    return f"{stem[: _LONGEST_NAME - len(ending) - 1]}{dot}{ending}"


def _new_path(organisation: Organisation, purpose: FilePurpose) -> str:
    return f"{organisation.pk}/{purpose.slug}/{timezone.now():%Y/%m}/{uuid.uuid4().hex}"


def _read_through(content: File) -> tuple[str, int, bytes]:
    """Digest, size and beginning of the content, read once in chunks."""
    digest, size_bytes, head = hashlib.sha256(), 0, b""
    for chunk in content.chunks():
        digest.update(chunk)
        size_bytes += len(chunk)
        head += chunk[: HEAD_BYTES - len(head)]
    content.seek(0)
    return digest.hexdigest(), size_bytes, head


def _check(organisation: Organisation, purpose: FilePurpose, size_bytes: int, content_type: str) -> None:
    if not size_bytes and purpose.counted:
        raise ValidationError(_("The file is empty."), "empty")
    if purpose.max_bytes is not None and size_bytes > purpose.max_bytes:
        limits = {"size": filesizeformat(size_bytes), "limit": filesizeformat(purpose.max_bytes)}
        raise ValidationError(_("The file has %(size)s; at most %(limit)s are taken.") % limits, "too_large")
    if purpose.content_types is not None and content_type not in purpose.content_types:
        types = {"type": content_type, "types": ", ".join(purpose.content_types)}
        raise ValidationError(_("The file is of the type %(type)s. Taken are: %(types)s.") % types, "type")
    if purpose.counted and used_bytes(organisation) + size_bytes > settings.FILE_QUOTA_BYTES:
        quota = {"quota": filesizeformat(settings.FILE_QUOTA_BYTES)}
        raise ValidationError(_("The organisation's space of %(quota)s for files is used up.") % quota, "quota")


# --- The check for malware ----------------------------------------------------------------------------------------
def _scan(content: File) -> None:
    """Ask the command of CPMS_FILE_SCANNER, which gets the path of the file: 0 is clean, 1 is not, anything else means
    that it could not tell. What cannot be checked is not kept.
    """
    if not settings.FILE_SCANNER:
        return
    with _on_disk(content) as path:
        try:
            command = [*shlex.split(settings.FILE_SCANNER), path]
            code = subprocess.run(command, capture_output=True, timeout=_SCAN_TIMEOUT_S).returncode
        except (OSError, subprocess.TimeoutExpired):
            code = None
    if code == 1:
        raise ValidationError(_("The check for malware refused the file."), "not_clean")
    if code != 0:
        raise ValidationError(_("The file could not be checked for malware. Try again later."), "not_checked")


@contextmanager
def _on_disk(content: File) -> Iterator[str]:
    """The path of a file with this content."""
    with tempfile.NamedTemporaryFile(prefix="cpms-check-") as copy:
        for chunk in content.chunks():
            copy.write(chunk)
        copy.flush()
        Path(copy.name).chmod(0o644)  # the scanner may be another user
        content.seek(0)
        yield copy.name
