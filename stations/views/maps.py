"""The map of the fleet, and what its script asks for while it is moved."""

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import render
from django.utils.cache import get_conditional_response, patch_cache_control, set_response_etag
from django.views.decorators.http import require_safe

from common.geo import WORLD, Box, parse_box
from common.views import page
from stations.fleet_map import CLOSEST_ZOOM, map_of, opening_box
from stations.rights import VIEW_STATIONS
from stations.views.lists import filtered


@page(VIEW_STATIONS)
@require_safe
def fleet(request: HttpRequest) -> HttpResponseBase:
    """The map with the filters of the list, opened where the stations that match them stand."""
    filters = filtered(request)
    box = opening_box(filters.qs.select_related(None).prefetch_related(None), filters.counts())
    return render(request, "stations/map.html", {"filters": filters, "box": box})


@page(VIEW_STATIONS, token_allowed=True)
@require_safe
def points(request: HttpRequest) -> HttpResponseBase:
    """Clusters or stations in the box `bbox` at the zoom `zoom`, of the stations that the list's filters match."""
    try:
        box, zoom = _asked_for(request)
    except ValidationError as error:
        return JsonResponse({"error": error.messages[0]}, status=400)
    filters = filtered(request)
    return tagged(request, JsonResponse(map_of(filters.qs, box, zoom, filters.counts())))


def _asked_for(request: HttpRequest) -> tuple[Box, int]:
    text, zoom = request.GET.get("bbox", ""), request.GET.get("zoom", "")
    box = parse_box(text) if text else WORLD
    return box, min(int(zoom), CLOSEST_ZOOM) if zoom.isascii() and zoom.isdecimal() and len(zoom) < 4 else 0


def tagged(request: HttpRequest, response: HttpResponse) -> HttpResponseBase:
    """The answer with its ETag; 304 where the caller has it already."""
    patch_cache_control(response, no_cache=True, private=True)
    set_response_etag(response)
    return get_conditional_response(request, response["ETag"], None, response) or response
