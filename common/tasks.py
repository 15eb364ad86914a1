"""What Celery does again and again: each app lists its own periodic tasks in `tasks.py` as the tuple `PERIODIC`."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Periodic:
    """`task` is a Celery task without arguments that beat sends every `every_s` seconds, under the name `name`."""

    name: str
    task: Any
    every_s: int
