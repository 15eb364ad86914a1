"""Locks that last until a person or a maintenance window ends them, whatever the charger does meanwhile."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.choices import ActorKind
from chargeports.choices import LockReason
from chargeports.models.maintenance import MaintenanceWindow
from common.models import TenantModel
from stations.models import Station


class PortLock(TenantModel):
    """A place that is locked: one port, or under number 0 all of the station. It ends by `until`, and then is history.

    Where `tokens` may charge all the same, the charger stays operative and the portal refuses every other token;
    otherwise the charger is kept inoperative (`services.locks`).
    """

    station = models.ForeignKey(Station, on_delete=models.CASCADE, related_name="locks")
    port_number = models.PositiveSmallIntegerField(_("charge port"), default=0)
    reason = models.CharField(max_length=12, choices=LockReason, default=LockReason.MANUAL)
    window = models.ForeignKey(MaintenanceWindow, null=True, on_delete=models.CASCADE, related_name="locks")
    tokens = ArrayField(models.CharField(max_length=20), default=list, blank=True)
    since = models.DateTimeField(_("since"))
    until = models.DateTimeField(null=True)
    actor_kind = models.CharField(max_length=8, choices=ActorKind)
    actor_id = models.BigIntegerField(null=True)
    actor_label = models.CharField(_("by"), max_length=200)
    ended_by = models.CharField(max_length=200, blank=True)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["station", "port_number"],
                condition=models.Q(until__isnull=True, reason="manual"),
                name="one_manual_lock_for_one_place",
            )
        ]
        indexes = [
            models.Index(fields=["station"], condition=models.Q(until__isnull=True), name="open_lock_by_station"),
        ]

    def covers(self, port_number: int) -> bool:
        return self.port_number in (0, port_number)
