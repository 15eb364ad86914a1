"""Filters of the lists of the stations app."""

from stations.filters.contacts import ContactFilter
from stations.filters.stations import STATUSES, StationFilter, all_groups

__all__ = ["STATUSES", "ContactFilter", "StationFilter", "all_groups"]
