"""The configuration a station reported, and how it changed."""

from django.db import models

from chargeports.models.commands import Command
from common.models import TenantModel
from stations.models import Station


class ConfigurationValue(TenantModel):
    """One configuration key as the station last reported it. Values of secret keys are never stored."""

    station = models.ForeignKey(Station, on_delete=models.CASCADE, related_name="configuration")
    key = models.CharField(max_length=120)
    value = models.TextField(null=True)
    readonly = models.BooleanField(default=False)
    first_read_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        ordering = ("key",)
        constraints = [models.UniqueConstraint(fields=["station", "key"], name="configuration_key_unique")]


class ConfigurationChange(TenantModel):
    """A value that differed from the one read before. `command` is ours that asked for it, where one did."""

    station = models.ForeignKey(Station, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=120)
    before = models.TextField(null=True)
    after = models.TextField(null=True)
    at = models.DateTimeField()
    command = models.ForeignKey(Command, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta(TenantModel.Meta):
        indexes = [models.Index(fields=["station", "key", "-at"], name="configuration_change_by_key")]
