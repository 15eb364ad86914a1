"""Campaigns: the same command for many stations, in batches; one row for each station (and setting) it is meant for."""

from django.core.serializers.json import DjangoJSONEncoder
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.choices import ActorKind
from chargeports.choices import CampaignState, CommandKind, CommandState, Obstacle, TargetState, TransferState
from chargeports.models.commands import Command
from chargeports.models.templates import ConfigurationTemplate
from chargeports.outcomes import outcome_label
from common.models import TenantModel
from common.rights import Text
from stations.models import Station

MAX_BATCH = 5_000
MAX_PAUSE_S = 24 * 3600
MAX_WAIT_H = 14 * 24


class Campaign(TenantModel):
    """States move by conditional updates only (`services.campaigns`, `services.campaign_runs`).

    `parameters` are those of its commands, a secret value encrypted until the campaign has ended. A campaign that sets
    right what deviates from `template` has a setting for each target instead. `audience` says in the maker's words whom
    it is meant for; the targets are chosen once. `next_batch_at` is empty while a batch is out. `counts` are the
    targets by their state; `forgiven` failures count no more against `max_failures`.
    """

    name = models.CharField(_("name"), max_length=120)
    kind = models.CharField(_("command"), max_length=30, choices=CommandKind)
    parameters = models.JSONField(default=dict, encoder=DjangoJSONEncoder)
    port_number = models.PositiveSmallIntegerField(_("charge port"), null=True)
    template = models.ForeignKey(ConfigurationTemplate, null=True, on_delete=models.SET_NULL, related_name="campaigns")
    audience = models.CharField(_("for"), max_length=300)
    state = models.CharField(_("state"), max_length=9, choices=CampaignState, default=CampaignState.DRAFT)
    batch_size = models.PositiveIntegerField(
        _("stations per batch"), default=100, validators=[MinValueValidator(1), MaxValueValidator(MAX_BATCH)]
    )
    pause_s = models.PositiveIntegerField(
        _("pause between batches (s)"), default=60, validators=[MaxValueValidator(MAX_PAUSE_S)]
    )
    max_failures = models.PositiveIntegerField(_("stop after more failures than"), null=True, blank=True, default=10)
    wait_h = models.PositiveIntegerField(
        _("wait for stations that are offline (h)"), default=0, validators=[MaxValueValidator(MAX_WAIT_H)]
    )
    forgiven = models.PositiveIntegerField(default=0)
    counts = models.JSONField(default=dict)
    next_batch_at = models.DateTimeField(null=True)
    actor_kind = models.CharField(max_length=8, choices=ActorKind)
    actor_id = models.BigIntegerField(null=True)
    actor_label = models.CharField(_("by"), max_length=200)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    started_at = models.DateTimeField(_("started"), null=True)
    ended_at = models.DateTimeField(_("ended"), null=True)

    class Meta(TenantModel.Meta):
        indexes = [
            models.Index(fields=["organisation", "-id"], name="campaign_by_organisation"),
            models.Index(fields=["id"], condition=models.Q(state="running"), name="campaign_running"),
        ]

    def __str__(self) -> str:
        return self.name

    def count(self, *states: TargetState) -> int:
        return sum(self.counts.get(state.value, 0) for state in states)

    @property
    def total(self) -> int:
        """How many are meant to get it: all but those that were left out."""
        return sum(self.counts.values()) - self.count(TargetState.LEFT_OUT)

    @property
    def settled(self) -> int:
        return self.count(TargetState.DONE, TargetState.FAILED, TargetState.CANCELLED)


class CampaignTarget(TenantModel):
    """One station of a campaign; of a campaign about settings one of its settings, `key` and the wanted `value`."""

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="targets")
    station = models.ForeignKey(Station, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(_("setting"), max_length=120, blank=True)
    value = models.TextField(_("value"), blank=True)
    state = models.CharField(_("state"), max_length=9, choices=TargetState, default=TargetState.WAITING)
    reason = models.CharField(_("reason"), max_length=16, choices=Obstacle, blank=True)
    outcome = models.CharField(_("answer"), max_length=255, blank=True)
    attempt = models.PositiveSmallIntegerField(_("attempt"), default=0)
    command = models.ForeignKey(Command, null=True, on_delete=models.SET_NULL, related_name="+")
    asked_at = models.DateTimeField(_("asked"), null=True)
    ended_at = models.DateTimeField(_("ended"), null=True)

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["campaign", "station", "key"], name="campaign_target_unique")]
        indexes = [
            models.Index(fields=["campaign", "state", "id"], name="campaign_target_by_state"),
            models.Index(fields=["campaign", "id"], name="campaign_target_in_order"),
            models.Index(fields=["campaign"], condition=models.Q(state="asked"), name="campaign_target_asked"),
        ]

    @property
    def outcome_label(self) -> Text:
        """The charger's own word; how the command or the file ended where there is none."""
        for words in (CommandState, TransferState):
            if self.outcome in words.values:
                return str(words(self.outcome).label)
        return outcome_label(self.outcome)
