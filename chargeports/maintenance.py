"""Reads of maintenance windows: what happened in one of them."""

from collections.abc import Collection
from datetime import datetime

from chargeports.models import MaintenanceWindow

# Station id, port number (0 is the station itself), time.
Occasion = tuple[int, int, datetime]


def in_maintenance(occasions: Collection[Occasion]) -> set[Occasion]:
    """Those of the occasions that lie in a maintenance window of their port, in whatever organisation. One query."""
    if not occasions:
        return set()
    times = [at for _station_id, _number, at in occasions]
    windows = MaintenanceWindow.objects.filter(
        station_id__in={station_id for station_id, _number, _at in occasions},
        starts_at__lte=max(times),
        ends_at__gt=min(times),
    )
    by_station: dict[int, list[MaintenanceWindow]] = {}
    for window in windows:
        by_station.setdefault(window.station_id, []).append(window)
    return {
        (station_id, number, at)
        for station_id, number, at in occasions
        if any(window.covers(number, at) for window in by_station.get(station_id, ()))
    }
