"""Charge ports and their status."""

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from chargeports.choices import (
    AuthenticationType,
    CalibrationLaw,
    CurrentType,
    LockReason,
    Plug,
    PortSource,
    PortStatus,
)
from common.models import LabelledModel, TenantModel
from stations.models import Station


class ChargePort(TenantModel):
    """One place a car can charge (an EVSE): OCPP 1.6 `connectorId` ≥ 1. Port 0 is the station itself, never a port.

    `evse_id_key` is the EVSE ID in upper case without separators: what is compared and unique over all organisations.
    """

    station = models.ForeignKey(Station, on_delete=models.CASCADE, related_name="ports")
    number = models.PositiveSmallIntegerField(_("number"), validators=[MinValueValidator(1), MaxValueValidator(99)])
    name = models.CharField(_("name"), max_length=80, blank=True)
    evse_id = models.CharField(_("EVSE ID"), max_length=48, blank=True)
    evse_id_key = models.CharField(max_length=48, null=True, unique=True, editable=False)
    current_type = models.CharField(_("current"), max_length=2, choices=CurrentType, default=CurrentType.AC)
    plugs = ArrayField(models.CharField(max_length=24, choices=Plug), default=list, blank=True, verbose_name=_("plugs"))
    max_power_w = models.PositiveIntegerField(_("max. power (W)"), null=True, blank=True)
    max_voltage_v = models.PositiveIntegerField(_("max. voltage (V)"), null=True, blank=True)
    max_current_a = models.PositiveIntegerField(_("max. current (A)"), null=True, blank=True)
    phases = models.PositiveSmallIntegerField(
        _("phases"), null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(3)]
    )
    # What people entered; what the charger reports of the same is read from its configuration (`port_fields`).
    calibration_law = models.CharField(
        _("calibration law method"), max_length=10, choices=CalibrationLaw, default=CalibrationLaw.NONE
    )
    authentication_required = models.BooleanField(_("authentication mode"), null=True, blank=True)
    authentication_types = ArrayField(
        models.CharField(max_length=20, choices=AuthenticationType),
        default=list,
        blank=True,
        verbose_name=_("authentication types"),
    )
    configured_at = models.DateTimeField(null=True, editable=False)
    source = models.CharField(max_length=8, choices=PortSource, default=PortSource.ENTERED, editable=False)

    class Meta(TenantModel.Meta):
        ordering = ("station", "number")
        constraints = [models.UniqueConstraint(fields=["station", "number"], name="port_number_unique")]

    def __str__(self) -> str:
        return f"{self.station.identity} · {self.number}"

    @property
    def plug_labels(self) -> list[Any]:
        """The plugs' names; a value that is none of ours as it stands."""
        return [Plug(plug).label if plug in Plug.values else plug for plug in self.plugs]


class PortState(LabelledModel):
    """The port's newest status. One row for every port, made with it; written only when something changed.

    `status_at` is the charger's event time: the newest event wins, whatever order messages arrive in (OCPP 1.6 §4.9).
    """

    port = models.OneToOneField(ChargePort, primary_key=True, on_delete=models.CASCADE, related_name="state")
    status = models.CharField(_("status"), max_length=20, choices=PortStatus, blank=True, default="")
    error_code = models.CharField(_("error code"), max_length=60, blank=True)
    vendor_error_code = models.CharField(_("manufacturer's code"), max_length=255, blank=True)
    vendor_id = models.CharField(max_length=255, blank=True)
    info = models.CharField(_("info"), max_length=255, blank=True)
    since = models.DateTimeField(_("since"), null=True)
    status_at = models.DateTimeField(null=True)
    received_at = models.DateTimeField(null=True)
    # The lock that holds here, written with it (`services.locks.show_locks`): wherever the status stands, so does it.
    locked_since = models.DateTimeField(_("locked since"), null=True)
    locked_by = models.CharField(_("locked by"), max_length=200, blank=True)
    lock_reason = models.CharField(max_length=12, choices=LockReason, blank=True)

    class Meta:
        default_permissions = ()
        indexes = [
            models.Index(
                fields=["status"], condition=models.Q(locked_since__isnull=False), name="locked_port_by_status"
            )
        ]


class StatusEvent(TenantModel):
    """A change of status as the charger told it; `port_number` 0 is the station itself."""

    station = models.ForeignKey(Station, on_delete=models.CASCADE, related_name="+")
    port_number = models.PositiveSmallIntegerField()
    status = models.CharField(max_length=20)
    error_code = models.CharField(max_length=60, blank=True)
    vendor_error_code = models.CharField(max_length=255, blank=True)
    info = models.CharField(max_length=255, blank=True)
    at = models.DateTimeField()
    received_at = models.DateTimeField()
    # True where the charger gave no usable time and the time of arrival stands in.
    at_is_derived = models.BooleanField(default=False)

    class Meta(TenantModel.Meta):
        indexes = [models.Index(fields=["station", "port_number", "-at"], name="status_event_by_port")]
