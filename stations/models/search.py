"""What the quick search looks through."""

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models.functions import Upper

from accounts.models import Organisation
from stations.choices import SearchKind
from stations.models.stations import Station


class SearchEntry(models.Model):
    """One searchable text of a station or of one of its ports; whoever owns the value keeps its entries up to date."""

    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="+")
    station = models.ForeignKey(Station, on_delete=models.CASCADE, related_name="search_entries")
    port_number = models.PositiveSmallIntegerField(null=True)
    kind = models.CharField(max_length=10, choices=SearchKind)
    text = models.CharField(max_length=300)

    class Meta:
        default_permissions = ()
        indexes = [
            GinIndex(OpClass(Upper("text"), name="gin_trgm_ops"), name="search_entry_trigrams"),
            models.Index("organisation", OpClass(Upper("text"), name="text_pattern_ops"), name="search_entry_prefix"),
        ]
