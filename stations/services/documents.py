"""Documents of stations: uploaded, replaced by newer versions, described, deleted and brought back."""

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import StoredFile
from accounts.services import keep_file, record, record_change
from accounts.services.files import UNDO, delete_files, restore_files
from common.actor import Actor
from common.errors import Refused
from common.live import announce
from stations.files import DOCUMENT
from stations.models import Document, DocumentVersion, Station


@transaction.atomic
def add_document(actor: Actor, station: Station, file: UploadedFile, description: str = "") -> Document:
    """A new document, or the newer version of the station's document of the same name, which keeps its description
    where none comes along.

    ValidationError where the file is not taken.
    """
    kept = keep_file(station.organisation, DOCUMENT, file, actor)
    same = Document.objects.select_for_update().filter(station=station, name=kept.name, deleted_at=None).first()
    if same:
        if description:
            describe_document(actor, same, description)
        return _add_version(actor, same, kept)
    document = Document.objects.create(
        organisation_id=station.organisation_id,
        station=station,
        name=kept.name,
        description=description,
        current=kept,
        changed_at=kept.created_at,
    )
    _keep_version(document, 1)
    record(actor, station.organisation_id, "stations.document_added", document, after={"station": station.identity})
    announce([f"station.{station.pk}"])
    return document


@transaction.atomic
def replace_document(actor: Actor, document: Document, file: UploadedFile) -> Document:
    """Make `file` the newest version; the document keeps its name. ValidationError where the file is not taken."""
    locked = _locked(document)
    return _add_version(actor, locked, keep_file(document.station.organisation, DOCUMENT, file, actor, document.name))


@transaction.atomic
def describe_document(actor: Actor, document: Document, description: str) -> None:
    locked = _locked(document)
    before = {"description": locked.description}
    locked.description = description
    locked.save(update_fields=["description"])
    record_change(actor, locked, "stations.document_changed", before, {"description": description})
    announce([f"station.{locked.station_id}"])


def _locked(document: Document) -> Document:
    locked = Document.objects.select_for_update().filter(pk=document.pk, deleted_at=None).first()
    if locked is None:
        raise Refused(_("The document is deleted already."))
    return locked


@transaction.atomic
def delete_document(actor: Actor, document: Document) -> None:
    """With all its versions; for `accounts.services.files.UNDO` it can be brought back."""
    now = timezone.now()
    if not Document.objects.filter(pk=document.pk, deleted_at=None).update(deleted_at=now):
        raise Refused(_("The document is deleted already."))
    delete_files(_files_of(document), now)
    record(actor, document.organisation_id, "stations.document_deleted", document)
    announce([f"station.{document.station_id}"])


@transaction.atomic
def restore_document(actor: Actor, document: Document) -> None:
    if Document.objects.filter(station=document.station_id, name=document.name, deleted_at=None).exists():
        raise Refused(_("There is another document of this name now. Delete that first."))
    recent = timezone.now() - UNDO
    if not Document.objects.filter(pk=document.pk, deleted_at__gt=recent).update(deleted_at=None):
        raise Refused(_("The document was removed for good, or is not deleted."))
    restore_files(_files_of(document))
    record(actor, document.organisation_id, "stations.document_restored", document)
    announce([f"station.{document.station_id}"])


def _add_version(actor: Actor, document: Document, kept: StoredFile) -> Document:
    document.current, document.changed_at = kept, kept.created_at
    document.versions_count += 1
    document.save(update_fields=["current", "changed_at", "versions_count"])
    _keep_version(document, document.versions_count)
    after = {"version": document.versions_count}
    record(actor, document.organisation_id, "stations.document_replaced", document, after=after)
    announce([f"station.{document.station_id}"])
    return document


def _keep_version(document: Document, number: int) -> None:
    DocumentVersion.objects.create(
        organisation_id=document.organisation_id, document=document, number=number, file=document.current
    )


def _files_of(document: Document) -> list[int]:
    return list(document.versions.values_list("file_id", flat=True))
