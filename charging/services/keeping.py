"""Saving what people enter: checked as a form would, written with its audit row."""

from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.db.models import Model, QuerySet

from accounts.models import AuditEntry
from accounts.services import audit_entry, record, record_change
from charging.models import Contract, IdToken, TokenGroup
from common.actor import Actor

Entered = Contract | IdToken | TokenGroup


@transaction.atomic
def save_new(actor: Actor, obj: Entered, action: str, fields: Iterable[str]) -> None:
    """Check and insert `obj`. Raises ValidationError by field."""
    obj.full_clean()
    obj.save(force_insert=True)
    record(actor, obj.organisation_id, action, obj, after=values_of(obj, fields))


@transaction.atomic
def save_changes(actor: Actor, obj: Entered, action: str, changes: dict[str, Any], derived: dict[str, Any]) -> None:
    """Check `obj` with `changes` and what is `derived` from them, and save it. Raises ValidationError by field."""
    before = values_of(type(obj).objects.get(pk=obj.pk), changes)
    for name, value in {**changes, **derived}.items():
        setattr(obj, name, value)
    obj.full_clean()
    obj.save(update_fields=[*changes, *derived])
    record_change(actor, obj, action, before, values_of(obj, changes))


def set_status(actor: Actor, found: QuerySet[Any], status: str, action: str) -> int:
    """Give all of these the status; how many had another one. A constant number of queries."""
    with transaction.atomic():
        entries = list(found.exclude(status=status).select_for_update(of=("self",)).order_by("pk"))
        found.model._default_manager.filter(pk__in=[one.pk for one in entries]).update(status=status)
        AuditEntry.objects.bulk_create(
            audit_entry(
                actor, one.organisation_id, action, one, before={"status": one.status}, after={"status": status}
            )
            for one in entries
        )
    return len(entries)


def values_of(obj: Model, fields: Iterable[str]) -> dict[str, Any]:
    """The values as an audit row shows them: related objects by their names."""
    values = {name: getattr(obj, name) for name in fields}
    return {name: str(value) if isinstance(value, Model) else value for name, value in values.items()}
