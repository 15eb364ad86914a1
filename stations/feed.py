"""What the public is told of stations: a GeoJSON FeatureCollection (RFC 7946) of those that are switched on.

Nothing of a person is in it: no contact, no token, no session. The operator is the organisation.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from common.geo import Box
from common.rights import Text
from stations.choices import AccessType, LifeCycle
from stations.companions import station_parts
from stations.fleet_map import inside
from stations.models import Portal, Station
from stations.published import details_of

PAGE_SIZE = 500


@dataclass(frozen=True)
class Page:
    """Stations in the order of their keys; `after` is where the next page begins, None on the last one."""

    stations: list[Station]
    after: int | None


def published(portal: Portal) -> QuerySet[Station]:
    """The stations that the portal is given."""
    stations = Station.objects.filter(
        publications__portal=portal, life_cycle=LifeCycle.IN_OPERATION, latitude__isnull=False
    )
    return stations.exclude(access_type=AccessType.PRIVATE).select_related("state", "organisation")


def page_of(portal: Portal, box: Box | None, after: int, limit: int = PAGE_SIZE) -> Page:
    """At most `limit` stations behind the key `after`. One query."""
    stations = published(portal).filter(pk__gt=after).order_by("pk")
    found = list((stations.filter(inside(box)) if box else stations)[: limit + 1])
    more = len(found) > limit
    return Page(found[:limit], found[limit - 1].pk if more else None)


def why_left_out(station: Station) -> list[Text]:
    """Why the station is in no feed although it is switched on; empty where it is."""
    reasons: list[Text] = []
    if station.life_cycle != LifeCycle.IN_OPERATION:
        reasons.append(_("It is not in operation."))
    if station.latitude is None:
        reasons.append(_("It has no position: enter one under Geolocation."))
    if station.access_type == AccessType.PRIVATE:
        reasons.append(_("Its access is private."))
    return reasons


def features(stations: Sequence[Station]) -> list[dict[str, Any]]:
    """The stations as GeoJSON features. A constant number of queries."""
    ids = [station.pk for station in stations]
    details = details_of(ids, timezone.now())
    parts = [part.published(ids) for part in station_parts() if part.published]
    return [
        _feature(station, [details[station.pk], *(part.get(station.pk, {}) for part in parts)]) for station in stations
    ]


def _feature(station: Station, parts: Sequence[Any]) -> dict[str, Any]:
    properties: dict[str, Any] = {
        "name": station.name or station.identity,
        "operator": station.organisation.name,
        "address": {
            "street": station.street,
            "postal_code": station.postal_code,
            "city": station.city,
            "country": station.country,
        },
        "access": station.access_type,
        "time_zone": station.time_zone,
        "status": (station.state.status if station.state.online else "") or "Unknown",
        "online": station.state.online,
    }
    for part in parts:
        properties |= part
    longitude, latitude = station.longitude, station.latitude
    point = None if longitude is None or latitude is None else [float(longitude), float(latitude)]
    return {
        "type": "Feature",
        "id": station.identity,
        "geometry": {"type": "Point", "coordinates": point} if point else None,
        "properties": properties,
    }


def collection(page: Page, next_url: str) -> dict[str, Any]:
    """The page as a FeatureCollection; `next` is the address of the next one (a foreign member, RFC 7946 §6.1)."""
    found: dict[str, Any] = {"type": "FeatureCollection", "features": features(page.stations)}
    return found | ({"next": next_url} if next_url else {})
