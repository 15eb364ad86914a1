"""The charge port's page: its address, its tabs, and the page that every app's tab is drawn in."""

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse

from chargeports import selectors
from chargeports.filters import PortFilter
from chargeports.models import ChargePort
from chargeports.rights import VIEW_PORTS
from chargeports.tables import PORTS
from common.access import access_of
from common.sheets import draw_tab, first_tab, menu, open_tab
from common.views import page
from stations.selectors import groups_of

SHEET = "port"


@page(VIEW_PORTS, token_allowed=True)
def ports(request: HttpRequest) -> HttpResponseBase:
    filters = PortFilter(request.GET, selectors.port_list(access_of(request).organisation), request=request)
    table = PORTS.bind(request, filters.qs, filters)
    return table.response() or render(request, "list.html", {"table": table, "filters": filters})


@page(VIEW_PORTS)
def port(request: HttpRequest, identity: str, number: int) -> HttpResponseBase:
    """To the first tab that the caller may open."""
    access = access_of(request)
    found = selectors.port_by_address(access.organisation, identity, number)
    return redirect("charge-port-tab", found.station.identity, number, first_tab(SHEET, found, access).slug)


@page(VIEW_PORTS)
def tab(request: HttpRequest, identity: str, number: int, slug: str, action: str | None = None) -> HttpResponseBase:
    """A tab, or one of its actions. An address with other letters' case leads to the stored spelling."""
    found = selectors.port_by_address(access_of(request).organisation, identity, number)
    if found.station.identity != identity and request.method == "GET":
        query = request.GET.urlencode()
        address = reverse("charge-port-tab", args=[found.station.identity, number, slug])
        return redirect(f"{address}?{query}" if query else address)
    return open_tab(request, SHEET, found, slug, action)


def port_tab(request: HttpRequest, port: ChargePort, slug: str, template: str, context: dict[str, Any]) -> HttpResponse:
    """Draw the tab `slug` of any app inside the port's page: `template` gets `context`, `port` and its `station`."""
    station = port.station
    buttons = [(item, item.url(port)) for item in menu("port.header", port, access_of(request))]
    return draw_tab(
        request,
        SHEET,
        port,
        slug,
        url=reverse("charge-port", args=[station.identity, port.number]),
        page="chargeports/sheet.html",
        template=template,
        context={
            "port": port,
            "station": station,
            "groups": groups_of(station),
            "header_buttons": buttons,
            **context,
        },
    )
