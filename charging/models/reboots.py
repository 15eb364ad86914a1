"""Restarts that wait until nobody charges."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.choices import ActorKind
from chargeports.models import Command
from charging.choices import RebootState
from common.models import TenantModel
from stations.models import Station


class PendingReboot(TenantModel):
    """A restart of a station's controller at a convenient time: as soon as no session runs there."""

    station = models.ForeignKey(Station, on_delete=models.CASCADE, related_name="+")
    state = models.CharField(max_length=9, choices=RebootState, default=RebootState.WAITING)
    command = models.ForeignKey(Command, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    ended_at = models.DateTimeField(null=True)
    actor_kind = models.CharField(max_length=8, choices=ActorKind)
    actor_id = models.BigIntegerField(null=True)
    actor_label = models.CharField(_("by"), max_length=200)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["station"], condition=models.Q(state="waiting"), name="one_pending_reboot_per_station"
            )
        ]

    def __str__(self) -> str:
        return f"#{self.pk}"

    @property
    def audit_label(self) -> str:
        return self.station.identity
