"""Writes of the accounts app."""

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
    organisation_id = organisation.pk if isinstance(organisation, Organisation) else organisation
    AuditEntry.objects.create(
        organisation_id=organisation_id,
        actor_kind=actor.kind,
        actor_id=actor.id,
        actor_label=actor.label[:200],
        address=actor.address or "",
        action=action,
        object_type=obj._meta.label_lower if obj is not None else "",
        object_id=str(obj.pk) if obj is not None else "",
        object_label=str(obj)[:200] if obj is not None else "",
        before=before or {},
        after=after or {},
    )
