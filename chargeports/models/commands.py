"""The command outbox."""

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.choices import ActorKind
from chargeports.choices import OPEN_STATES, CommandKind, CommandState
from chargeports.outcomes import outcome_label
from common.actor import author
from common.models import TenantModel
from common.rights import Text
from stations.models import Station


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
    # When the newest of its calls left: some commands are many.
    called_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    connection_id = models.BigIntegerField(null=True)
    message_id = models.CharField(max_length=36, blank=True)
    answer = models.JSONField(null=True, encoder=DjangoJSONEncoder)
    outcome = models.CharField(_("answer"), max_length=255, blank=True)
    # When a status told that the station had done what it answered with “Scheduled” (C15).
    carried_out_at = models.DateTimeField(null=True)

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
            models.Index(
                fields=["station"],
                condition=models.Q(outcome="Scheduled", carried_out_at__isnull=True),
                name="command_scheduled",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} #{self.pk}"

    @property
    def audit_label(self) -> str:
        return f"{self.station.identity} #{self.pk}"

    @property
    def author(self) -> str:
        return author(self)

    @property
    def late_outcome_label(self) -> Text:
        """What the charger answered after the command had ended; empty where it did not."""
        late = (self.answer or {}).get("late") or {}
        return outcome_label(late.get("outcome", ""))

    @property
    def outcome_label(self) -> Text:
        return outcome_label(self.outcome)
