"""Notes on charge ports. All who may write them keep them together: each shows its author and who changed it last."""

from collections.abc import Collection
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.services import differences, record
from chargeports.models import ChargePort, Note
from common.actor import Actor
from common.errors import Refused
from common.live import announce
from common.text import fit
from stations.models import Station

# So many fit into a dialog; what is older belongs into the station's history.
MOST_NOTES = 200


def write_note(actor: Actor, station: Station, text: str, port_numbers: Collection[int]) -> Note:
    """Put a note on ports of the station. Raises ValidationError by field name."""
    note = Note(
        organisation_id=station.organisation_id,
        station=station,
        actor_kind=actor.kind,
        actor_id=actor.id,
        actor_label=actor.label[:200],
    )
    with transaction.atomic():
        if Note.objects.filter(station=station).count() >= MOST_NOTES:
            raise ValidationError(_("A station has at most %(most)d notes: delete old ones.") % {"most": MOST_NOTES})
        _fill(note, text, port_numbers)
        note.save()
        record(actor, station.organisation_id, "chargeports.note_written", note, after=_values(note))
        announce([f"station.{station.pk}"])
    return note


def change_note(actor: Actor, note: Note, text: str, port_numbers: Collection[int]) -> None:
    """Raises ValidationError by field name, Refused where somebody has deleted it."""
    with transaction.atomic():
        stored = _locked(note)
        before = _values(stored)
        _fill(stored, text, port_numbers)
        old, new = differences(before, _values(stored))
        if new:
            stored.changed_by, stored.changed_at = actor.label[:200], timezone.now()
            stored.save()
            record(actor, stored.organisation_id, "chargeports.note_changed", stored, before=old, after=new)
            announce([f"station.{stored.station_id}"])


def delete_note(actor: Actor, note: Note) -> None:
    with transaction.atomic():
        stored = _locked(note)
        record(actor, stored.organisation_id, "chargeports.note_deleted", stored, before=_values(stored))
        stored.delete()
        announce([f"station.{stored.station_id}"])


def _locked(note: Note) -> Note:
    stored = Note.objects.select_for_update(of=("self",)).select_related("station").filter(pk=note.pk).first()
    if stored is None:
        raise Refused(_("This note is not there any more."))
    return stored


def _fill(note: Note, text: str, port_numbers: Collection[int]) -> None:
    note.text, note.port_numbers = fit(text, 10_000), sorted(set(port_numbers))
    errors: dict[str, Any] = {}
    try:
        note._meta.get_field("text").clean(note.text, note)
    except ValidationError as error:
        errors["text"] = error
    known = ChargePort.objects.filter(station=note.station, number__in=note.port_numbers)
    if not note.port_numbers:
        errors["port_numbers"] = ValidationError(_("Tick at least one charge port."))
    elif known.count() < len(note.port_numbers):
        errors["port_numbers"] = ValidationError(_("The station has no such charge port."))
    if errors:
        raise ValidationError(errors)


def _values(note: Note) -> dict[str, Any]:
    return {"text": note.text, "port_numbers": note.port_numbers}
