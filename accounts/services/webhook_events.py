"""The outbox of webhooks: an event becomes a row per target that wants it, in the transaction of the event itself.

Who listens is known in memory, so that an event that nobody listens to costs a look into a dictionary.
"""

import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import orjson
from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone
from django_scopes import scopes_disabled

from accounts.models import WebhookTarget
from common.text import fit
from common.webhooks import WebhookEvent


@dataclass(frozen=True, slots=True)
class News:
    """Something that happened at `at`; `data` is what the body says of it, as JSON."""

    organisation_id: int
    at: datetime
    subject: str
    data: Mapping[str, Any]


class _Listeners:
    """The organisations that have a target for an event, by its name: read anew after `WEBHOOK_NEWS_S`."""

    def __init__(self) -> None:
        self._known: dict[str, frozenset[int]] = {}
        self._until = 0.0

    def of(self, event: WebhookEvent) -> frozenset[int]:
        now = time.monotonic()
        if now >= self._until:
            self._known, self._until = _read_listeners(), now + settings.WEBHOOK_NEWS_S
        return self._known.get(event.name, frozenset())

    def forget(self) -> None:
        self._until = 0.0


_listeners = _Listeners()


def listeners(event: WebhookEvent) -> frozenset[int]:
    """The organisations that want to be told; a target made by another process counts some seconds later."""
    return _listeners.of(event)


def forget_listeners() -> None:
    """Targets have changed: this process looks again at once, and once more after the commit."""
    _listeners.forget()
    transaction.on_commit(_listeners.forget)


def _read_listeners() -> dict[str, frozenset[int]]:
    with scopes_disabled():
        targets = list(WebhookTarget.objects.filter(active=True).values_list("organisation_id", "events"))
    names = {name for _organisation_id, events in targets for name in events}
    return {name: frozenset(pk for pk, events in targets if name in events) for name in names}


def tell(event: WebhookEvent, news: Collection[News]) -> None:
    """Write the deliveries of what happened, one statement for all; call it inside the transaction of the event."""
    if news:
        _insert(event, news, [uuid4() for _one in news], "target.active AND %(event)s = ANY(target.events)", {})


def tell_target(event: WebhookEvent, target: WebhookTarget, news: News) -> None:
    """Write one delivery for one target, whatever it listens to."""
    _insert(event, [news], [uuid4()], "target.id = %(target)s", {"target": target.pk})


_SQL = """
    INSERT INTO accounts_webhookdelivery (organisation_id, target_id, event_id, event, subject, body, state, created_at,
        due_at, give_up_at, tries, request, answer, problem)
    SELECT target.organisation_id, target.id, news.id, %(event)s, news.subject, news.body, 'waiting', %(now)s,
        %(now)s, %(give_up_at)s, 0, '', '', ''
    FROM unnest(%(organisations)s::bigint[], %(ids)s::uuid[], %(subjects)s::text[], %(bodies)s::text[])
        WITH ORDINALITY AS news (organisation_id, id, subject, body, place)
    JOIN accounts_webhooktarget AS target ON target.organisation_id = news.organisation_id AND {condition}
    ORDER BY news.place
"""


def _insert(
    event: WebhookEvent, news: Collection[News], ids: list[UUID], condition: str, parameters: dict[str, Any]
) -> None:
    now = timezone.now()
    values: dict[str, Any] = {
        "event": event.name,
        "now": now,
        "give_up_at": now + timedelta(seconds=settings.WEBHOOK_GIVE_UP_S),
        "organisations": [one.organisation_id for one in news],
        "ids": ids,
        "subjects": [fit(one.subject, 80) for one in news],
        "bodies": [_body(event, one, event_id) for one, event_id in zip(news, ids, strict=True)],
    }
    with connection.cursor() as cursor:
        cursor.execute(_SQL.format(condition=condition), values | parameters)


def _body(event: WebhookEvent, news: News, event_id: UUID) -> str:
    body = {"id": event_id, "type": event.name, "timestamp": news.at, "data": news.data}
    return orjson.dumps(body, default=str, option=orjson.OPT_UTC_Z).decode().replace("\\u0000", "")
