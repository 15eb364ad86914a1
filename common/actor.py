"""Who does something: every service takes an actor, and every audit row names one."""

from dataclasses import dataclass
from typing import Any, Literal

from django.utils.translation import gettext as _

Kind = Literal["user", "token", "station", "task", "system"]


@dataclass(frozen=True)
class Actor:
    """`id` is the primary key of the user, token or station; a task or the system itself has none."""

    kind: Kind
    label: str
    id: int | None = None
    address: str | None = None


def task_actor(name: str) -> Actor:
    return Actor(kind="task", label=name)


def author(row: Any) -> str:
    """Who did it, for people, of a row with `actor_kind` and `actor_label`: a task is the portal itself."""
    return _("The portal") if row.actor_kind in ("task", "system") else str(row.actor_label)


SYSTEM = Actor(kind="system", label="cpms")
