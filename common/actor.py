"""Who does something: every service takes an actor, and every audit row names one."""

from dataclasses import dataclass
from typing import Literal

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


SYSTEM = Actor(kind="system", label="cpms")
