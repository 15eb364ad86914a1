"""The rollup of how long stations could be used."""

from django.db import models

from common.models import TenantModel
from stations.models import Station


class AvailabilityDay(TenantModel):
    """Rollup: the seconds of one day of the station's own time zone, of all its charge ports together.

    `port_s` counts from the station's first connection on. `maintenance_s` of them lay in a maintenance window; of the
    others the port was faulted or the station offline for `down_s`.
    """

    station = models.ForeignKey(Station, on_delete=models.CASCADE, related_name="+")
    day = models.DateField()
    port_s = models.PositiveIntegerField()
    down_s = models.PositiveIntegerField()
    maintenance_s = models.PositiveIntegerField()

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["station", "day"], name="availability_day_unique")]
        indexes = [models.Index(fields=["organisation", "day"], name="availability_by_organisation")]
