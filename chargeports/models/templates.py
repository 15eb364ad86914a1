"""Configuration templates: what the settings of stations shall be, and where they are not."""

from datetime import time

from django.db import models
from django.db.models.functions import Upper
from django.utils.translation import gettext_lazy as _

from accounts.choices import ActorKind
from chargeports.choices import Nightly
from common.models import TenantModel
from stations.models import Station, StationGroup


class ConfigurationTemplate(TenantModel):
    """A set of settings for the stations and groups it is assigned to, and of these for those of the manufacturer and
    model, where they are named. It is compared anew when `check_at` or the night's `nightly_next` has come;
    `checked_at` is when it was.

    What happens by itself at night is done in the name of the person who wished it (`actor_…`).
    """

    name = models.CharField(_("name"), max_length=120)
    vendor = models.CharField(_("manufacturer"), max_length=60, blank=True)
    model = models.CharField(_("model"), max_length=60, blank=True)
    note = models.TextField(_("note"), blank=True, max_length=2_000)
    groups = models.ManyToManyField(StationGroup, related_name="+", blank=True)
    stations = models.ManyToManyField(Station, related_name="+", blank=True)
    nightly = models.CharField(_("every night"), max_length=9, choices=Nightly, default=Nightly.CHECK, blank=True)
    nightly_at = models.TimeField(_("at"), default=time(2))
    check_at = models.DateTimeField(null=True)
    nightly_next = models.DateTimeField(null=True)
    checked_at = models.DateTimeField(_("compared"), null=True)
    actor_kind = models.CharField(max_length=8, choices=ActorKind)
    actor_id = models.BigIntegerField(null=True)
    actor_label = models.CharField(_("by"), max_length=200)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta(TenantModel.Meta):
        ordering = ("name",)
        constraints = [
            models.UniqueConstraint(
                "organisation",
                Upper("name"),
                name="configuration_template_name_unique",
                violation_error_message=_("There is a template of this name already."),
            )
        ]
        indexes = [
            models.Index(fields=["check_at"], condition=models.Q(check_at__isnull=False), name="template_to_check"),
        ]

    def __str__(self) -> str:
        return self.name


class TemplateSetting(TenantModel):
    """One setting of a template. Never a secret one: what a station has there is not known."""

    template = models.ForeignKey(ConfigurationTemplate, on_delete=models.CASCADE, related_name="settings")
    key = models.CharField(max_length=50)
    value = models.CharField(max_length=500, blank=True)

    class Meta(TenantModel.Meta):
        ordering = ("key",)
        constraints = [models.UniqueConstraint("template", Upper("key"), name="template_setting_unique")]


class Deviation(TenantModel):
    """A setting of a station that was not as the template wants it when that was last compared.

    `found` is empty (None) where the station does not report the setting. `since` is when it was first seen.
    """

    template = models.ForeignKey(ConfigurationTemplate, on_delete=models.CASCADE, related_name="deviations")
    station = models.ForeignKey(Station, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(_("setting"), max_length=120)
    wanted = models.CharField(_("wanted"), max_length=500, blank=True)
    found = models.TextField(_("reported"), null=True)
    readonly = models.BooleanField(default=False)
    since = models.DateTimeField(_("since"))
    checked_at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["template", "station", "key"], name="deviation_unique")]
