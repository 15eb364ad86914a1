"""Files: what they are judged to be, who gets them and how, and what becomes of deleted ones."""

import hashlib
import stat
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pytest
from django.core.exceptions import ValidationError
from django.core.files.storage import default_storage
from django.db import transaction
from django.test import Client
from django.utils import timezone

from accounts import services
from accounts.models import AuditEntry, StoredFile
from accounts.services.files import UNDO, remove_deleted, remove_left_over, restore_files
from common.actor import SYSTEM
from common.files import FilePurpose
from stations.files import DOCUMENT
from stations.rights import VIEW_DOCUMENTS, VIEW_STATIONS
from tests import factories
from tests.accounts.conftest import streamed

PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 64
PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"
SVG = b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


def keep(organisation, content=b"Text.", name="note.txt", purpose=DOCUMENT) -> StoredFile:
    return services.keep_file(organisation, purpose, BytesIO(content), SYSTEM, name)


@pytest.mark.parametrize(
    "content, name, expected",
    [
        (PNG, "picture.txt", "image/png"),
        (PDF, "report.html", "application/pdf"),
        (SVG, "picture.png", "image/svg+xml"),
        (b"<!-- x --><!DOCTYPE html><p>", "page.pdf", "text/html"),
        ("Grüße".encode(), "note.png", "text/plain"),
        (b"a;b\n", "list.csv", "text/csv"),
        (b"\x00\x01\x02", "note.txt", "application/octet-stream"),
    ],
)
def test_a_file_is_what_its_content_is(organisation, content, name, expected):
    assert keep(organisation, content, name).content_type == expected


def test_a_file_is_kept_with_its_digest_and_audited(organisation):
    kept = keep(organisation, b"x" * 300_000, "C:\\folder\\a\r\nb.txt")
    assert (kept.name, kept.size_bytes) == ("ab.txt", 300_000)
    assert default_storage.open(kept.path).read() == b"x" * 300_000
    assert kept.sha256 == hashlib.sha256(b"x" * 300_000).hexdigest()
    assert AuditEntry.objects.get(action="accounts.file_uploaded").object_label == "ab.txt"


def test_what_the_purpose_does_not_take_is_refused(organisation):
    picture = FilePurpose("test", VIEW_STATIONS, max_bytes=100, content_types=("image/png",))
    for content, code in ((b"x" * 101, "too_large"), (PDF, "type"), (b"", "empty")):
        with pytest.raises(ValidationError) as refusal:
            keep(organisation, content, purpose=picture)
        assert refusal.value.code == code
    assert not StoredFile.objects.exists()


def test_the_quota_counts_what_is_not_deleted(organisation, settings):
    settings.FILE_QUOTA_BYTES = 100
    first = keep(organisation, b"x" * 60)
    with pytest.raises(ValidationError, match="used up"):
        keep(organisation, b"x" * 60)
    services.delete_file(SYSTEM, first)
    assert services.used_bytes(organisation) == 0
    keep(organisation, b"x" * 60)


@pytest.mark.parametrize("ends_with, code", [(0, None), (1, "not_clean"), (2, "not_checked")])
def test_the_scanner_decides(organisation, settings, tmp_path, ends_with, code):
    scanner = tmp_path / "scan"
    scanner.write_text(f'#!/bin/sh\ngrep -q "^Text.$" "$1" || exit 3\nexit {ends_with}\n')
    scanner.chmod(scanner.stat().st_mode | stat.S_IEXEC)
    settings.FILE_SCANNER = str(scanner)
    if code is None:
        assert keep(organisation).size_bytes == 5
        return
    with pytest.raises(ValidationError) as refusal:
        keep(organisation)
    assert refusal.value.code == code
    assert not list(Path(settings.MEDIA_ROOT).rglob("*.*"))


def test_a_deleted_file_comes_back_within_its_time_only(organisation):
    kept = keep(organisation)
    services.delete_file(SYSTEM, kept)
    assert remove_deleted(timezone.now()) == 0
    restore_files([kept.pk])
    services.delete_file(SYSTEM, kept)
    assert remove_deleted(timezone.now() + UNDO + timedelta(minutes=1)) == 1
    assert not default_storage.exists(kept.path)
    restore_files([kept.pk])
    kept.refresh_from_db()
    assert kept.deleted_at is not None


@pytest.mark.parametrize(
    "content, is_shown", [(PNG, True), (PDF, True), (SVG, False), (b"<html>", False), (b"text", False)]
)
def test_a_file_is_handed_out_so_that_it_can_do_nothing(organisation, client, content, is_shown):
    kept = keep(organisation, content, "näme.bin")
    client.force_login(factories.member(organisation, VIEW_DOCUMENTS))
    answer = client.get(kept.get_absolute_url())
    assert streamed(answer) == content
    assert answer["Content-Disposition"].startswith("inline" if is_shown else "attachment")
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Security-Policy"].startswith("default-src 'none'")
    assert ("sandbox" in answer["Content-Security-Policy"]) is (content != PDF)
    download = client.get(f"{kept.get_absolute_url()}?download")
    assert download["Content-Disposition"].startswith("attachment")


def test_only_who_holds_the_right_of_its_purpose_gets_a_file(organisation, teammate, stranger):
    kept = keep(organisation)
    for person in (teammate, stranger, factories.member(organisation, VIEW_STATIONS)):
        client = Client()
        client.force_login(person)
        assert client.get(kept.get_absolute_url()).status_code == 404
    services.delete_file(SYSTEM, kept)
    client = Client()
    client.force_login(factories.member(organisation, VIEW_DOCUMENTS))
    assert client.get(kept.get_absolute_url()).status_code == 404


def test_bytes_that_nobody_committed_are_removed_after_a_day(organisation):
    with transaction.atomic():
        lost = services.keep_file(organisation, DOCUMENT, BytesIO(b"Lost."), SYSTEM, "Lost.txt").path
        transaction.set_rollback(True)
    kept = services.keep_file(organisation, DOCUMENT, BytesIO(b"Kept."), SYSTEM, "Kept.txt").path
    now = timezone.now()
    assert (remove_left_over(now), default_storage.exists(lost)) == (0, True)
    assert remove_left_over(now + timedelta(days=2)) == 1
    assert (default_storage.exists(lost), default_storage.exists(kept)) == (False, True)
