"""The tab *Geolocation*: the address, the pin, how far they lie apart, and what drivers see."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from common.access import access_of
from common.doors import attempt, fits, posted
from common.errors import Refused
from common.geo import distance_m
from stations import geocoding, services
from stations.forms.location import PositionForm
from stations.models import Station
from stations.rights import CHANGE_LOCATION
from stations.views.sheet import station_tab

SLUG = "geolocation"
# Within this distance pin and address count as one place: a car park has one address.
NEAR_M = 150


def geolocation(request: HttpRequest, station: Station) -> HttpResponseBase:
    return _draw(request, station, PositionForm(station=station))


def save(request: HttpRequest, station: Station) -> HttpResponseBase:
    form = PositionForm(posted(request), station=station)
    if form.is_valid() and fits(form, services.update_station, access_of(request).actor, station, form.cleaned_data):
        messages.success(request, _("The address and position were saved."))
        return _back(station)
    return _draw(request, station, form)


def locate(request: HttpRequest, station: Station) -> HttpResponseBase:
    """Ask the geocoder where the typed address lies; nothing is saved."""
    form = PositionForm(posted(request), station=station)
    if form.is_valid():
        address = services.full_address(form.entered)
        attempt(request, _("The geocoder found the address."), geocoding.find_position, address)
    return _draw(request, station, form)


def take_over(request: HttpRequest, station: Station) -> HttpResponseBase:
    """Save the typed address, and the pin where the geocoder found it."""
    form = PositionForm(posted(request), station=station)
    if form.is_valid() and fits(form, _take_over, request, station, form):
        messages.success(request, _("The pin stands at the address now."))
        return _back(station)
    return _draw(request, station, form)


def _take_over(request: HttpRequest, station: Station, form: PositionForm) -> None:
    position = geocoding.known_position(services.full_address(form.entered))
    if position is None:
        raise Refused(_("Look the address up first."))
    found = dict(zip(form.position, position, strict=True))
    services.update_station(access_of(request).actor, station, {**form.cleaned_data, **found})


def _back(station: Station) -> HttpResponse:
    return redirect("station-tab", station.identity, SLUG)


def _draw(request: HttpRequest, station: Station, form: PositionForm) -> HttpResponse:
    may_change = access_of(request).can(CHANGE_LOCATION)
    if not may_change:
        for field in form.fields.values():
            field.disabled = True
    refused = form.is_bound and not form.is_valid()
    context = {"form": form, "may_change": may_change, **_compared(station if refused else form.entered)}
    return station_tab(request, station, SLUG, "stations/geolocation.html", context, 422 if refused else 200)


def _compared(station: Station) -> dict[str, Any]:
    """What the geocoder said of the address, as far as it was asked, and how far the pin lies from there."""
    found = geocoding.known_position(services.full_address(station))
    away_m = None
    if found and station.latitude is not None and station.longitude is not None:
        here, there = (float(station.latitude), float(station.longitude)), (float(found[0]), float(found[1]))
        away_m = distance_m(here, there)
    return {
        "geocoder": geocoding.is_configured() and bool(services.full_address(station)),
        "found": found,
        "away_m": away_m,
        "is_near": away_m is not None and away_m <= NEAR_M,
    }
