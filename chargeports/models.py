"""Charge ports, their status and errors, the configuration a station reported, and the command outbox."""

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.core.serializers.json import DjangoJSONEncoder
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.choices import ActorKind
from chargeports.choices import (
    OPEN_STATES,
    CommandKind,
    CommandState,
    CurrentType,
    Plug,
    PortSource,
    PortStatus,
    Severity,
)
from chargeports.outcomes import outcome_label
from common.models import TenantModel
from common.rights import Text
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


class PortState(models.Model):
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

    class Meta:
        default_permissions = ()


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

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["station", "port_number", "error_code", "vendor_error_code"],
                condition=models.Q(until__isnull=True),
                name="one_open_row_for_one_error",
            )
        ]
        indexes = [
            models.Index(fields=["station", "-since"], name="error_by_station"),
            models.Index(
                fields=["organisation", "-since"], condition=models.Q(until__isnull=True), name="open_error_by_time"
            ),
        ]


class ConfigurationValue(TenantModel):
    """One configuration key as the station last reported it. Values of secret keys are never stored."""

    station = models.ForeignKey(Station, on_delete=models.CASCADE, related_name="configuration")
    key = models.CharField(max_length=120)
    value = models.TextField(null=True)
    readonly = models.BooleanField(default=False)
    first_read_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        ordering = ("key",)
        constraints = [models.UniqueConstraint(fields=["station", "key"], name="configuration_key_unique")]


class ConfigurationChange(TenantModel):
    """A value that differed from the one read before. `command` is ours that asked for it, where one did."""

    station = models.ForeignKey(Station, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=120)
    before = models.TextField(null=True)
    after = models.TextField(null=True)
    at = models.DateTimeField()
    command = models.ForeignKey("Command", null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta(TenantModel.Meta):
        indexes = [models.Index(fields=["station", "key", "-at"], name="configuration_change_by_key")]


class Command(TenantModel):
    """Something the portal asks a station to do. States move by conditional updates only (`services.move_command`).

    `parameters` are neutral (docs/commands.md); `answer` is the charger's own answer, `outcome` its word for it.
    """

    station = models.ForeignKey(Station, on_delete=models.CASCADE, related_name="commands")
    port_number = models.PositiveSmallIntegerField(_("charge port"), null=True)
    kind = models.CharField(_("command"), max_length=30, choices=CommandKind)
    parameters = models.JSONField(default=dict, encoder=DjangoJSONEncoder)
    state = models.CharField(_("state"), max_length=10, choices=CommandState, default=CommandState.QUEUED)
    actor_kind = models.CharField(max_length=8, choices=ActorKind)
    actor_id = models.BigIntegerField(null=True)
    actor_label = models.CharField(_("by"), max_length=200)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    expires_at = models.DateTimeField(_("expires"))
    sent_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    connection_id = models.BigIntegerField(null=True)
    message_id = models.CharField(max_length=36, blank=True)
    answer = models.JSONField(null=True, encoder=DjangoJSONEncoder)
    outcome = models.CharField(_("answer"), max_length=255, blank=True)

    class Meta(TenantModel.Meta):
        indexes = [
            models.Index(fields=["station", "-id"], name="command_by_station"),
            models.Index(
                fields=["expires_at"], condition=models.Q(state__in=[s.value for s in OPEN_STATES]), name="command_open"
            ),
            models.Index(
                fields=["station", "id"],
                condition=models.Q(state=CommandState.QUEUED.value),
                name="command_queued_by_station",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} #{self.pk}"

    @property
    def outcome_label(self) -> Text:
        return outcome_label(self.outcome)
