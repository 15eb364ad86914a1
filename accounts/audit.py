"""How a row of the audit log reads: its action in words, its change field by field."""

from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.core.exceptions import FieldDoesNotExist
from django.utils.translation import gettext as _

from accounts.models import AuditEntry
from common.declarations import declared
from common.rights import Text


@dataclass(frozen=True)
class Change:
    field: str
    before: str
    after: str

    def __str__(self) -> str:
        """As it stands in CSV."""
        return f"{self.field}: {self.before or '–'} → {self.after or '–'}"


def actions() -> dict[str, Text]:
    """The label of each action; apps declare pairs of code and label as `AUDIT_ACTIONS` in their `choices.py`."""
    return dict(declared("choices", "AUDIT_ACTIONS"))


def action_choices() -> list[tuple[str, Text]]:
    return sorted(actions().items(), key=lambda pair: str(pair[1]))


def action_in_words(entry: AuditEntry) -> str:
    """The action's label; for one that no version declares any more, its code."""
    return str(actions().get(entry.action, entry.action))


def changes(entry: AuditEntry) -> list[Change]:
    """What changed, field by field in the order it was written."""
    names = dict.fromkeys([*entry.before, *entry.after])
    texts = [(name, _in_words(entry.before.get(name)), _in_words(entry.after.get(name))) for name in names]
    return [Change(_label(entry, name), before, after) for name, before, after in texts if before or after]


def _label(entry: AuditEntry, name: str) -> str:
    """The field's name for people where the object has such a field."""
    try:
        field = apps.get_model(entry.object_type)._meta.get_field(name)
    except (LookupError, ValueError, FieldDoesNotExist):
        return name
    return str(getattr(field, "verbose_name", name))


def _in_words(value: Any) -> str:
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, list):
        return ", ".join(_in_words(entry) for entry in value)
    return str(value)
