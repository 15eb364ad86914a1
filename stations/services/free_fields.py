"""Free fields of stations, and the descriptions that an organisation offers for them."""

from collections.abc import Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Organisation
from accounts.services import differences, record
from common.actor import Actor
from common.bulk import update_rows
from common.live import announce
from common.text import fit
from stations.models import FieldTemplate, FreeField, Station
from stations.services.search_index import index_free_fields

# So many fields fit on a page; who needs more has a document.
MOST_FIELDS = 200


def add_field(actor: Actor, station: Station, name: str, value: str) -> FreeField:
    """Add a field below the others. Raises ValidationError by field name."""
    field = FreeField(organisation_id=station.organisation_id, station=station)
    with transaction.atomic():
        Station.objects.select_for_update(of=("self",)).get(pk=station.pk)
        others = FreeField.objects.filter(station=station)
        if others.count() >= MOST_FIELDS:
            raise ValidationError(_("A station has at most %(most)d free fields.") % {"most": MOST_FIELDS})
        field.position = (others.aggregate(last=Max("position"))["last"] or 0) + 1
        _fill(actor, field, name, value)
        field.save()
        index_free_fields([station.pk])
        record(actor, station.organisation_id, "stations.field_added", station, after={field.name: field.value})
        announce([f"station.{station.pk}"])
    return field


def change_field(actor: Actor, field: FreeField, name: str, value: str) -> None:
    """Raises ValidationError by field name."""
    with transaction.atomic():
        stored = FreeField.objects.select_for_update(of=("self",)).select_related("station").get(pk=field.pk)
        before = _values(stored)
        _fill(actor, stored, name, value)
        old, new = differences(before, _values(stored))
        if new:
            stored.save()
            index_free_fields([stored.station_id])
            record(actor, stored.organisation_id, "stations.field_changed", stored.station, before=old, after=new)
            announce([f"station.{stored.station_id}"])


def delete_field(actor: Actor, field: FreeField) -> None:
    with transaction.atomic():
        before = {field.name: field.value}
        record(actor, field.organisation_id, "stations.field_deleted", field.station, before=before)
        field.delete()
        index_free_fields([field.station_id])
        announce([f"station.{field.station_id}"])


def order_fields(actor: Actor, station: Station, wanted: Sequence[int]) -> None:
    """Put the station's fields into the order of the ids `wanted`; what it does not name comes last, as it was."""
    with transaction.atomic():
        fields = list(FreeField.objects.select_for_update(of=("self",)).filter(station=station))
        before = [field.name for field in fields]
        places = {pk: place for place, pk in enumerate(wanted)}
        fields.sort(key=lambda field: places.get(field.pk, len(places)))
        for position, field in enumerate(fields, start=1):
            field.position = position
        after = [field.name for field in fields]
        if after != before:
            update_rows(fields, ["position"])
            record(
                actor,
                station.organisation_id,
                "stations.fields_ordered",
                station,
                before={"order": before},
                after={"order": after},
            )
            announce([f"station.{station.pk}"])


def _fill(actor: Actor, field: FreeField, name: str, value: str) -> None:
    field.name, field.value = fit(name, 1_000), fit(value, 10_000)
    field.author, field.changed_at = actor.label[:200], timezone.now()
    field.clean_fields(exclude=["organisation", "station"])


def _values(field: FreeField) -> dict[str, Any]:
    return {"name": field.name, "value": field.value}


def create_template(actor: Actor, organisation: Organisation, name: str) -> FieldTemplate:
    """Raises ValidationError where there is one of this name, in any case of letters."""
    template = FieldTemplate(organisation=organisation, name=name.strip())
    with transaction.atomic():
        template.clean_fields(exclude=["organisation"])
        if FieldTemplate.objects.filter(organisation=organisation, name__iexact=template.name).exists():
            raise ValidationError({"name": _("This description is offered already.")})
        template.save()
        record(actor, organisation, "stations.field_template_created", template, after={"name": template.name})
    return template


def delete_template(actor: Actor, template: FieldTemplate) -> None:
    """The fields that stations have stay."""
    with transaction.atomic():
        before = {"name": template.name}
        record(actor, template.organisation_id, "stations.field_template_deleted", template, before=before)
        template.delete()
