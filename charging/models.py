"""Charging sessions and their meter values, and the tokens and contracts that people charge with."""

from datetime import datetime

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Upper
from django.utils.translation import gettext_lazy as _

from charging.choices import (
    AuthorizationStatus,
    ContractStatus,
    SessionFlag,
    SessionState,
    TokenKind,
    TokenStatus,
)
from common.identifiers import check_digit_remark
from common.models import TenantModel
from common.partitions import NextValue
from common.rights import Text
from stations.models import Station


class Contract(TenantModel):
    """A customer's contract; `emaid_key` is the EMAID in upper case without separators, which is compared."""

    emaid = models.CharField(_("EMAID"), max_length=24)
    emaid_key = models.CharField(max_length=24, editable=False)
    holder = models.CharField(_("customer"), max_length=120, blank=True)
    status = models.CharField(_("status"), max_length=8, choices=ContractStatus, default=ContractStatus.ACTIVE)
    valid_from = models.DateTimeField(_("valid from"), null=True, blank=True)
    valid_until = models.DateTimeField(_("valid until"), null=True, blank=True)

    class Meta(TenantModel.Meta):
        ordering = ("emaid",)
        constraints = [models.UniqueConstraint(fields=["organisation", "emaid_key"], name="contract_emaid_unique")]

    def __str__(self) -> str:
        return self.emaid

    @property
    def check_digit_remark(self) -> Text | None:
        """What is odd about the EMAID's check digit."""
        return check_digit_remark(self.emaid)


class TokenGroup(TenantModel):
    """Tokens of one group may stop each other's sessions; `parent_id` travels as parentIdTag (OCPP 1.6 §3.10)."""

    parent_id = models.CharField(_("parent id tag"), max_length=20)
    name = models.CharField(_("name"), max_length=80, blank=True)

    class Meta(TenantModel.Meta):
        ordering = ("parent_id",)
        constraints = [models.UniqueConstraint("organisation", Upper("parent_id"), name="token_group_unique")]

    def __str__(self) -> str:
        return self.name or self.parent_id


