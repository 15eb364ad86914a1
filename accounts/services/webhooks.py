"""Targets of webhooks: made, changed, tested; and deliveries that a person sends again."""

import base64
import secrets
from collections.abc import Collection
from datetime import timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.choices import DeliveryState
from accounts.models import Organisation, WebhookDelivery, WebhookTarget
from accounts.services.audit import record, record_change
from accounts.services.webhook_events import News, forget_listeners, tell_target
from accounts.webhook_sender import SECRET_PREFIX
from accounts.webhooks import TEST
from common.actor import Actor
from common.errors import Refused
from common.outbound import NotFound, allowed_address
from common.sealing import seal, unseal
from common.webhooks import all_events

MOST_TARGETS = 20
_PURPOSE = "webhook secrets"
_SECRET_BYTES = 32


def secret_of(target: WebhookTarget) -> str:
    return unseal(_PURPOSE, target.secret)


def sealed(secret: str) -> str:
    """The secret as a target keeps it."""
    return seal(_PURPOSE, secret)


def create_target(
    actor: Actor, organisation: Organisation, name: str, url: str, events: Collection[str], active: bool = True
) -> tuple[WebhookTarget, str]:
    """A new target and its secret, which is shown once. Raises ValidationError by field name."""
    if WebhookTarget.objects.count() >= MOST_TARGETS:
        raise Refused(_("There are %(count)d webhooks already, which is the most.") % {"count": MOST_TARGETS})
    secret = _new_secret()
    target = WebhookTarget(organisation=organisation, secret=sealed(secret))
    with transaction.atomic():
        _save(target, name, url, events, active)
        record(actor, organisation, "accounts.webhook_created", target, after=_described(target))
    return target, secret


def change_target(
    actor: Actor, target: WebhookTarget, name: str, url: str, events: Collection[str], active: bool
) -> None:
    """What waits goes to the new address. Raises ValidationError by field name."""
    before = _described(target)
    with transaction.atomic():
        _save(target, name, url, events, active)
        record_change(actor, target, "accounts.webhook_changed", before, _described(target))


def _save(target: WebhookTarget, name: str, url: str, events: Collection[str], active: bool) -> None:
    target.name, target.url, target.active, target.events = name.strip(), url.strip(), active, sorted(events)
    _check_address(target.url)
    target.clean_fields(exclude=[field.name for field in target._meta.fields if field.name not in ("name", "url")])
    unknown = set(events) - {event.name for event in all_events() if event.chosen}
    if unknown or not events:
        raise ValidationError({"events": _("Choose at least one event.")})
    same = WebhookTarget.objects.filter(organisation_id=target.organisation_id, name__iexact=target.name)
    if same.exclude(pk=target.pk).exists():
        raise ValidationError({"name": _("There is a webhook of this name already.")})
    # Whoever changes something wants to see at once whether it helps.
    target.retry_at = None
    if target.pk:
        target.save(update_fields=["name", "url", "events", "active", "retry_at"])
    else:
        target.save()
    forget_listeners()


def _check_address(url: str) -> None:
    """A name that leads nowhere yet is let pass: it is judged again at every delivery."""
    parts = urlsplit(url)
    if parts.scheme not in ("https", "http") or not parts.hostname:
        raise ValidationError({"url": _("Write an address that begins with https://.")})
    if parts.username or parts.password or parts.fragment:
        raise ValidationError({"url": _("An address without a name, a password or a “#”: the signature proves us.")})
    if parts.scheme == "http" and not settings.WEBHOOK_NETWORKS:
        raise ValidationError({"url": _("The address must begin with https://, so that nobody reads along.")})
    try:
        allowed_address(parts.hostname, parts.port or 443)
    except NotFound:
        return
    except (Refused, ValueError) as error:
        raise ValidationError({"url": str(error)}) from error


@transaction.atomic
def renew_secret(actor: Actor, target: WebhookTarget) -> str:
    """A new secret, shown once; everything that is sent from now on is signed with it."""
    secret = _new_secret()
    WebhookTarget.objects.filter(pk=target.pk).update(secret=sealed(secret))
    record(actor, target.organisation_id, "accounts.webhook_secret_renewed", target)
    return secret


@transaction.atomic
def delete_target(actor: Actor, target: WebhookTarget) -> None:
    """With its deliveries."""
    record(actor, target.organisation_id, "accounts.webhook_deleted", target, before=_described(target))
    target.delete()
    forget_listeners()


@transaction.atomic
def send_test(actor: Actor, target: WebhookTarget) -> WebhookDelivery:
    """A delivery that says nothing but that it is a test. It goes out ahead of a pause after failures."""
    _require_active(target)
    news = News(target.organisation_id, timezone.now(), "", {"message": "This is a test.", "sent_by": actor.label})
    tell_target(TEST, target, news)
    WebhookTarget.objects.filter(pk=target.pk).update(retry_at=None)
    record(actor, target.organisation_id, "accounts.webhook_tested", target)
    return target.deliveries.latest("pk")


@transaction.atomic
def send_again(actor: Actor, delivery: WebhookDelivery) -> None:
    """Send a delivery that has ended once more: the same body under the same id."""
    target = delivery.target
    _require_active(target)
    now = timezone.now()
    ended = WebhookDelivery.objects.filter(pk=delivery.pk).exclude(state=DeliveryState.WAITING)
    give_up_at = now + timedelta(seconds=settings.WEBHOOK_GIVE_UP_S)
    if not ended.update(state=DeliveryState.WAITING, tries=0, due_at=now, give_up_at=give_up_at):
        raise Refused(_("The delivery waits already."))
    WebhookTarget.objects.filter(pk=target.pk).update(retry_at=None)
    record(actor, delivery.organisation_id, "accounts.webhook_sent_again", delivery, after={"name": target.name})


def _require_active(target: WebhookTarget) -> None:
    if not target.active:
        raise Refused(_("The webhook is switched off. Switch it on first."))


def _described(target: WebhookTarget) -> dict[str, object]:
    return {"name": target.name, "url": target.url, "events": target.events, "active": target.active}


def _new_secret() -> str:
    return SECRET_PREFIX + base64.b64encode(secrets.token_bytes(_SECRET_BYTES)).decode()
