"""The station's history: what the portal records there, and what people write."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.core.files import File
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import StoredFile
from accounts.services import differences, keep_file, record
from accounts.services.files import delete_files, restore_files
from common.actor import Actor
from common.errors import Refused
from common.live import announce
from common.text import fit
from stations.choices import HistoryKind
from stations.files import HISTORY_ATTACHMENT
from stations.history import HistoryEvent
from stations.models import HistoryEntry, Station

UNDO_FOR = timedelta(days=30)
_WRITTEN = ("kind", "text", "at")


@dataclass(frozen=True)
class Occurrence:
    """An event at one station, with the values of its sentence."""

    station_id: int
    event: HistoryEvent
    actor: Actor
    at: datetime | None = None
    values: Mapping[str, Any] = field(default_factory=dict)


def record_event(
    station: Station, event: HistoryEvent, actor: Actor, *, at: datetime | None = None, **values: Any
) -> None:
    """Write a system event into the station's history, inside the caller's transaction; `values` fill its sentence."""
    record_events([Occurrence(station.pk, event, actor, at, values)])


def record_events(occurrences: Iterable[Occurrence]) -> None:
    """Write many system events: two queries, however many stations, also of several organisations."""
    wanted = list(occurrences)
    if not wanted:
        return
    stations = Station._base_manager.filter(pk__in={one.station_id for one in wanted})
    organisations = dict(stations.values_list("pk", "organisation_id"))
    HistoryEntry._base_manager.bulk_create(
        _event_entry(one, organisations[one.station_id]) for one in wanted if one.station_id in organisations
    )
    announce({f"station.{one.station_id}" for one in wanted})


def _event_entry(one: Occurrence, organisation_id: int) -> HistoryEntry:
    return HistoryEntry(
        organisation_id=organisation_id,
        station_id=one.station_id,
        kind=HistoryKind.EVENT,
        event=one.event.code,
        values=dict(one.values),
        at=one.at or timezone.now(),
        **_author(one.actor),
    )


def _author(actor: Actor) -> dict[str, Any]:
    return {"actor_kind": actor.kind, "actor_id": actor.id, "actor_label": actor.label[:200]}


def is_own(actor: Actor, entry: HistoryEntry) -> bool:
    """Whether the actor wrote the entry; nobody wrote a system event."""
    return not entry.event and (entry.actor_kind, entry.actor_id) == (actor.kind, actor.id)


def write_entry(
    actor: Actor,
    station: Station,
    kind: str,
    text: str,
    at: datetime | None = None,
    attachments: Iterable[File] = (),
) -> HistoryEntry:
    """Write an entry by hand, with files. Raises ValidationError by field name."""
    entry = HistoryEntry(
        organisation_id=station.organisation_id, station=station, kind=kind, at=at or timezone.now(), **_author(actor)
    )
    entry.text = text
    with transaction.atomic():
        _check(entry)
        entry.save()
        _attach(actor, entry, attachments)
        record(actor, station.organisation_id, "stations.history_written", entry, after=_values(entry))
        announce([f"station.{station.pk}"])
    return entry


def change_entry(
    actor: Actor,
    entry: HistoryEntry,
    kind: str,
    text: str,
    at: datetime,
    attachments: Iterable[File] = (),
    removed: Collection[int] = (),
) -> HistoryEntry:
    """Change an entry of one's own, add files, and remove those of the ids in `removed`.

    Raises ValidationError by field name, Refused where somebody else wrote it.
    """
    with transaction.atomic():
        stored = _own(actor, entry)
        before = _values(stored)
        stored.kind, stored.text, stored.at = kind, text, at
        _check(stored)
        _attach(actor, stored, attachments)
        _detach(stored, removed)
        old, new = differences(before, _values(stored))
        if new:
            stored.changed_at = timezone.now()
            stored.save(update_fields=[*_WRITTEN, "changed_at"])
            record(actor, stored.organisation_id, "stations.history_changed", stored, before=old, after=new)
            announce([f"station.{stored.station_id}"])
    return stored


def _attach(actor: Actor, entry: HistoryEntry, attachments: Iterable[File]) -> None:
    organisation = entry.station.organisation
    try:
        entry.files.add(*[keep_file(organisation, HISTORY_ATTACHMENT, file, actor) for file in attachments])
    except ValidationError as error:
        raise ValidationError({"attachments": error.messages}) from error


def _detach(entry: HistoryEntry, file_ids: Collection[int]) -> None:
    ids = _files_of(entry.files.filter(pk__in=file_ids))
    delete_files(ids, timezone.now())
    entry.files.remove(*ids)


def _files_of(files: QuerySet[StoredFile]) -> list[int]:
    return list(files.values_list("pk", flat=True))


def delete_entry(actor: Actor, entry: HistoryEntry) -> None:
    """Delete an entry of one's own; `restore_entry` takes that back within `UNDO_FOR`."""
    with transaction.atomic():
        stored = _own(actor, entry)
        stored.deleted_at = timezone.now()
        stored.save(update_fields=["deleted_at"])
        delete_files(_files_of(stored.files.all()), stored.deleted_at)
        record(actor, stored.organisation_id, "stations.history_deleted", stored, before=_values(stored))
        announce([f"station.{stored.station_id}"])


def restore_entry(actor: Actor, entry: HistoryEntry) -> None:
    """Raises Refused where it is not deleted, or somebody else's."""
    with transaction.atomic():
        stored = _own(actor, entry, deleted=True)
        stored.deleted_at = None
        stored.save(update_fields=["deleted_at"])
        restore_files(_files_of(stored.files.all()))
        record(actor, stored.organisation_id, "stations.history_restored", stored, after=_values(stored))
        announce([f"station.{stored.station_id}"])


def pin_entry(actor: Actor, entry: HistoryEntry, *, pinned: bool) -> None:
    """Keep an entry above all others, or let it go back to its place. Whoever may write may pin any entry."""
    with transaction.atomic():
        if HistoryEntry.objects.filter(pk=entry.pk, deleted_at=None).exclude(pinned=pinned).update(pinned=pinned):
            after = {"pinned": pinned}
            record(actor, entry.organisation_id, "stations.history_pinned", entry, after=after)
            announce([f"station.{entry.station_id}"])


def purge_deleted(before: datetime) -> int:
    """Remove entries for good that were deleted before `before`; how many."""
    return HistoryEntry._base_manager.filter(deleted_at__lt=before).delete()[0]


def _own(actor: Actor, entry: HistoryEntry, *, deleted: bool = False) -> HistoryEntry:
    """The entry, locked, where the actor wrote it."""
    entries = HistoryEntry.objects.select_for_update().filter(deleted_at__isnull=not deleted)
    stored = entries.filter(pk=entry.pk).first()
    if stored is None:
        raise Refused(_("This entry is not there any more."))
    if not is_own(actor, stored):
        raise Refused(_("Only its author can change or delete an entry."))
    return stored


def _check(entry: HistoryEntry) -> None:
    entry.text = fit(entry.text, 10_000)
    errors: dict[str, Any] = {}
    if entry.kind not in HistoryKind.values or entry.kind == HistoryKind.EVENT:
        errors["kind"] = _("Choose what the entry is about.")
    if not entry.text:
        errors["text"] = _("Write what happened.")
    if entry.at > datetime.now(UTC) + timedelta(minutes=5):
        errors["at"] = _("This lies in the future.")
    if errors:
        raise ValidationError(errors)


def _values(entry: HistoryEntry) -> dict[str, Any]:
    files = list(entry.files.values_list("name", flat=True)) if entry.pk else []
    return {name: getattr(entry, name) for name in _WRITTEN} | {"files": files}