class IdToken(TenantModel):
    """What a person shows to charge: an RFID card or another id tag, compared in any case of letters."""

    token = models.CharField(_("token"), max_length=20)
    kind = models.CharField(_("kind"), max_length=8, choices=TokenKind, default=TokenKind.RFID)
    label = models.CharField(_("label"), max_length=80, blank=True)
    holder = models.CharField(_("person"), max_length=120, blank=True)
    status = models.CharField(_("status"), max_length=8, choices=TokenStatus, default=TokenStatus.ACTIVE)
    expires_at = models.DateTimeField(_("expires"), null=True, blank=True)
    group = models.ForeignKey(TokenGroup, null=True, blank=True, on_delete=models.SET_NULL, related_name="tokens")
    contract = models.ForeignKey(Contract, null=True, blank=True, on_delete=models.SET_NULL, related_name="tokens")
    concurrent_sessions = models.BooleanField(
        _("several sessions at once"), default=False, help_text=_("May charge at several ports at the same time.")
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta(TenantModel.Meta):
        ordering = ("token",)
        constraints = [models.UniqueConstraint("organisation", Upper("token"), name="id_token_unique")]

    def __str__(self) -> str:
        return self.token


class ChargingSession(TenantModel):
    """One transaction, from its start to its charge record.

    The primary key is OCPP's transactionId: positive, below 2^31, never used twice (OCPP 1.6 errata 3.54).
    `started_at`/`ended_at` are the charger's times, `start_received_at`/`stop_received_at` ours.
    """

    id = models.AutoField(primary_key=True)
    station = models.ForeignKey(Station, on_delete=models.PROTECT, related_name="sessions")
    port_number = models.PositiveSmallIntegerField(_("charge port"))
    state = models.CharField(_("state"), max_length=20, choices=SessionState, default=SessionState.RUNNING)
    id_tag = models.CharField(_("token"), max_length=255, blank=True)
    token = models.ForeignKey(IdToken, null=True, on_delete=models.SET_NULL, related_name="sessions")
    contract = models.ForeignKey(Contract, null=True, on_delete=models.SET_NULL, related_name="sessions")
    authorization = models.CharField(max_length=12, choices=AuthorizationStatus, blank=True)
    started_at = models.DateTimeField(_("start"))
    ended_at = models.DateTimeField(_("end"), null=True)
    start_received_at = models.DateTimeField(null=True)
    stop_received_at = models.DateTimeField(null=True)
    meter_start_wh = models.BigIntegerField(null=True)
    meter_stop_wh = models.BigIntegerField(null=True)
    energy_wh = models.BigIntegerField(_("energy"), default=0)
    # The register's value at which the energy is 0, so that the newest reading is always base + energy.
    meter_base_wh = models.BigIntegerField(null=True)
    stop_reason = models.CharField(_("stop reason"), max_length=40, blank=True)
    stop_id_tag = models.CharField(max_length=255, blank=True)
    # What a charger called the transaction where that was not our id (orphans): kept for reconciliation.
    charger_transaction_id = models.BigIntegerField(null=True)
    reservation_id = models.BigIntegerField(null=True)
    flags = ArrayField(models.CharField(max_length=24, choices=SessionFlag), default=list)
    # The newest live values; power is 0 as soon as the port no longer charges.
    last_value_at = models.DateTimeField(null=True)
    power_w = models.IntegerField(null=True)
    soc_percent = models.SmallIntegerField(null=True)
    # The day (SessionDay) that counts the session; none while it runs, and for orphans.
    counted_on = models.DateField(null=True)

    class Meta(TenantModel.Meta):
        indexes = [
            models.Index(fields=["organisation", "-started_at", "-id"], name="session_by_organisation"),
            models.Index(fields=["station", "-started_at", "-id"], name="session_by_station"),
            models.Index(fields=["station", "port_number", "-started_at"], name="session_by_port"),
            models.Index(
                fields=["station", "port_number"],
                condition=models.Q(state=SessionState.RUNNING.value),
                name="session_running",
            ),
            models.Index(
                "organisation",
                Upper("id_tag"),
                condition=models.Q(state=SessionState.RUNNING.value),
                name="session_running_by_tag",
            ),
            models.Index(fields=["token", "-started_at"], name="session_by_token"),
            models.Index(
                fields=["station", "charger_transaction_id"],
                condition=models.Q(state=SessionState.ORPHAN.value),
                name="session_orphaned",
            ),
        ]

    def __str__(self) -> str:
        return f"#{self.pk}"

    @property
    def transaction_id(self) -> int:
        """OCPP's transactionId of this session."""
        return self.pk

    @property
    def began_at(self) -> datetime:
        """The start to reckon with: the charger's, or ours where its clock was wrong."""
        return self.start_received_at if self._clock_is_wrong and self.start_received_at else self.started_at

    @property
    def finished_at(self) -> datetime | None:
        """The end to reckon with: the charger's, or ours where its clock was wrong."""
        return self.stop_received_at if self._clock_is_wrong and self.stop_received_at else self.ended_at

    @property
    def duration_s(self) -> int | None:
        """Seconds from start to end; None while it runs."""
        finished = self.finished_at
        return max(0, round((finished - self.began_at).total_seconds())) if finished else None

    @property
    def remarks(self) -> list[SessionFlag]:
        """What is odd about the session, with label and meaning."""
        return [SessionFlag(flag) for flag in self.flags]

    @property
    def _clock_is_wrong(self) -> bool:
        return SessionFlag.CLOCK in self.flags


class MeterValue(models.Model):
    """All samples of one moment: OCPP's MeterValue with its sampledValue list (OCPP 1.6 §7.24).

    The typed columns are what pictures and sums need; `samples` holds every sampled value as the charger sent it.
    The table is partitioned by the month of arrival (`common.partitions`).
    """

    pk = models.CompositePrimaryKey("received_at", "id")
    id = models.BigIntegerField(db_default=NextValue("charging_metervalue_id_seq"))
    received_at = models.DateTimeField()
    organisation_id = models.BigIntegerField()
    station_id = models.BigIntegerField()
    port_number = models.PositiveSmallIntegerField()
    session_id = models.IntegerField(null=True)
    sampled_at = models.DateTimeField()
    context = models.CharField(max_length=30)
    energy_wh = models.DecimalField(max_digits=18, decimal_places=3, null=True)
    power_w = models.DecimalField(max_digits=12, decimal_places=1, null=True)
    current_a = models.DecimalField(max_digits=10, decimal_places=2, null=True)
    voltage_v = models.DecimalField(max_digits=10, decimal_places=2, null=True)
    soc_percent = models.DecimalField(max_digits=5, decimal_places=2, null=True)
    samples = models.JSONField(default=list)

    class Meta:
        default_permissions = ()


class SessionDay(TenantModel):
    """Rollup: the ended sessions of one port on one day of the station's own time zone."""

    station = models.ForeignKey(Station, on_delete=models.CASCADE, related_name="+")
    port_number = models.PositiveSmallIntegerField()
    day = models.DateField()
    sessions = models.PositiveIntegerField(default=0)
    energy_wh = models.BigIntegerField(default=0)
    duration_s = models.BigIntegerField(default=0)

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["station", "port_number", "day"], name="session_day_unique")]
        indexes = [models.Index(fields=["organisation", "day"], name="session_day_by_organisation")]
