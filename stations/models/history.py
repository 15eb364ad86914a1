"""What happened at a station: what people write down, and what the portal noticed itself."""

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.choices import ActorKind
from accounts.models import StoredFile
from common.actor import author
from common.models import TenantModel
from stations.choices import HistoryKind
from stations.history import sentence
from stations.models.stations import Station


class HistoryEntry(TenantModel):
    """One line of a station's history.

    What a person wrote has a `text`. A system event has the code of its `event` and the `values` of its sentence
    (`stations.history`), so that everybody reads it in their own language.
    """

    station = models.ForeignKey(Station, on_delete=models.CASCADE, related_name="history")
    kind = models.CharField(_("kind"), max_length=12, choices=HistoryKind)
    text = models.TextField(_("text"), max_length=10_000, blank=True)
    event = models.CharField(max_length=60, blank=True)
    values = models.JSONField(default=dict, blank=True, encoder=DjangoJSONEncoder)
    at = models.DateTimeField(_("when"))
    files = models.ManyToManyField(StoredFile, related_name="+", blank=True)
    pinned = models.BooleanField(_("pinned"), default=False)
    actor_kind = models.CharField(max_length=8, choices=ActorKind)
    actor_id = models.BigIntegerField(null=True)
    actor_label = models.CharField(_("author"), max_length=200)
    written_at = models.DateTimeField(auto_now_add=True)
    changed_at = models.DateTimeField(null=True)
    # Who deleted an entry may take that back for a while; afterwards it is gone.
    deleted_at = models.DateTimeField(null=True)

    class Meta(TenantModel.Meta):
        ordering = ("-at", "-id")
        indexes = [
            models.Index(fields=["station", "-at", "-id"], name="history_by_station"),
            models.Index(fields=["station"], condition=models.Q(pinned=True), name="history_pinned"),
            models.Index(fields=["deleted_at"], condition=models.Q(deleted_at__isnull=False), name="history_deleted"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.text[:80] or self.event}"

    @property
    def author(self) -> str:
        return author(self)

    @property
    def sentence(self) -> str:
        """What a person wrote, or the event in the reader's language."""
        return sentence(self.event, self.values) if self.event else self.text
