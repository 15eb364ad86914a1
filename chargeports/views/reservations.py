"""Reservations: the station's tab and the list over all stations. Reserving and cancelling are commands."""

from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render

from chargeports import selectors
from chargeports.filters import FleetReservationFilter, ReservationFilter
from chargeports.rights import VIEW_RESERVATIONS
from chargeports.tables import FLEET_RESERVATIONS, RESERVATIONS
from common.access import Access
from common.views import page
from stations.models import Station
from stations.views.sheet import station_tab

SLUG = "reservations"


def reservations(request: HttpRequest, station: Station) -> HttpResponseBase:
    filters = ReservationFilter(request.GET, selectors.reservations().filter(station=station), request=request)
    table = RESERVATIONS.bind(request, filters.qs, filters)
    context = {"table": table, "filters": filters}
    return table.response() or station_tab(request, station, SLUG, "chargeports/reservations.html", context)


@page(VIEW_RESERVATIONS)
def all_reservations(request: HttpRequest) -> HttpResponseBase:
    filters = FleetReservationFilter(request.GET, selectors.reservations(), request=request)
    table = FLEET_RESERVATIONS.bind(request, filters.qs, filters)
    return table.response() or render(request, "list.html", {"table": table, "filters": filters})


def held_now(access: Access, station: Station) -> dict[str, Any]:
    """What the live part shows; a change of it draws the list anew."""
    newest = selectors.reservations().filter(station=station).order_by("-pk").first()
    return {"station": station, "held": list(selectors.held_reservations(station)), "newest": newest}
