"""The lists of tokens that stations keep themselves, to let people charge while they are offline (OCPP 1.6 §3.5)."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from chargeports.outcomes import outcome_label
from charging.choices import LocalListState
from common.models import TenantModel
from common.rights import Text
from stations.models import Station


class LocalListContent(TenantModel):
    """What stands on a list: `entries` are `{tag: [expiry or None, parent or None]}`. Stations with the same list share
    one row; `digest` is the SHA-256 of the entries.
    """

    digest = models.CharField(max_length=64)
    entries = models.JSONField(default=dict)
    size = models.PositiveIntegerField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["organisation", "digest"], name="local_list_content_unique")]


class LocalList(TenantModel):
    """What the portal knows of a station's list. `version` and `content` are what the station has, and empty where that
    is not known; `pending` is what is on its way there. `left_out` tokens found no room.
    """

    station = models.OneToOneField(Station, on_delete=models.CASCADE, related_name="local_list")
    is_kept = models.BooleanField(_("kept up to date"), default=True)
    state = models.CharField(_("state"), max_length=12, choices=LocalListState, default=LocalListState.WAITING)
    version = models.PositiveIntegerField(_("version"), null=True)
    content = models.ForeignKey(LocalListContent, null=True, on_delete=models.SET_NULL, related_name="lists")
    pending = models.ForeignKey(LocalListContent, null=True, on_delete=models.SET_NULL, related_name="pending_lists")
    left_out = models.PositiveIntegerField(default=0)
    parts_sent = models.PositiveIntegerField(default=0)
    parts = models.PositiveIntegerField(default=0)
    problem = models.CharField(max_length=255, blank=True)
    failures = models.PositiveSmallIntegerField(default=0)
    sent_at = models.DateTimeField(_("sent"), null=True)
    verified_at = models.DateTimeField(_("version checked"), null=True)
    # When the portal last looked whether the list is still right, and the earliest time at which it tries again.
    checked_at = models.DateTimeField(auto_now_add=True)
    retry_at = models.DateTimeField(null=True)

    class Meta(TenantModel.Meta):
        indexes = [
            models.Index(fields=["checked_at"], condition=models.Q(is_kept=True), name="local_list_to_check"),
        ]

    def __str__(self) -> str:
        return f"{self.station} v{self.version}"

    @property
    def problem_label(self) -> Text:
        return outcome_label(self.problem)
