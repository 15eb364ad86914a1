"""Saving what people enter: checked as a form would, written with its audit row."""

from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.db.models import Model

from accounts.services import differences, record
from charging.models import Contract, IdToken, TokenGroup
from common.actor import Actor

Entered = Contract | IdToken | TokenGroup


@transaction.atomic
def save_new(actor: Actor, obj: Entered, action: str, fields: Iterable[str]) -> None:
    """Check and insert `obj`. Raises ValidationError by field."""
    obj.full_clean()
    obj.save(force_insert=True)
    record(actor, obj.organisation_id, action, obj, after=_values(obj, fields))


@transaction.atomic
def save_changes(actor: Actor, obj: Entered, action: str, changes: dict[str, Any], derived: dict[str, Any]) -> None:
    """Check `obj` with `changes` and what is `derived` from them, and save it. Raises ValidationError by field."""
    before = _values(type(obj).objects.get(pk=obj.pk), changes)
    for name, value in {**changes, **derived}.items():
        setattr(obj, name, value)
    obj.full_clean()
    obj.save(update_fields=[*changes, *derived])
    old, new = differences(before, _values(obj, changes))
    if new:
        record(actor, obj.organisation_id, action, obj, before=old, after=new)


def _values(obj: Model, fields: Iterable[str]) -> dict[str, Any]:
    """The values as an audit row shows them: related objects by their names."""
    values = {name: getattr(obj, name) for name in fields}
    return {name: str(value) if isinstance(value, Model) else value for name, value in values.items()}
