"""Meter values that the meter signed."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from charging.choices import SignedVerdict
from charging.models.sessions import ChargingSession
from common.models import TenantModel


class SignedValue(TenantModel):
    """One signed record as it was received. `raw` is the sampled value to the byte; `data` is the signed text in it and
    `public_key` the key that came along, as the charger wrote it.
    """

    session = models.ForeignKey(ChargingSession, on_delete=models.CASCADE, related_name="signed_values")
    port_number = models.PositiveSmallIntegerField()
    sampled_at = models.DateTimeField()
    received_at = models.DateTimeField()
    context = models.CharField(max_length=30)
    raw = models.TextField()
    data = models.TextField()
    encoding = models.CharField(max_length=20)
    public_key = models.TextField(blank=True)
    verdict = models.CharField(_("verdict"), max_length=10, choices=SignedVerdict, default=SignedVerdict.WAITING)

    class Meta(TenantModel.Meta):
        indexes = [
            models.Index(fields=["session", "sampled_at", "id"], name="signed_value_by_session"),
            models.Index(fields=["id"], condition=models.Q(verdict="waiting"), name="signed_value_waiting"),
        ]
