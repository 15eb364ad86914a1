"""The audit log: one row for every change, written in the change's own transaction."""

from typing import Any

from django.db.models import Model

from accounts.models import AuditEntry, Organisation
from common.actor import Actor


def record(
    actor: Actor,
    organisation: Organisation | int | None,
    action: str,
    obj: Model | None = None,
    *,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> None:
    """Write one audit row; call it inside the transaction of the change.

    `action` is `<app>.<what happened>`, e.g. `stations.created`. `before` and `after` hold the fields that changed,
    never a secret.
    """
    audit_entry(actor, organisation, action, obj, before=before, after=after).save(force_insert=True)


def audit_entry(
    actor: Actor,
    organisation: Organisation | int | None,
    action: str,
    obj: Model | None = None,
    *,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> AuditEntry:
    """The row that `record` would write, not saved yet: for `bulk_create` where many objects change at once."""
    organisation_id = organisation.pk if isinstance(organisation, Organisation) else organisation
    return AuditEntry(
        organisation_id=organisation_id,
        actor_kind=actor.kind,
        actor_id=actor.id,
        actor_label=actor.label[:200],
        address=actor.address or "",
        action=action,
        object_type=obj._meta.label_lower if obj is not None else "",
        object_id=str(obj.pk) if obj is not None else "",
        object_label=_label(obj)[:200] if obj is not None else "",
        before=before or {},
        after=after or {},
    )


def _label(obj: Model) -> str:
    """The object's name; models whose name speaks the writer's language have an `audit_label` that speaks none."""
    return str(getattr(obj, "audit_label", obj))


def record_change(actor: Actor, obj: Any, action: str, before: dict[str, Any], after: dict[str, Any]) -> None:
    """Record what differs between both about something of an organisation; where nothing does, nothing."""
    old, new = differences(before, after)
    if new:
        record(actor, obj.organisation_id, action, obj, before=old, after=new)


def differences(before: dict[str, Any], after: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The entries of both that differ: what an audit row keeps of a change."""
    changed = [key for key in after if before.get(key) != after[key]]
    return {key: before.get(key) for key in changed}, {key: after[key] for key in changed}
