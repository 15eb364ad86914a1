"""The tab *Logs*: each exchange as a sentence. New ones come in by themselves while the newest page is read."""

from typing import Any

from django.db.models import CharField, Value
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone

from common.access import access_of
from common.keyset import BadCursor, Cursor, Keyset
from common.tables import Cell, Row
from ocpp_gateway import logbook, selectors
from ocpp_gateway.filters import LogFilter
from ocpp_gateway.models import Exchange
from ocpp_gateway.tables import LOGS
from ocpp_gateway.versions import VERSIONS
from stations.models import Station
from stations.views.sheet import station_tab

SLUG = "logs"
_NEWER_LIMIT = 100
# What is read while one of these stands in the address does not grow at its top.
_ELSEWHERE = frozenset({"after", "before", "end", "sort"})


def logs(request: HttpRequest, station: Station) -> HttpResponseBase:
    filters = LogFilter(request.GET, Exchange.objects.none(), request=request)
    zone = Value(station.time_zone, output_field=CharField())
    filters.queryset = selectors.exchanges(station, *filters.period).annotate(zone=zone)
    if cursor := request.GET.get("newer"):
        return _newer(request, station, filters, cursor)
    table = LOGS.bind(request, filters.qs, filters)
    if answer := _without_lines(request, table):
        return answer
    found = table.page.rows
    _tell(request, station, found)
    context = {
        "table": table,
        "filters": filters,
        "period": filters.period,
        "newest": _newest(request, table.keyset, found),
        "is_empty": not found,
    }
    return table.response() or station_tab(request, station, SLUG, "ocpp_gateway/logs.html", context)


def _without_lines(request: HttpRequest, table: Any) -> HttpResponseBase | None:
    """CSV, which holds the plain sentences."""
    return table.response() if "format" in request.GET else None


def _tell(request: HttpRequest, station: Station, exchanges: list[Any]) -> None:
    told = logbook.lines(VERSIONS[station.protocol], station, access_of(request), exchanges)
    for exchange, line in zip(exchanges, told, strict=True):
        exchange.line = line


def _newest(request: HttpRequest, keyset: Keyset, found: list[Any]) -> str:
    """From where on newer lines are looked for; nowhere while another page, order or period is read."""
    if _ELSEWHERE & {name for name in request.GET if request.GET[name]}:
        return ""
    return (keyset.cursor_of(found[0]) if found else Cursor(timezone.now(), 0)).encode()


def _newer(request: HttpRequest, station: Station, filters: LogFilter, text: str) -> HttpResponseBase:
    """The lines that came since, to be put above the others; where they are too many, the page anew."""
    keyset = Keyset(filters.qs, "received_at", descending=True)
    try:
        found = keyset.rows(keyset.decode(text), _NEWER_LIMIT, backwards=True)
    except BadCursor as error:
        raise Http404 from error
    if len(found) == _NEWER_LIMIT or (found and request.GET.get("empty")):
        return HttpResponse(headers={"HX-Refresh": "true"})
    _tell(request, station, found)
    cells = [Row(row, [Cell(column, column.value_of(row)) for column in LOGS.shown_columns]) for row in found]
    newest = keyset.cursor_of(found[0]).encode() if found else text
    context = {"rows": cells, "newest": newest, "query": filters.query, "is_empty": request.GET.get("empty")}
    table = LOGS.bind(request, filters.qs, filters)
    return render(request, "ocpp_gateway/logs_newer.html", {**context, "table": table})
