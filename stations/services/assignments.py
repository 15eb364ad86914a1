"""Station groups and contacts, and the stations that belong to them."""

from collections.abc import Collection, Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Model
from django.utils.translation import gettext_lazy as _

from accounts.models import AuditEntry, Organisation
from accounts.services import audit_entry, differences, record, record_change
from common.actor import Actor
from common.live import announce
from stations.models import Contact, Station, StationGroup

_CONTACT_FIELDS = ("name", "company", "phone", "email")


def create_group(actor: Actor, organisation: Organisation, name: str) -> StationGroup:
    """Raises ValidationError where a group has this name already, in any case of letters."""
    group = StationGroup(organisation=organisation, name=name.strip())
    with transaction.atomic():
        _save_group(group)
        record(actor, organisation, "stations.group_created", group, after={"name": group.name})
    return group


def rename_group(actor: Actor, group: StationGroup, name: str) -> StationGroup:
    """Raises ValidationError where another group has this name already."""
    before = {"name": group.name}
    group.name = name.strip()
    with transaction.atomic():
        _save_group(group)
        record_change(actor, group, "stations.group_renamed", before, {"name": group.name})
    return group


def _save_group(group: StationGroup) -> None:
    group.clean_fields(exclude=["organisation"])
    others = StationGroup.objects.filter(organisation_id=group.organisation_id, name__iexact=group.name)
    if others.exclude(pk=group.pk).exists():
        raise ValidationError({"name": _("There is a group of this name already.")})
    group.save()


def delete_group(actor: Actor, group: StationGroup) -> None:
    """The stations stay; they only leave the group."""
    with transaction.atomic():
        record(
            actor,
            group.organisation_id,
            "stations.group_deleted",
            group,
            before={"name": group.name, "stations": group.stations.count()},
        )
        group.delete()


def add_to_group(actor: Actor, group: StationGroup, stations: Collection[Station]) -> int:
    """Put the stations of the group's organisation into the group; how many were not in it."""
    return _move(actor, group, stations, into=True)


def remove_from_group(actor: Actor, group: StationGroup, stations: Collection[Station]) -> int:
    """Take the stations out of the group; how many were in it."""
    return _move(actor, group, stations, into=False)


def _move(actor: Actor, group: StationGroup, stations: Collection[Station], *, into: bool) -> int:
    links = Station.groups.through.objects
    with transaction.atomic():
        own = {station.pk: station for station in stations if station.organisation_id == group.organisation_id}
        members = set(links.filter(stationgroup=group, station__in=own).values_list("station_id", flat=True))
        moved = [own[pk] for pk in sorted(own) if (pk in members) != into]
        if into:
            links.bulk_create(
                [Station.groups.through(station=station, stationgroup=group) for station in moved],
                ignore_conflicts=True,
            )
        else:
            links.filter(stationgroup=group, station__in=moved).delete()
        action = "stations.group_joined" if into else "stations.group_left"
        AuditEntry.objects.bulk_create(
            audit_entry(actor, group.organisation_id, action, station, after={"group": group.name}) for station in moved
        )
        announce(f"station.{station.pk}" for station in moved)
    return len(moved)


def create_contact(actor: Actor, organisation: Organisation, values: Mapping[str, Any]) -> Contact:
    """Raises ValidationError by field name."""
    contact = Contact(organisation=organisation, **{name: values[name] for name in _CONTACT_FIELDS if name in values})
    contact.clean_fields(exclude=["organisation"])
    with transaction.atomic():
        contact.save()
        record(actor, organisation, "stations.contact_created", contact, after=_values(contact))
    return contact


def update_contact(actor: Actor, contact: Contact, values: Mapping[str, Any]) -> Contact:
    """Raises ValidationError by field name."""
    with transaction.atomic():
        before = _values(Contact.objects.select_for_update().get(pk=contact.pk))
        for name in _CONTACT_FIELDS:
            setattr(contact, name, values.get(name, before[name]))
        contact.clean_fields(exclude=["organisation"])
        old, new = differences(before, _values(contact))
        if new:
            contact.save(update_fields=list(new))
            record(actor, contact.organisation_id, "stations.contact_changed", contact, before=old, after=new)
    return contact


def delete_contact(actor: Actor, contact: Contact) -> None:
    """The stations stay; nobody is assigned in the contact's place."""
    with transaction.atomic():
        record(actor, contact.organisation_id, "stations.contact_deleted", contact, before=_values(contact))
        contact.delete()


def _values(contact: Model) -> dict[str, Any]:
    return {name: getattr(contact, name) for name in _CONTACT_FIELDS}
