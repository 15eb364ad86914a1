"""The tab *Communication logs*: the frames as they travelled, and one exchange under an address of its own."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
from django.db.models import CharField, Value
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone

from common.keyset import BadCursor, Keyset
from ocpp_gateway import selectors
from ocpp_gateway.filters import MessageFilter
from ocpp_gateway.models import Exchange
from ocpp_gateway.tables import MESSAGES, latency_ms
from stations.models import Station
from stations.views.sheet import station_tab

SLUG = "communication-logs"
_FRAME = re.compile(r"(\d{1,18})-(\d{1,19})")
_NEWER_LIMIT = 100


def messages(request: HttpRequest, station: Station) -> HttpResponseBase:
    if key := request.GET.get("frame"):
        return _one(request, station, key)
    filters = MessageFilter(request.GET, Exchange.objects.none(), request=request)
    zone = Value(station.time_zone, output_field=CharField())
    filters.queryset = selectors.exchanges(station, *filters.period).annotate(zone=zone)
    if cursor := request.GET.get("newer"):
        return _newer(request, filters, cursor)
    table = MESSAGES.bind(request, filters.qs, filters)
    first = table.page.rows[0] if table.page.rows else None
    context = {
        "table": table,
        "filters": filters,
        "period": filters.period,
        "newest": _watched(request, table.keyset, first),
    }
    return table.response() or station_tab(request, station, SLUG, "ocpp_gateway/messages.html", context)


def _watched(request: HttpRequest, keyset: Keyset, first: Exchange | None) -> str:
    """Where to look for newer rows; nowhere while another page, order or period is read."""
    if first is None or {"after", "before", "sort", "end"} & {name for name in request.GET if request.GET[name]}:
        return ""
    return keyset.cursor_of(first).encode()


def _newer(request: HttpRequest, filters: MessageFilter, cursor: str) -> HttpResponseBase:
    """How many messages came since the row that stands at the top."""
    keyset = Keyset(filters.qs, "received_at", descending=True)
    try:
        found = keyset.rows(keyset.decode(cursor), _NEWER_LIMIT, backwards=True)
    except BadCursor as error:
        raise Http404 from error
    context = {"count": len(found), "more": len(found) == _NEWER_LIMIT, "newest": cursor, "query": filters.query}
    return render(request, "ocpp_gateway/newer.html", context)


def _one(request: HttpRequest, station: Station, key: str) -> HttpResponseBase:
    match = _FRAME.fullmatch(key)
    if match is None:
        raise Http404
    try:
        at = datetime.fromtimestamp(0, UTC) + timedelta(microseconds=int(match[1]))
    except OverflowError as error:
        raise Http404 from error
    tick = timedelta(microseconds=1)
    exchange = selectors.exchanges(station, at - tick, at + 2 * tick).filter(id=int(match[2])).first()
    if exchange is None:
        raise Http404
    return station_tab(request, station, SLUG, "ocpp_gateway/message.html", one(exchange))


def one(exchange: Exchange) -> dict[str, Any]:
    """What the page of one exchange shows."""
    return {
        "exchange": exchange,
        "latency_ms": latency_ms(exchange),
        "key": exchange.frame_key,
        "frames": [pretty(frame) for frame in (exchange.request, exchange.response) if frame],
        "is_waiting": exchange.response is None and exchange.direction == "out" and _is_young(exchange),
    }


def _is_young(exchange: Exchange) -> bool:
    return exchange.received_at > timezone.now() - timedelta(minutes=5)


def pretty(frame: str) -> str:
    """The frame as indented JSON; what is no JSON stays as it came."""
    try:
        return orjson.dumps(orjson.loads(frame), option=orjson.OPT_INDENT_2).decode()
    except orjson.JSONDecodeError:
        return frame
