"""The rules by which errors are escalated."""

from typing import Any

from django.db import transaction
from django.forms.models import model_to_dict

from accounts.models import Organisation
from accounts.services import record, record_change
from common.actor import Actor
from tickets.models import EscalationRule

PLAIN = (
    "name",
    "active",
    "error_codes",
    "vendor_codes",
    "severities",
    "after_minutes",
    "addresses",
    "opens_ticket",
    "ticket_priority",
    "ticket_category",
    "ticket_team",
)
MANY = ("stations", "groups", "people", "teams")


def save_rule(
    actor: Actor, organisation: Organisation, rule: EscalationRule | None = None, **values: Any
) -> EscalationRule:
    """Make the rule, or change `rule`. Raises ValidationError by field name."""
    before = _values(rule) if rule else {}
    rule = rule or EscalationRule(organisation=organisation)
    for name in PLAIN:
        setattr(rule, name, values.get(name, getattr(rule, name)))
    rule.vendor_codes = sorted({code.strip().upper() for code in rule.vendor_codes if code.strip()})
    rule.clean_fields(exclude=["organisation"])
    with transaction.atomic():
        rule.save()
        for name in MANY:
            if name in values:
                getattr(rule, name).set(values[name])
        action = "tickets.rule_changed" if before else "tickets.rule_created"
        record_change(actor, rule, action, before, _values(rule))
    return rule


def delete_rule(actor: Actor, rule: EscalationRule) -> None:
    """What it escalated stays."""
    with transaction.atomic():
        record(actor, rule.organisation_id, "tickets.rule_deleted", rule, before=_values(rule))
        rule.delete()


def _values(rule: EscalationRule) -> dict[str, Any]:
    plain = model_to_dict(rule, PLAIN)
    return plain | {name: sorted(str(one) for one in getattr(rule, name).all()) for name in MANY}
