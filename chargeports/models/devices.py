"""What is known of the hardware behind a charge port, above all of its meter."""

from datetime import timedelta

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from chargeports.choices import MeterKeySource
from chargeports.models.ports import ChargePort
from common.identifiers import validate_meter_server_id, validate_metering_point
from common.models import TenantModel

# So long before its calibration ends a meter is warned of: time enough to order and to exchange it.
WARNED_AHEAD = timedelta(days=180)


class PortDevice(TenantModel):
    """What people enter of a charge port's hardware."""

    port = models.OneToOneField(ChargePort, primary_key=True, on_delete=models.CASCADE, related_name="device")
    position = models.CharField(_("position on the charger"), max_length=80, blank=True)
    metering_point_id = models.CharField(
        _("metering point id"), max_length=33, blank=True, validators=[validate_metering_point]
    )
    meter_number = models.CharField(_("meter number"), max_length=60, blank=True)
    meter_server_id = models.CharField(
        _("meter server id"), max_length=40, blank=True, validators=[validate_meter_server_id]
    )
    calibrated_until = models.DateField(_("meter calibrated until"), null=True, blank=True)

    class Meta(TenantModel.Meta):
        indexes = [
            models.Index(
                fields=["organisation", "calibrated_until"],
                condition=models.Q(calibrated_until__isnull=False),
                name="meter_by_calibration",
            )
        ]

    def __str__(self) -> str:
        return str(self.port)

    @property
    def days_calibrated(self) -> int | None:
        """How many days the calibration still holds; negative once it has ended."""
        return (self.calibrated_until - timezone.localdate()).days if self.calibrated_until else None

    @property
    def is_due(self) -> bool:
        return self.days_calibrated is not None and self.days_calibrated <= WARNED_AHEAD.days


class MeterKey(TenantModel):
    """A public key that the meter of a port was seen with. Old ones stay: they prove the values of their time."""

    port = models.ForeignKey(ChargePort, on_delete=models.CASCADE, related_name="meter_keys")
    public_key = models.CharField(_("meter public key"), max_length=2000)
    source = models.CharField(_("source"), max_length=16, choices=MeterKeySource)
    first_seen_at = models.DateTimeField()
    last_seen_at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        ordering = ("-last_seen_at", "-id")
        constraints = [models.UniqueConstraint(fields=["port", "public_key", "source"], name="meter_key_unique")]
