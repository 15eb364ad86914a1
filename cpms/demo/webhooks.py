"""The demo's webhooks: one that works, one whose receiver has been away for a while. Both are switched off, so that
the demo sends nothing to anybody."""

import json
import random
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from accounts.choices import DeliveryState
from accounts.models import Organisation, WebhookDelivery, WebhookTarget
from accounts.services.webhooks import sealed
from cpms.demo.equipment import Unit

_EVENTS = ("session.ended", "station.disconnected", "error.opened")
_DELIVERIES = 60


def make_webhooks(chance: random.Random, organisation: Organisation, units: list[Unit], now: datetime) -> None:
    billing = _target(organisation, "Billing", "https://billing.example.com/charging", now - timedelta(minutes=9))
    desk = _target(organisation, "Service desk", "https://desk.example.com/hooks/cpms", now - timedelta(hours=30))
    WebhookTarget.objects.filter(pk=desk.pk).update(failing_since=now - timedelta(hours=27), problem=_DOWN, failures=31)
    WebhookDelivery.objects.bulk_create(
        _delivery(
            chance, billing if number % 5 else desk, units, now - timedelta(minutes=31 * (_DELIVERIES - number)), now
        )
        for number in range(_DELIVERIES)
    )


_DOWN = "No answer within 10 seconds."


def _target(organisation: Organisation, name: str, url: str, delivered_at: datetime) -> WebhookTarget:
    values = {
        "name": name,
        "url": url,
        "secret": sealed("whsec_ZGVtbw=="),
        "active": False,
        "delivered_at": delivered_at,
    }
    return WebhookTarget.objects.create(organisation=organisation, events=list(_EVENTS), **values)


def _delivery(
    chance: random.Random, target: WebhookTarget, units: list[Unit], at: datetime, now: datetime
) -> WebhookDelivery:
    station, event = chance.choice(units).station, chance.choice(_EVENTS)
    event_id = UUID(int=chance.getrandbits(128), version=4)
    body: dict[str, Any] = {"id": str(event_id), "type": event, "timestamp": at.isoformat()}
    body["data"] = {"station": {"identity": station.identity, "name": station.name}}
    delivered = target.name == "Billing"
    over = at + timedelta(days=1) < now
    request = f"POST {target.url}\nContent-Type: application/json\nWebhook-Id: {event_id}"
    return WebhookDelivery(
        organisation=target.organisation,
        target=target,
        event_id=event_id,
        event=event,
        subject=station.identity,
        body=json.dumps(body),
        state=DeliveryState.DELIVERED if delivered else DeliveryState.GIVEN_UP if over else DeliveryState.WAITING,
        created_at=at,
        due_at=at,
        give_up_at=at + timedelta(days=1),
        tries=1 if delivered else 31,
        tried_at=min(now, at + (timedelta(seconds=1) if delivered else timedelta(days=1))),
        duration_ms=chance.randint(30, 400) if delivered else 10_000,
        request=request,
        status_code=204 if delivered else None,
        problem="" if delivered else _DOWN,
    )
