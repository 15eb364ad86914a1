"""Filters of the lists of the stations app."""

from stations.filters.assets import ArticleFilter, ComponentFilter
from stations.filters.contacts import ContactFilter
from stations.filters.history import HistoryFilter
from stations.filters.stations import STATUSES, StationFilter, all_groups

__all__ = [
    "STATUSES",
    "ArticleFilter",
    "ComponentFilter",
    "ContactFilter",
    "HistoryFilter",
    "StationFilter",
    "all_groups",
]
