"""The review of starts that nobody is billed for."""

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from accounts.models import AuditEntry, Organisation
from accounts.services import audit_entry
from charging.models import PortalStart
from common.actor import Actor


def review_goodwill(actor: Actor, organisation: Organisation, starts: QuerySet[PortalStart]) -> int:
    """Mark those that nobody has reviewed as seen and found in order; how many."""
    with transaction.atomic():
        found = list(starts.filter(reviewed_at=None).select_for_update(of=("self",)).order_by("pk"))
        reviewed = {"reviewed_at": timezone.now(), "reviewed_by": actor.label[:200]}
        PortalStart.objects.filter(pk__in=[start.pk for start in found]).update(**reviewed)
        AuditEntry.objects.bulk_create(
            audit_entry(actor, organisation, "charging.goodwill_reviewed", start) for start in found
        )
    return len(found)
