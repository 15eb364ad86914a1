"""Operations of the REST API on stations."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest
from ninja import Field, Query, Schema

from common.access import access_of
from common.api import Operations, Page, PageQuery, page_of
from stations.choices import LifeCycle
from stations.models import Station
from stations.rights import VIEW_STATIONS
from stations.selectors import station_by_identity, station_list

stations = Operations("Stations")


class StationOut(Schema):
    identity: str
    name: str
    life_cycle: LifeCycle
    online: bool = Field(alias="state.online")
    last_seen_at: datetime | None = Field(alias="state.last_seen_at")


class StationQuery(PageQuery):
    life_cycle: LifeCycle | None = None
    online: bool | None = None


@stations.operation("GET", "/stations", VIEW_STATIONS, Page[StationOut])
def list_stations(request: HttpRequest, query: Query[StationQuery]) -> Any:
    """List stations, by their identity"""
    found = station_list(access_of(request).organisation)
    if query.life_cycle:
        found = found.filter(life_cycle=query.life_cycle)
    if query.online is not None:
        found = found.filter(state__online=query.online)
    return page_of(found, query, "identity")


@stations.operation("GET", "/stations/{identity}", VIEW_STATIONS, StationOut)
def read_station(request: HttpRequest, identity: str) -> Station:
    """Read a station"""
    return station_by_identity(identity)


ROUTERS = (stations,)
