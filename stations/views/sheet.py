"""The station's data sheet: its address, its tabs, and the page that every app's tab is drawn in."""

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse

from common.access import access_of
from common.sheets import draw_tab, first_tab, open_tab
from common.views import page
from stations.models import Station
from stations.rights import VIEW_STATIONS
from stations.selectors import groups_of, station_by_identity

SHEET = "station"


@page(VIEW_STATIONS)
def station(request: HttpRequest, identity: str) -> HttpResponseBase:
    """To the first tab that the caller may open."""
    found = station_by_identity(identity)
    return redirect("station-tab", found.identity, first_tab(SHEET, found, access_of(request)).slug)


@page(VIEW_STATIONS)
def tab(request: HttpRequest, identity: str, slug: str, action: str | None = None) -> HttpResponseBase:
    """A tab, or one of its actions. An address with other letters' case leads to the stored spelling."""
    found = station_by_identity(identity)
    if found.identity != identity and request.method == "GET":
        query = request.GET.urlencode()
        return redirect(reverse("station-tab", args=[found.identity, slug]) + (f"?{query}" if query else ""))
    return open_tab(request, SHEET, found, slug, action)


def station_tab(
    request: HttpRequest, station: Station, slug: str, template: str, context: dict[str, Any], status: int = 200
) -> HttpResponse:
    """Draw the tab `slug` of any app inside the station's sheet: `template` gets `context` and `station`."""
    url = reverse("station", args=[station.identity])
    values = {"station": station, "groups": groups_of(station), **context}
    return draw_tab(
        request,
        SHEET,
        station,
        slug,
        url=url,
        page="stations/sheet.html",
        template=template,
        context=values,
        status=status,
    )
