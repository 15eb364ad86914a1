"""Live updates. A change names its topics; whoever shows one of them draws it anew. A poke is never the truth: it says
only that something changed, the truth is in PostgreSQL.

Topics are `station.<id>`, `port.<station id>.<number>`, `command.<id>`, `organisation.<id>`, `user.<id>`.
"""

from collections.abc import Iterable
from typing import Any

from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from django.db import connection, transaction

GROUP = "live"


class _Poke:
    """The one message that a transaction sends after its commit; a rollback drops it with its topics."""

    def __init__(self) -> None:
        self.topics: set[str] = set()

    def __call__(self) -> None:
        layer: Any = get_channel_layer()
        async_to_sync(layer.group_send)(GROUP, {"type": "live.topics", "topics": sorted(self.topics)})


def announce(topics: Iterable[str]) -> None:
    """Poke everybody who shows one of `topics`, once, after the running transaction committed."""
    for _savepoints, callback, _robust in connection.run_on_commit:
        if isinstance(callback, _Poke):
            callback.topics.update(topics)
            return
    poke = _Poke()
    poke.topics.update(topics)
    transaction.on_commit(poke, robust=True)
