"""Errors that chargers report."""

from django.db import models
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
    severity = models.CharField(max_length=8, choices=Severity, default=Severity.OUTAGE)
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
