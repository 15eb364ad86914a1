"""What people write down of charge ports for one another."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.choices import ActorKind
from common.models import TenantModel
from stations.models import Station


class Note(TenantModel):
    """A note on one or several ports of a station, by their numbers: a port that comes back finds its notes again."""

    station = models.ForeignKey(Station, on_delete=models.CASCADE, related_name="notes")
    port_numbers = ArrayField(models.PositiveSmallIntegerField(), verbose_name=_("charge ports"))
    text = models.TextField(_("note"), max_length=5_000)
    actor_kind = models.CharField(max_length=8, choices=ActorKind)
    actor_id = models.BigIntegerField(null=True)
    actor_label = models.CharField(_("author"), max_length=200)
    created_at = models.DateTimeField(_("written"), auto_now_add=True)
    changed_by = models.CharField(max_length=200, blank=True)
    changed_at = models.DateTimeField(null=True)

    class Meta(TenantModel.Meta):
        ordering = ("-created_at", "-id")
        indexes = [models.Index(fields=["station", "-created_at"], name="note_by_station")]

    def __str__(self) -> str:
        return self.text[:80]
