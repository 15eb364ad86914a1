"""Charging sessions, and the rollup that statistics read."""

from datetime import datetime

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Upper
from django.utils.translation import gettext_lazy as _

from charging.choices import COUNTED, AuthorizationStatus, Fault, SessionFlag, SessionState, SignedVerdict, StartMethod
from charging.models.tokens import Contract, IdToken
from common.models import TenantModel
from stations.models import Station


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
    # How a start from the portal was authorised; empty where a card or an app began it.
    method = models.CharField(_("started by"), max_length=8, choices=StartMethod, blank=True, db_default="")
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
    # The day (SessionDay) and the hour (SessionSlot) that count the session; none while it runs, and for orphans.
    counted_on = models.DateField(null=True)
    # The extremes of the power that was sampled, for the rules of `charging.faults`.
    lowest_power_w = models.IntegerField(null=True)
    highest_power_w = models.IntegerField(null=True)
    signed_verdict = models.CharField(max_length=10, choices=SignedVerdict, blank=True, default="", db_default="")
    # The primary type of error and all that hit; none of a session without errors.
    fault = models.PositiveSmallIntegerField(_("type of error"), choices=Fault, null=True)
    faults = ArrayField(models.PositiveSmallIntegerField(choices=Fault), default=list, db_default=[])
    # None where a closed session has to be classified, for the first time or anew.
    classified_at = models.DateTimeField(null=True)
    counted_hour = models.PositiveSmallIntegerField(null=True)
    # When its cost was reckoned; empty where it has ended and still has to be, and while it runs.
    reckoned_at = models.DateTimeField(null=True)

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
            models.Index(
                fields=["id"],
                condition=models.Q(reckoned_at__isnull=True, state__in=[state.value for state in COUNTED]),
                name="session_to_reckon",
            ),
            models.Index(fields=["token", "-started_at"], name="session_by_token"),
            models.Index(
                fields=["station", "charger_transaction_id"],
                condition=models.Q(state=SessionState.ORPHAN.value),
                name="session_orphaned",
            ),
            models.Index(
                fields=["organisation", "fault", "-started_at", "-id"],
                condition=models.Q(fault__isnull=False),
                name="session_by_fault",
            ),
            models.Index(
                fields=["id"],
                condition=models.Q(classified_at=None, counted_on__isnull=False),
                name="session_unclassified",
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
    def is_starting(self) -> bool:
        """Whether it runs, but its charger has sent no value yet."""
        return self.state == SessionState.RUNNING and self.last_value_at is None

    @property
    def energy_told_wh(self) -> int | None:
        """The energy; None as long as a running session's charger has sent no value."""
        return None if self.is_starting else self.energy_wh

    @property
    def remarks(self) -> list[SessionFlag]:
        """What is odd about the session, with label and meaning."""
        return [SessionFlag(flag) for flag in self.flags]

    @property
    def faults_found(self) -> list[Fault]:
        """All types of error that hit, the primary one first."""
        return [Fault(fault) for fault in self.faults]

    @property
    def _clock_is_wrong(self) -> bool:
        return SessionFlag.CLOCK in self.flags


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


class SessionSlot(TenantModel):
    """Rollup: how many ended sessions of a station began in a month, by weekday (Monday is 1) and hour of its clock."""

    station = models.ForeignKey(Station, on_delete=models.CASCADE, related_name="+")
    month = models.DateField()
    weekday = models.PositiveSmallIntegerField()
    hour = models.PositiveSmallIntegerField()
    sessions = models.PositiveIntegerField(default=0)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["station", "month", "weekday", "hour"], name="session_slot_unique")
        ]
        indexes = [models.Index(fields=["organisation", "month"], name="session_slot_by_organisation")]
