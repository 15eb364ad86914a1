"""What an organisation calls a faulty session, and how many there were."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from charging.choices import Fault
from common.models import TenantModel
from stations.models import Station


class FaultRules(TenantModel):
    """An organisation's own rules: `limits` by name where they differ from `charging.faults`; types it leaves out."""

    limits = models.JSONField(default=dict)
    left_out = ArrayField(models.SmallIntegerField(choices=Fault), default=list, blank=True)

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["organisation"], name="fault_rules_unique")]


class NotBegunDay(TenantModel):
    """Rollup beside FaultDay: how often somebody was let to charge at a port and no session began. `port_number` is 0
    where a card was held to the reader of a station with several ports.
    """

    station = models.ForeignKey(Station, on_delete=models.CASCADE, related_name="+")
    port_number = models.PositiveSmallIntegerField()
    day = models.DateField()
    attempts = models.IntegerField(default=0)

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["station", "port_number", "day"], name="not_begun_day_unique")]
        indexes = [models.Index(fields=["organisation", "day"], name="not_begun_by_organisation")]


class FaultDay(TenantModel):
    """Rollup beside SessionDay: how many of a port's sessions of that day have `fault` as their primary type."""

    station = models.ForeignKey(Station, on_delete=models.CASCADE, related_name="+")
    port_number = models.PositiveSmallIntegerField()
    day = models.DateField()
    fault = models.PositiveSmallIntegerField(choices=Fault)
    sessions = models.IntegerField(default=0)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["station", "port_number", "day", "fault"], name="fault_day_unique")
        ]
        indexes = [models.Index(fields=["organisation", "day"], name="fault_day_by_organisation")]
