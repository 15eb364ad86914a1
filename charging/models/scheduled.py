"""Stops of charging sessions that the portal does by itself."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.choices import ActorKind
from chargeports.models import Command
from charging.choices import OPEN_STOPS, StopCause, StopState
from charging.models.sessions import ChargingSession
from common.models import TenantModel
from stations.models import Station


class ScheduledStop(TenantModel):
    """A session is to be stopped at `due_at`: at the end of operating hours, after a longest duration, or when asked.

    Until a start from the portal has become a session, `start` is that command, `session` is empty, and `due_at` counts
    from the request; it moves with the session's true beginning. Without both, the session that runs at the port when
    it is due is meant. `command` is the newest stop that was asked for, `retry_at` the time before which no other is.
    """

    station = models.ForeignKey(Station, on_delete=models.CASCADE, related_name="scheduled_stops")
    port_number = models.PositiveSmallIntegerField(_("charge port"))
    session = models.ForeignKey(ChargingSession, null=True, on_delete=models.CASCADE, related_name="scheduled_stops")
    start = models.ForeignKey(Command, null=True, on_delete=models.SET_NULL, related_name="+")
    cause = models.CharField(_("reason"), max_length=12, choices=StopCause)
    duration_s = models.PositiveIntegerField(_("longest duration"), null=True)
    due_at = models.DateTimeField(_("planned for"))
    state = models.CharField(_("state"), max_length=10, choices=StopState, default=StopState.PLANNED)
    command = models.ForeignKey(Command, null=True, on_delete=models.SET_NULL, related_name="+")
    attempts = models.PositiveSmallIntegerField(default=0)
    retry_at = models.DateTimeField(null=True)
    planned_at = models.DateTimeField()
    ended_at = models.DateTimeField(_("done"), null=True)
    ended_by = models.CharField(_("cancelled by"), max_length=200, blank=True)
    actor_kind = models.CharField(max_length=8, choices=ActorKind)
    actor_id = models.BigIntegerField(null=True)
    actor_label = models.CharField(_("by"), max_length=200)

    class Meta(TenantModel.Meta):
        constraints = [
            # Whoever cancelled the stop of a session at the end of operating hours need not do so again.
            models.UniqueConstraint(
                fields=["session"], condition=Q(cause=StopCause.HOURS.value), name="one_stop_by_hours_for_a_session"
            ),
            models.CheckConstraint(
                condition=Q(duration_s__isnull=True) | Q(duration_s__gt=0), name="stop_after_some_time"
            ),
        ]
        indexes = [
            models.Index(fields=["station", "-due_at"], name="scheduled_stop_by_station"),
            models.Index(fields=["organisation", "-due_at"], name="scheduled_stop_by_organisation"),
            models.Index(
                fields=["due_at"],
                condition=Q(state__in=[state.value for state in OPEN_STOPS]),
                name="scheduled_stop_open",
            ),
        ]
        ordering = ("-due_at", "-id")

    def __str__(self) -> str:
        return f"#{self.pk}"

    @property
    def is_open(self) -> bool:
        return self.state in OPEN_STOPS
