"""Live updates. A change names its topics; whoever shows one of them draws it anew. A poke is never the truth: it says
only that something changed, the truth is in PostgreSQL.

Topics are `station.<id>`, `port.<station id>.<number>`, `command.<id>`, `campaign.<id>`, `template.<id>`,
`transfers.<station id>`, `ticket.<id>`, `job.<id>`, `jobs.<organisation id>.<kind>.<subject>`,
`webhooks.<organisation id>`, `organisation.<id>`.
"""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from typing import Any

from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from django.db import connection, transaction
from django.db.models import QuerySet
from django.template.loader import render_to_string
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from common.access import Access
from common.declarations import declared
from common.numbers import whole_number
from common.rights import Feature, Right

GROUP = "live"


class _Poke:
    """The one message that a transaction sends after its commit; a rollback drops it with its topics."""

    def __init__(self) -> None:
        self.topics: set[str] = set()
        # Where Redis is away, Django names what failed after the commit by this; without it the writer would fail.
        self.__qualname__ = "announce"

    def __call__(self) -> None:
        layer: Any = get_channel_layer()
        async_to_sync(layer.group_send)(GROUP, {"type": "live.topics", "topics": sorted(self.topics)})


def announce(topics: Iterable[str]) -> None:
    """Poke everybody who shows one of `topics`, once, after the running transaction committed."""
    for entry in connection.run_on_commit:
        if isinstance(poke := entry[1], _Poke):
            poke.topics.update(topics)
            return
    poke = _Poke()
    poke.topics.update(topics)
    transaction.on_commit(poke, robust=True)


def key_by_pk(subject: Any) -> str:
    return str(subject.pk)


def by_pk(rows: QuerySet[Any], key: str) -> Any | None:
    """What the key of `key_by_pk` names among the rows."""
    return rows.filter(pk=whole_number(key) or 0).first()


def organisation_topics(organisation: Any) -> list[str]:
    return [f"organisation.{organisation.pk}"]


def load_organisation(access: Access, key: str) -> Any | None:
    """The caller's own organisation: the subject of what stands on the dashboard."""
    return access.organisation if key == str(access.organisation.pk) else None


@dataclass(frozen=True)
class Fragment:
    """A part of a page that is drawn anew when one of its topics is announced. Apps list theirs in `sheets.FRAGMENTS`;
    templates draw them by `{% live "name" subject %}`.

    `load` finds the subject again by its key, or None where the caller may not see it: it runs in the caller's scope.
    `template` gets what `context` answers, and `access`. Its forms need no more than `{% csrf_token %}`. `key` holds
    letters, digits, dots and hyphens only; `tag` is the element around it. `pause_s` spares what is dear to draw and
    changes all the time: it is drawn at most so often on a page. `rows` is for what stands on every row of a list, with
    the primary key as its key: what `load` chooses from, so that one query finds all that a page shows.
    """

    name: str
    right: Right
    topics: Callable[[Any], list[str]]
    load: Callable[[Access, str], Any | None]
    template: str
    context: Callable[[Access, Any], dict[str, Any]]
    key: Callable[[Any], str] = key_by_pk
    feature: Feature | None = None
    tag: str = "div"
    pause_s: float = 0
    rows: Callable[[Access], QuerySet[Any]] | None = None

    def open_to(self, access: Access) -> bool:
        return access.can(self.right) and (self.feature is None or access.has(self.feature))

    def load_all(self, access: Access, keys: Collection[str]) -> dict[str, Any]:
        """The subjects that the caller may see, by their keys; with `rows` one query."""
        if self.rows is None:
            return {key: subject for key in keys if (subject := self.load(access, key))}
        numbers = [number for key in keys if (number := whole_number(key))]
        return {str(subject.pk): subject for subject in self.rows(access).filter(pk__in=numbers)}


def find_fragment(name: str) -> Fragment | None:
    return next((fragment for fragment in declared("sheets", "FRAGMENTS") if fragment.name == name), None)


def draw(fragment: Fragment, access: Access, subject: Any, csrf_token: str | None = None) -> SafeString:
    """The fragment as HTML. Whoever calls has checked `open_to`."""
    values = {**fragment.context(access, subject), "access": access, "csrf_token": csrf_token}
    inside = mark_safe(render_to_string(fragment.template, values))  # noqa: S308
    name, key = fragment.name, fragment.key(subject)
    return format_html('<{0} id="live-{1}-{2}" data-live="{1}:{2}">{3}</{0}>', fragment.tag, name, key, inside)
