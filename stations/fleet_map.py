"""What the map shows of many stations: places one by one where the view holds few, else clusters made by the database.

A cluster is all stations of one cell of a grid that follows the zoom, so an answer is bounded by the size of the
screen, not by the number of stations. Far away, clusters are sums of `MapCount`, whatever the size of the fleet, where
only status, connection or life cycle are filtered; else the stations themselves are counted. At most three queries.
"""

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from math import floor, log2
from typing import Any

from django.db import connection
from django.db.models import Count, FloatField, Max, Min, Q, QuerySet, Sum
from django.db.models.functions import Cast, Floor
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from common.geo import Box
from common.looks import Look, look_of
from stations.choices import LifeCycle, PortStatus
from stations.models import MapCount, Station

# Up to this zoom there are only clusters; closer, stations one by one unless the view holds more than the cap.
CLUSTERED_ZOOM = 9
POINT_LIMIT = 400
CLOSEST_ZOOM = 19
# Cells of a quarter of a tile: 64 pixels.
_CELLS_PER_TILE = 4
# The cells of `MapCount`, in degrees: those of CLUSTERED_ZOOM.
CELL = 360 / 2**CLUSTERED_ZOOM / _CELLS_PER_TILE
# From this many degrees on, a box of whole cells is hardly larger than that of the stations in them.
_FAR = 10 * CELL
# How many cells a large screen has from left to right.
MOST_ACROSS = 96
OFFLINE = "offline"
# What a cluster is coloured by: the first of these that one of its stations has, else what most of them have.
_URGENT = (PortStatus.FAULTED.value, OFFLINE)


@dataclass
class Cluster:
    """The stations of one cell; `key` and `identity` tell the station where it is a single one."""

    latitude: float
    longitude: float
    key: int = 0
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


def opening_box(stations: QuerySet[Station], counts: QuerySet[MapCount] | None) -> str:
    """Where the stations stand, as `west,south,east,north`; empty where none has a position. At most two queries.

    `counts` are those of the same stations, where there are any: where they reach far, their cells are exact enough.
    """
    cells = counted_box(counts) if counts is not None else None
    if cells and max(cells.north - cells.south, cells.east - cells.west) >= _FAR:
        return f"{cells.west:f},{cells.south:f},{cells.east:f},{cells.north:f}"
    return box_around(stations)


def counted_box(counts: QuerySet[MapCount]) -> Box | None:
    """The box of all cells that hold stations; None where there are none. One query."""
    places = counts.order_by().values("cell_row", "cell_column").annotate(held=Sum("stations")).filter(held__gt=0)
    held = list(places.values_list("cell_row", "cell_column"))
    if not held:
        return None
    rows, columns = zip(*held, strict=True)
    west, east = min(columns) * CELL, (max(columns) + 1) * CELL
    return Box(max(west, -180.0), max(min(rows) * CELL, -90.0), min(east, 180.0), min((max(rows) + 1) * CELL, 90.0))


def box_around(stations: QuerySet[Station]) -> str:
    """The same from the stations themselves. One query."""
    sides = stations.order_by().aggregate(
        west=Min("longitude"), south=Min("latitude"), east=Max("longitude"), north=Max("latitude")
    )
    return "" if sides["west"] is None else ",".join(str(side) for side in sides.values())


def map_of(
    stations: QuerySet[Station], box: Box, zoom: int, counts: QuerySet[MapCount] | None = None
) -> dict[str, Any]:
    """What a browser draws: `points` with identity, name and status, or `clusters` with their counts.

    `counts` are those of the same stations, where there are any.
    """
    found = stations.select_related(None).prefetch_related(None).order_by().filter(inside(box))
    if zoom > CLUSTERED_ZOOM:
        points = list(found.values(*_POINT)[: POINT_LIMIT + 1])
        if len(points) <= POINT_LIMIT:
            return {"clusters": [], "points": [_drawn_point(point) for point in points]}
    zoom = min(zoom, closest_zoom(box))
    if counts is not None and zoom <= CLUSTERED_ZOOM:
        clusters = counted_clusters(counts.filter(cells_in(box)), zoom)
    else:
        clusters = clusters_of(found, zoom)
    return {"clusters": _drawn_clusters(clusters), "points": []}


_POINT = ("identity", "name", "street", "city", "latitude", "longitude", "state__status", "state__online", "life_cycle")


def closest_zoom(box: Box) -> int:
    """The zoom whose grid is no finer than a large screen that shows the whole box."""
    width = sum(east - west for west, east in box.halves)
    fitting = int(log2(MOST_ACROSS * 360 / _CELLS_PER_TILE / width)) if width else CLOSEST_ZOOM
    return max(CLUSTERED_ZOOM, fitting)


def clusters_of(stations: QuerySet[Station], zoom: int) -> list[Cluster]:
    """The stations by cell, the largest cluster first. Two queries, whose answers are bounded by the cells."""
    size = 360 / 2 ** min(max(zoom, 0), CLOSEST_ZOOM) / _CELLS_PER_TILE
    latitude, longitude = Cast("latitude", FloatField()), Cast("longitude", FloatField())
    cells = stations.annotate(row=Floor(latitude / size), column=Floor(longitude / size))
    return _clusters(
        cells.values_list("row", "column", "state__status", "state__online", "life_cycle").annotate(
            total=Count("pk"), latitudes=Sum(latitude), longitudes=Sum(longitude), key=Min("pk")
        )
    )


