"""Sends what the outbox of webhooks holds: each target by one worker at a time, in order, all targets side by side.

A target that is down is tried again with its oldest delivery, after a growing pause; everything behind it waits. An
answer that refuses just one delivery (4xx) lets the next ones pass, and that one is tried again later.
"""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from asgiref.sync import async_to_sync, sync_to_async
from django.conf import settings
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q
from django.db.models.functions import Coalesce
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from accounts.choices import DeliveryState
from accounts.models import WebhookDelivery, WebhookTarget
from accounts.services.webhooks import secret_of
from accounts.webhook_sender import Outcome, new_client, send
from common.live import announce

# Pauses between tries, in seconds; the last one repeats until the delivery is given up.
BACK_OFF_S = (10, 30, 120, 300, 900, 1800, 3600)
# A worker sends to one target for so long before it lets others have their turn.
_TURN = timedelta(seconds=15)
_LEASE = timedelta(seconds=120)
_TARGETS_AT_ONCE = 50
_PRUNED_AT_ONCE = 5_000


def back_off(tries: int) -> timedelta:
    """The pause after so many tries, at least one."""
    return timedelta(seconds=BACK_OFF_S[min(tries, len(BACK_OFF_S)) - 1])


def webhook_topics(organisation_id: int) -> list[str]:
    return [f"webhooks.{organisation_id}"]


# --- Sending ------------------------------------------------------------------------------------------------------
def deliver(now: datetime) -> int:
    """Send what is due, over all organisations; how many targets had something."""
    targets = _claim(now)
    if targets:
        async_to_sync(_serve_all)(targets)
    return len(targets)


@transaction.atomic
def _claim(now: datetime) -> list[WebhookTarget]:
    """Targets that nobody else holds and that something is due for, held by this worker from now on."""
    due = WebhookDelivery.objects.filter(target=OuterRef("pk"), state=DeliveryState.WAITING, due_at__lte=now)
    free = Q(lease_until=None) | Q(lease_until__lt=now)
    ready = Q(retry_at=None) | Q(retry_at__lte=now)
    found = WebhookTarget.objects.select_for_update(of=("self",), skip_locked=True).select_related("organisation")
    found = found.filter(free, ready, Exists(due), active=True)
    targets = list(found.order_by(Coalesce("lease_until", "created_at"))[:_TARGETS_AT_ONCE])
    lease = uuid4()
    WebhookTarget.objects.filter(pk__in=[target.pk for target in targets]).update(lease=lease, lease_until=now + _LEASE)
    for target in targets:
        target.lease = lease
    return targets


async def _serve_all(targets: Sequence[WebhookTarget]) -> None:
    await asyncio.gather(*(_serve(target) for target in targets))


async def _serve(target: WebhookTarget) -> None:
    """Send to one target until nothing is due, it is down, it was taken away, or the turn is over."""
    try:
        with translation.override(target.organisation.language):
            await _take_turn(target, timezone.now() + _TURN)
    finally:
        await sync_to_async(_release)(target)


async def _take_turn(target: WebhookTarget, over: datetime) -> None:
    async with new_client() as client:
        while timezone.now() < over and (delivery := await sync_to_async(_next)(target)):
            to, secret = delivery.target, secret_of(delivery.target)
            outcome = await send(client, to.url, secret, str(delivery.event_id), delivery.body.encode())
            await sync_to_async(_record)(delivery, outcome)
            if outcome.target_is_down:
                break


def _next(target: WebhookTarget) -> WebhookDelivery | None:
    """The oldest delivery that is due, if the target is still ours and switched on."""
    due = WebhookDelivery.objects.filter(state=DeliveryState.WAITING, due_at__lte=timezone.now())
    ours = due.filter(target=target, target__lease=target.lease, target__active=True)
    return ours.select_related("target").order_by("pk").first()


def _release(target: WebhookTarget) -> None:
    ours = WebhookTarget.objects.filter(pk=target.pk, lease=target.lease)
    ours.update(lease=None, lease_until=timezone.now())
    announce(webhook_topics(target.organisation_id))


@transaction.atomic
def _record(delivery: WebhookDelivery, outcome: Outcome) -> None:
    now = timezone.now()
    tried = {
        "tries": F("tries") + 1,
        "tried_at": now,
        "request": outcome.request,
        "status_code": outcome.status_code,
        "answer": outcome.answer,
        "problem": outcome.problem[:300],
        "duration_ms": outcome.duration_ms,
    }
    waiting = WebhookDelivery.objects.filter(pk=delivery.pk, state=DeliveryState.WAITING)
    waiting.update(**tried, **_what_next(delivery, outcome, now))
    WebhookTarget.objects.filter(pk=delivery.target_id).update(**_state_of_target(delivery.target, outcome, now))


def _what_next(delivery: WebhookDelivery, outcome: Outcome, now: datetime) -> dict[str, Any]:
    if outcome.is_delivered:
        return {"state": DeliveryState.DELIVERED}
    if now >= delivery.give_up_at:
        return {"state": DeliveryState.GIVEN_UP}
    # Where the target is down, it is the target that pauses, and this delivery is the first one again.
    return {"due_at": now if outcome.target_is_down else now + back_off(delivery.tries + 1)}


def _state_of_target(target: WebhookTarget, outcome: Outcome, now: datetime) -> dict[str, Any]:
    if outcome.is_delivered:
        return {"failures": 0, "failing_since": None, "problem": "", "retry_at": None, "delivered_at": now}
    failing = {"failing_since": target.failing_since or now, "problem": outcome.problem[:300]}
    if not outcome.target_is_down:
        return {**failing, "failures": 0, "retry_at": None}
    return {**failing, "failures": target.failures + 1, "retry_at": now + back_off(target.failures + 1)}


# --- Sweeps over all organisations --------------------------------------------------------------------------------
def give_up(now: datetime) -> int:
    """Give up what waits for too long behind a target that is down or switched off; how many."""
    over = WebhookDelivery.objects.filter(state=DeliveryState.WAITING, give_up_at__lte=now)
    problem = _("Its turn did not come in time: the address was down or switched off.")
    organisation_ids = set(over.values_list("organisation_id", flat=True))
    given_up = over.update(state=DeliveryState.GIVEN_UP, problem=problem)
    for organisation_id in organisation_ids:
        announce(webhook_topics(organisation_id))
    return given_up


def prune(now: datetime) -> int:
    """Remove deliveries that are kept no longer; how many."""
    old = WebhookDelivery.objects.filter(created_at__lt=now - timedelta(days=settings.WEBHOOK_DAYS))
    removed = 0
    while pks := list(old.order_by("created_at").values_list("pk", flat=True)[:_PRUNED_AT_ONCE]):
        removed += WebhookDelivery.objects.filter(pk__in=pks).delete()[0]
    return removed
