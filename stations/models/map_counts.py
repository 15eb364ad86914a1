"""How many stations stand where, in which state: what the map of the fleet reads instead of every station."""

from django.db import models

from accounts.models import Organisation
from common.models import TenantModel


class MapCount(TenantModel):
    """Stations added to a cell of the map, or taken away where the numbers are negative: the rows of a cell add up.

    Triggers write them with every change of a station's place, life cycle or state, so that the sums are right whoever
    wrote the change; `services.fold_map_counts` makes one row of many. A cell spans 360° / 2048 both ways, counted from
    latitude 0 and longitude 0. Positions are sums of millionths of a degree; where the sum of `stations` is 1,
    `station_ids` is that station's key.
    """

    # No constraint: it would be checked with every change of a status.
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+", db_constraint=False)
    cell_row = models.SmallIntegerField()
    cell_column = models.SmallIntegerField()
    life_cycle = models.CharField(max_length=20)
    status = models.CharField(max_length=20)
    online = models.BooleanField()
    stations = models.IntegerField()
    latitude_e6 = models.BigIntegerField()
    longitude_e6 = models.BigIntegerField()
    station_ids = models.BigIntegerField()

    class Meta(TenantModel.Meta):
        indexes = [models.Index(fields=["organisation", "cell_row", "cell_column"], name="map_count_by_cell")]
