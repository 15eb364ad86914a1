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


def announce(topics: Iterable[str]) -> None:
    """Poke everybody who shows one of `topics`, once, after the running transaction committed."""
    waiting: set[str] | None = getattr(connection, "announced_topics", None)
    if waiting is not None and connection.in_atomic_block:
        waiting.update(topics)
        return
    collected = set(topics)
    connection.announced_topics = collected  # type: ignore[attr-defined]
    transaction.on_commit(lambda: _send(collected))


def _send(topics: set[str]) -> None:
    if getattr(connection, "announced_topics", None) is topics:
        connection.announced_topics = None  # type: ignore[attr-defined]
    layer: Any = get_channel_layer()
    async_to_sync(layer.group_send)(GROUP, {"type": "live.topics", "topics": sorted(topics)})
