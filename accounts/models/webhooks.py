"""Webhooks: who is told what, and each telling."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.choices import DeliveryState
from common.models import TenantModel


class WebhookTarget(TenantModel):
    """An address that is told of events. `secret` is sealed (`common.sealing`).

    A worker holds it by `lease`, so that one at a time sends to it, in order. `failures` counts the tries in a row that
    got no usable answer; nothing is sent before `retry_at`.
    """

    name = models.CharField(_("name"), max_length=80)
    url = models.URLField(_("address"), max_length=500)
    events = ArrayField(models.CharField(max_length=40), verbose_name=_("events"))
    active = models.BooleanField(_("active"), default=True)
    secret = models.CharField(max_length=300, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    delivered_at = models.DateTimeField(_("last delivery"), null=True)
    failing_since = models.DateTimeField(null=True)
    failures = models.PositiveIntegerField(default=0)
    problem = models.CharField(max_length=300, blank=True)
    retry_at = models.DateTimeField(null=True)
    lease = models.UUIDField(null=True)
    lease_until = models.DateTimeField(null=True)

    class Meta(TenantModel.Meta):
        ordering = ("name",)
        constraints = [models.UniqueConstraint("organisation", Lower("name"), name="webhook_target_name_unique")]

    def __str__(self) -> str:
        return self.name


class WebhookDelivery(TenantModel):
    """One event for one target, `body` exactly as it is sent. `event_id` is the same for every target and every try.

    `subject` says what it is about, for people: a station's identity. `request`, `status_code`, `answer` (cut) and
    `problem` are of the last try.
    """

    target = models.ForeignKey(WebhookTarget, on_delete=models.CASCADE, related_name="deliveries")
    event_id = models.UUIDField()
    event = models.CharField(_("event"), max_length=40)
    subject = models.CharField(_("about"), max_length=80, blank=True)
    body = models.TextField()
    state = models.CharField(_("state"), max_length=9, choices=DeliveryState, default=DeliveryState.WAITING)
    created_at = models.DateTimeField(_("happened"), default=timezone.now)
    due_at = models.DateTimeField()
    give_up_at = models.DateTimeField()
    tries = models.PositiveSmallIntegerField(_("tries"), default=0)
    tried_at = models.DateTimeField(_("last try"), null=True)
    duration_ms = models.PositiveIntegerField(null=True)
    request = models.TextField(blank=True)
    status_code = models.PositiveSmallIntegerField(_("answer"), null=True)
    answer = models.TextField(blank=True)
    problem = models.CharField(_("problem"), max_length=300, blank=True)

    class Meta(TenantModel.Meta):
        indexes = [
            models.Index(fields=["organisation", "-id"], name="webhook_by_organisation"),
            models.Index(fields=["organisation", "subject", "-id"], name="webhook_by_subject"),
            models.Index(fields=["target", "-id"], name="webhook_by_target"),
            models.Index(
                fields=["target", "id"],
                condition=models.Q(state=DeliveryState.WAITING.value),
                name="webhook_waiting",
            ),
            models.Index(
                fields=["organisation", "created_at"],
                condition=models.Q(state=DeliveryState.GIVEN_UP.value),
                name="webhook_given_up",
            ),
            models.Index(fields=["created_at"], name="webhook_by_time"),
        ]

    def __str__(self) -> str:
        return f"{self.event} #{self.pk}"

    @property
    def is_waiting(self) -> bool:
        return self.state == DeliveryState.WAITING
