"""How a row of the audit log reads: its action in words, its change field by field."""

from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.core.exceptions import FieldDoesNotExist
from django.utils.translation import gettext as _

from accounts.models import AuditEntry
from common.declarations import declared
from common.rights import Text, all_features, all_rights


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
    """What changed, field by field in the order it was written, in the reader's language."""
    names = dict.fromkeys([*entry.before, *entry.after])
    fields = [(name, _field(entry, name)) for name in names]
    texts = [
        (_label(name, field), _in_words(entry.before.get(name), field), _in_words(entry.after.get(name), field))
        for name, field in fields
    ]
    return [Change(*text) for text in texts if text[1] or text[2]]


def _field(entry: AuditEntry, name: str) -> Any:
    """The field of the object that has this name; None where it has none."""
    try:
        return apps.get_model(entry.object_type)._meta.get_field(name)
    except (LookupError, ValueError, FieldDoesNotExist):
        return None


def _label(name: str, field: Any) -> str:
    words = dict(declared("choices", "AUDIT_NAMES"))
    return str(words.get(name) or getattr(field, "verbose_name", None) or name.replace("_", " "))


def _in_words(value: Any, field: Any = None) -> str:
    if value is None or value in ("", [], {}):
        return ""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, list):
        return ", ".join(_in_words(entry, field) for entry in value)
    if isinstance(value, dict):
        filled = {key: _in_words(entry) for key, entry in value.items()}
        return ", ".join(f"{_label(key, None)}: {text}" for key, text in filled.items() if text)
    choices = dict(getattr(field, "flatchoices", ())) or _declared_words()
    return str(choices.get(value, value))


def _declared_words() -> dict[Any, Text]:
    """The names of rights and features, which rows hold by their codes."""
    words: dict[Any, Text] = {right.code: right.label for right in all_rights()}
    return words | {feature.code: feature.label for feature in all_features()}
