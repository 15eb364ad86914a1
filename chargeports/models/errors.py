"""Errors that chargers report."""

from datetime import UTC, datetime, timedelta

from django.db import models
from django.db.models.functions import Upper
from django.utils.translation import gettext_lazy as _

from chargeports.choices import Severity
from common.models import TenantModel
from stations.models import Station


class EquipmentError(TenantModel):
    """An error that a charger reported, from its first message to its end. One open row for one error of one port."""

    station = models.ForeignKey(Station, on_delete=models.CASCADE, related_name="errors")
    port_number = models.PositiveSmallIntegerField()
    error_code = models.CharField(_("error code"), max_length=60)
    vendor_error_code = models.CharField(_("manufacturer's code"), max_length=255, blank=True)
    vendor_id = models.CharField(max_length=255, blank=True)
    info = models.CharField(_("info"), max_length=255, blank=True)
    severity = models.CharField(_("severity"), max_length=8, choices=Severity, default=Severity.OUTAGE)
    since = models.DateTimeField(_("since"))
    until = models.DateTimeField(_("until"), null=True)
    last_at = models.DateTimeField()
    occurrences = models.PositiveIntegerField(_("occurrences"), default=1)
    # Whether a maintenance window covered the port when the error was recorded: such errors are not escalated.
    in_maintenance = models.BooleanField(_("in a maintenance window"), default=False)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["station", "port_number", "error_code", "vendor_error_code"],
                condition=models.Q(until__isnull=True),
                name="one_open_row_for_one_error",
            )
        ]
        indexes = [
            models.Index(fields=["station", "-since", "-id"], name="error_by_station"),
            models.Index(fields=["organisation", "-since", "-id"], name="error_by_time"),
            models.Index(
                fields=["organisation", "-since"], condition=models.Q(until__isnull=True), name="open_error_by_time"
            ),
        ]

    def __str__(self) -> str:
        said = " · ".join(filter(None, [self.error_code, self.vendor_error_code]))
        return f"{self.station.identity}: {said}"

    @property
    def is_open(self) -> bool:
        return self.until is None

    @property
    def duration(self) -> timedelta:
        return (self.until or datetime.now(UTC)) - self.since


class VendorErrorCode(TenantModel):
    """What a manufacturer's code means, as the organisation found out. Empty `vendor` or `model` stand for any."""

    vendor = models.CharField(_("manufacturer"), max_length=60, blank=True)
    model = models.CharField(_("model"), max_length=60, blank=True)
    code = models.CharField(_("code"), max_length=100)
    meaning = models.CharField(_("meaning"), max_length=300)
    remedy = models.TextField(_("what to do"), max_length=2000, blank=True)
    severity = models.CharField(_("severity"), max_length=8, choices=Severity, default=Severity.OUTAGE)

    class Meta(TenantModel.Meta):
        ordering = ("code", "vendor", "model")
        constraints = [
            models.UniqueConstraint(
                "organisation",
                Upper("code"),
                Upper("vendor"),
                Upper("model"),
                name="vendor_error_code_unique",
                violation_error_message=_("This code of this manufacturer and model is in the catalogue already."),
            )
        ]

    def __str__(self) -> str:
        return " · ".join(filter(None, [self.code, self.vendor, self.model]))