def cells_in(box: Box) -> Q:
    """The counts of cells that lie in the box, wholly or in part."""
    columns = Q()
    for west, east in box.halves:
        columns |= Q(cell_column__gte=floor(west / CELL), cell_column__lte=floor(east / CELL))
    return Q(cell_row__gte=floor(box.south / CELL), cell_row__lte=floor(box.north / CELL)) & columns


# The states of each cell as one object, so that the rows that come are the clusters that are drawn.
_BY_CELL = """
    SELECT sum(latitude) / sum(stations) / 1e6, sum(longitude) / sum(stations) / 1e6, sum(station_ids),
        jsonb_object_agg(state, stations)
    FROM (
        SELECT cell_row >> {finer} AS cell_row, cell_column >> {finer} AS cell_column,
            CASE WHEN life_cycle <> '{in_operation}' THEN life_cycle WHEN online THEN status ELSE '{offline}'
            END AS state, sum(stations) AS stations,
            sum(latitude_e6)::float AS latitude, sum(longitude_e6)::float AS longitude, sum(station_ids) AS station_ids
        FROM ({counts}) AS count GROUP BY 1, 2, 3 HAVING sum(stations) > 0
    ) AS counted GROUP BY cell_row, cell_column ORDER BY sum(stations) DESC
"""


def counted_clusters(counts: QuerySet[MapCount], zoom: int) -> list[Cluster]:
    """The same from the counts; `zoom` is at most CLUSTERED_ZOOM."""
    sql, parameters = counts.order_by().query.sql_with_params()
    finer = CLUSTERED_ZOOM - max(zoom, 0)
    with connection.cursor() as cursor:
        words = {"offline": OFFLINE, "in_operation": LifeCycle.IN_OPERATION.value}
        cursor.execute(_BY_CELL.format(finer=finer, counts=sql, **words), parameters)
        rows = cursor.fetchall()
    clusters = [Cluster(row[0], row[1], row[2], counts=Counter(json.loads(row[3]))) for row in rows]
    _name_single(clusters)
    return clusters


def _clusters(rows: Iterable[tuple[Any, ...]]) -> list[Cluster]:
    """The clusters of the rows, the largest first. A row says one cell's stations of one state: how many, the sums of
    their latitudes and longitudes, and a key that is the station's where it is one.
    """
    clusters: dict[tuple[float, float], Cluster] = {}
    for row, column, status, online, life_cycle, count, latitude, longitude, key in rows:
        cluster = clusters.setdefault((row, column), Cluster(0, 0))
        cluster.latitude += latitude
        cluster.longitude += longitude
        cluster.counts[state_of(status, online, life_cycle)] += count
        cluster.key = key
    for cluster in clusters.values():
        cluster.latitude, cluster.longitude = cluster.latitude / cluster.count, cluster.longitude / cluster.count
    _name_single(clusters.values())
    return sorted(clusters.values(), key=lambda cluster: -cluster.count)


def _name_single(clusters: Iterable[Cluster]) -> None:
    single = {int(cluster.key): cluster for cluster in clusters if cluster.count == 1}
    if single:
        for pk, identity in Station.objects.filter(pk__in=single).values_list("pk", "identity"):
            single[pk].identity = identity


def state_of(status: str, online: bool, life_cycle: str) -> str:
    """What the map shows of a station; one that is not in operation is no trouble, whatever it says."""
    if life_cycle != LifeCycle.IN_OPERATION:
        return life_cycle
    return status if online else OFFLINE


def word_of(status: str) -> str:
    """The status in the reader's words; as the charger wrote it where OCPP knows no such status."""
    if status == OFFLINE:
        return _("Offline")
    if status in LifeCycle.values:
        return str(LifeCycle(status).label)
    return str(PortStatus(status).label) if status in PortStatus.values else status


def _drawn_point(point: dict[str, Any]) -> dict[str, Any]:
    status = state_of(point["state__status"], point["state__online"], point["life_cycle"])
    return {
        "lat": float(point["latitude"]),
        "lon": float(point["longitude"]),
        "id": point["identity"],
        "name": point["name"],
        "address": ", ".join(filter(None, [point["street"], point["city"]])),
        **_look(look_of(status)),
        "word": word_of(status),
    }


def _drawn_clusters(clusters: list[Cluster]) -> list[dict[str, Any]]:
    """Each status and each number is put into words once: there may be thousands of clusters."""
    words = {status: word_of(status) for status in {status for cluster in clusters for status in cluster.counts}}
    numbers = {total: _number(total) for total in {cluster.count for cluster in clusters}}
    return [_drawn_cluster(cluster, words, numbers) for cluster in clusters]


def _number(total: int) -> str:
    return ngettext("%(count)d station", "%(count)d stations", total) % {"count": total}


def _drawn_cluster(cluster: Cluster, words_of: Mapping[str, str], numbers: Mapping[int, str]) -> dict[str, Any]:
    words = [f"{count} {words_of[status]}" for status, count in cluster.counts.most_common()]
    total = cluster.count
    return {
        "lat": round(cluster.latitude, 5),
        "lon": round(cluster.longitude, 5),
        "id": cluster.identity,
        "count": total,
        **_look(look_of(cluster.status)),
        "word": f"{numbers[total]}: {', '.join(words)}",
    }


def _look(look: Look) -> dict[str, str]:
    return {"colour": look.colour, "icon": look.icon}
