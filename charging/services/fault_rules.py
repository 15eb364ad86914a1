"""By which rules an organisation's sessions count as faulty, and the judgement of all of them anew."""

from collections.abc import Collection, Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Job, Organisation
from accounts.services import record, start_job
from accounts.services.jobs import RunningJob
from charging.faults import FAULT_TYPES, LIMITS
from charging.models import FaultRules
from charging.rights import CHANGE_FAULT_RULES
from charging.services.classification import classify_range, ids_of
from common.actor import Actor
from common.jobs import JobKind

# Ids that one step of the job looks through: a second or so, then it says how far it is.
STEP = 50_000
Values = Mapping[str, int | list[str]]


def rules_of(organisation: Organisation) -> FaultRules:
    """The organisation's own rules, or unsaved ones that differ in nothing."""
    return FaultRules.objects.filter(organisation=organisation).first() or FaultRules(organisation=organisation)


def save_fault_rules(actor: Actor, organisation: Organisation, limits: Values, left_out: Collection[int]) -> Job | None:
    """Keep the rules, and judge all sessions by them in the background; None where nothing differs. `limits` are by
    the names of `charging.faults.LIMITS`; those not named are the defaults. Raises ValidationError by name.
    """
    _check(limits)
    own = {name: value for name, value in limits.items() if value != _plain(LIMITS[name].default)}
    with transaction.atomic():
        FaultRules.objects.get_or_create(organisation=organisation)
        stored = FaultRules.objects.select_for_update().get(organisation=organisation)
        before = _values(stored)
        stored.limits, stored.left_out = own, sorted({one.fault.value for one in FAULT_TYPES} & set(left_out))
        if _values(stored) == before:
            return None
        stored.save()
        record(actor, organisation, "charging.fault_rules_changed", stored, before=before, after=_values(stored))
        return start_job(organisation, RECLASSIFY, {}, actor, title=_("Judge all sessions by the changed rules"))


def reclassify(running: RunningJob) -> None:
    """Step by step through the organisation's sessions; what is closed meanwhile is judged by the new rules anyway."""
    first, last = ids_of(running.organisation)
    total, changed = last - first + 1, 0
    for begin in range(first, last + 1, STEP):
        words = _("%(changed)d sessions have another type now") % {"changed": changed}
        running.progress(begin - first, total, words)
        changed += classify_range(running.organisation, begin, begin + STEP, timezone.now())


def _check(limits: Values) -> None:
    problems = {}
    for name, value in limits.items():
        highest = LIMITS[name].highest
        if not isinstance(value, list) and not 0 <= value <= highest:
            problems[name] = _("A number from 0 to %(highest)d.") % {"highest": highest}
    if problems:
        raise ValidationError(problems)


def _values(rules: FaultRules) -> dict[str, Any]:
    return {"limits": rules.limits, "left_out": rules.left_out}


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


RECLASSIFY = JobKind(
    "reclassify-sessions", gettext_lazy("Sessions judged by changed rules"), CHANGE_FAULT_RULES, reclassify
)
