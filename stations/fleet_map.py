"""What the map shows of many stations: places one by one where the view holds few, else clusters made by the database.

A cluster is all stations of one cell of a grid that follows the zoom, so an answer is bounded by the size of the
screen, not by the number of stations. One query, two where the stations are looked at one by one.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Avg, Count, FloatField, Max, Min, Q, QuerySet
from django.db.models.functions import Cast, Floor
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from common.geo import Box
from common.looks import Look, look_of
from stations.choices import PortStatus
from stations.models import Station

# Up to this zoom there are only clusters; closer, stations one by one unless the view holds more than the cap.
CLUSTERED_ZOOM = 9
POINT_LIMIT = 400
CLOSEST_ZOOM = 19
# Cells of a quarter of a tile: 64 pixels.
_CELLS_PER_TILE = 4
OFFLINE = "offline"
# What a cluster is coloured by: the first of these that one of its stations has, else what most of them have.
_URGENT = (PortStatus.FAULTED.value, OFFLINE)


@dataclass
class Cluster:
    """The stations of one cell; `identity` names the station where it is a single one."""

    latitude: float
    longitude: float
    identity: str = ""
    counts: Counter[str] = field(default_factory=Counter)

    @property
    def count(self) -> int:
        return self.counts.total()

    @property
    def status(self) -> str:
        return next((one for one in _URGENT if self.counts[one]), self.counts.most_common(1)[0][0])


def inside(box: Box) -> Q:
    """Stations with a position in the box."""
    longitudes = Q()
    for west, east in box.halves:
        longitudes |= Q(longitude__gte=west, longitude__lte=east)
    return Q(latitude__gte=box.south, latitude__lte=box.north) & longitudes


def box_around(stations: QuerySet[Station]) -> str:
    """Where the stations stand, as `west,south,east,north`; empty where none has a position. One query."""
    sides = stations.order_by().aggregate(
        west=Min("longitude"), south=Min("latitude"), east=Max("longitude"), north=Max("latitude")
    )
    return "" if sides["west"] is None else ",".join(str(side) for side in sides.values())


def map_of(stations: QuerySet[Station], box: Box, zoom: int) -> dict[str, Any]:
    """What a browser draws: `points` with identity, name and status, or `clusters` with their counts."""
    found = stations.select_related(None).prefetch_related(None).order_by().filter(inside(box))
    if zoom > CLUSTERED_ZOOM:
        points = list(found.values(*_POINT)[: POINT_LIMIT + 1])
        if len(points) <= POINT_LIMIT:
            return {"clusters": [], "points": [_drawn_point(point) for point in points]}
    clusters = clusters_of(found, zoom)
    return {"clusters": [_drawn_cluster(cluster) for cluster in clusters], "points": []}


_POINT = ("identity", "name", "street", "city", "latitude", "longitude", "state__status", "state__online")


def clusters_of(stations: QuerySet[Station], zoom: int) -> list[Cluster]:
    """The stations by cell, the largest cluster first. One query, whose answer is bounded by the cells."""
    size = 360 / 2 ** min(max(zoom, 0), CLOSEST_ZOOM) / _CELLS_PER_TILE
    latitude, longitude = Cast("latitude", FloatField()), Cast("longitude", FloatField())
    cells = stations.annotate(row=Floor(latitude / size), column=Floor(longitude / size))
    rows = cells.values_list("row", "column", "state__status", "state__online").annotate(
        count=Count("pk"), mean_latitude=Avg(latitude), mean_longitude=Avg(longitude), identity=Min("identity")
    )
    return sorted(_summed(rows), key=lambda cluster: -cluster.count)


def _summed(rows: Iterable[tuple[Any, ...]]) -> Iterable[Cluster]:
    """The clusters of the rows, which say one cell's stations by status; the middle is the stations' mean."""
    clusters: dict[tuple[float, float], Cluster] = {}
    for row, column, status, online, count, latitude, longitude, identity in rows:
        cluster = clusters.setdefault((row, column), Cluster(0, 0))
        before = cluster.count
        cluster.latitude = (cluster.latitude * before + latitude * count) / (before + count)
        cluster.longitude = (cluster.longitude * before + longitude * count) / (before + count)
        cluster.counts[status if online else OFFLINE] += count
        cluster.identity = identity if cluster.count == 1 else ""
    return clusters.values()


def word_of(status: str) -> str:
    """The status in the reader's words; as the charger wrote it where OCPP knows no such status."""
    if status == OFFLINE:
        return _("Offline")
    return str(PortStatus(status).label) if status in PortStatus.values else status


def _drawn_point(point: dict[str, Any]) -> dict[str, Any]:
    status = point["state__status"] if point["state__online"] else OFFLINE
    return {
        "lat": float(point["latitude"]),
        "lon": float(point["longitude"]),
        "id": point["identity"],
        "name": point["name"],
        "address": ", ".join(filter(None, [point["street"], point["city"]])),
        **_look(look_of(status)),
        "word": word_of(status),
    }


def _drawn_cluster(cluster: Cluster) -> dict[str, Any]:
    words = [f"{count} {word_of(status)}" for status, count in cluster.counts.most_common()]
    number = ngettext("%(count)d station", "%(count)d stations", cluster.count) % {"count": cluster.count}
    return {
        "lat": round(cluster.latitude, 5),
        "lon": round(cluster.longitude, 5),
        "id": cluster.identity,
        "count": cluster.count,
        **_look(look_of(cluster.status)),
        "word": f"{number}: {', '.join(words)}",
    }


def _look(look: Look) -> dict[str, str]:
    return {"colour": look.colour, "icon": look.icon}
