"""The tab *Connection history*: connections and how they ended, as a picture and as a list."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import CharField, Value
from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone
from django.utils.translation import gettext as _

from common.charts import Span, Timeline
from common.rights import Text
from ocpp_gateway import closing, selectors
from ocpp_gateway.filters import ConnectionFilter
from ocpp_gateway.models import Connection
from ocpp_gateway.tables import CONNECTIONS
from stations.models import Station
from stations.views.sheet import station_tab

SLUG = "connection-history"
PERIODS = (7, 30, 90)
_MOST_SPANS = 2_000
"""Connections in the picture; the figures count all."""


@dataclass(frozen=True)
class Cause:
    """Why connections ended, and how often in the period."""

    code: str
    title: Text
    description: Text
    count: int


def connections(request: HttpRequest, station: Station) -> HttpResponseBase:
    zone = Value(station.time_zone, output_field=CharField())
    filters = ConnectionFilter(request.GET, selectors.connections(station).annotate(zone=zone), request=request)
    table = CONNECTIONS.bind(request, filters.qs, filters)
    if response := table.response():
        return response
    days = _wanted_days(request)
    end = timezone.now()
    start = end - timedelta(days=days)
    recent = list(selectors.connections_in(station, start, end)[:_MOST_SPANS])
    known_since = max(start, selectors.first_connected_at(station) or start)
    context = {
        "station": station,
        "start": start,
        "known_since": known_since,
        "table": table,
        "filters": filters,
        "days": days,
        "periods": PERIODS,
        "timeline": _timeline(station, recent, start, end),
        "availability": availability_percent(station, known_since, end),
        "causes": [_cause(*ending) for ending in selectors.endings_in(station, start, end)],
    }
    return station_tab(request, station, SLUG, "ocpp_gateway/connections.html", context)


def _wanted_days(request: HttpRequest) -> int:
    wanted = request.GET.get("days", "")
    return int(wanted) if wanted in map(str, PERIODS) else PERIODS[0]


def availability_percent(station: Station, start: datetime, end: datetime) -> float:
    """Share of the period from `start` to `end` in which the station was connected, in percent. One query."""
    return 100 * selectors.connected_for(station, start, end) / (end - start)


def _timeline(station: Station, recent: list[Connection], start: datetime, end: datetime) -> Timeline:
    spans = [
        Span(max(connection.opened_at, start), connection.closed_at or end, _("Connected"), 3)
        for connection in reversed(recent)
    ]
    return Timeline("connections", _("Connected and not"), start, end, spans, zone=station.time_zone)


def _cause(code: str, count: int) -> Cause:
    meaning = closing.meaning_of(code)
    return Cause(code, meaning.title, meaning.description, count)
