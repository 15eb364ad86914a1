"""What strangers may read: the feed of a portal, and the map that draws it. No session, no scope but the portal's."""

from typing import Any
from urllib.parse import urlencode

from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import get_conditional_response, patch_cache_control, set_response_etag
from django.views.decorators.http import require_safe
from django_scopes import scope, scopes_disabled

from common.geo import parse_box
from common.numbers import whole_number
from common.rate_limits import rate_limited
from common.text import fit
from common.views import public
from stations.feed import collection, page_of, published
from stations.fleet_map import box_around
from stations.models import Portal

FEED_PER_MINUTE = 240
MAP_PER_MINUTE = 60
# So long a browser or a proxy may show what it has.
FRESH_S = 15
# How many stations the map lists in words.
LISTED = 200
TOKEN_LENGTH = 43


def portal_of(organisation: str, token: str) -> Portal:
    """The portal of an address; 404 where it names none, without saying what is wrong."""
    with scopes_disabled():
        portals = Portal.objects.select_related("organisation")
        portal = portals.filter(token=fit(token, TOKEN_LENGTH), organisation__slug=organisation).first()
    if portal is None:
        raise Http404
    return portal


@public
@require_safe
@rate_limited("feed", FEED_PER_MINUTE)
def feed(request: HttpRequest, organisation: str, token: str) -> HttpResponseBase:
    """GeoJSON of the portal's stations: `bbox` narrows it, `after` goes on behind a page (see `next`)."""
    portal = portal_of(organisation, token)
    try:
        box = parse_box(request.GET["bbox"]) if request.GET.get("bbox") else None
    except ValidationError as error:
        return _open_to_all(JsonResponse({"error": error.messages[0]}, status=400))
    with scope(organisation=portal.organisation):
        page = page_of(portal, box, whole_number(request.GET.get("after")) or 0)
        answer = JsonResponse(collection(page, _next_url(request, page.after)), content_type="application/geo+json")
    if page.after:
        answer["Link"] = f'<{_next_url(request, page.after)}>; rel="next"'
    patch_cache_control(answer, public=True, max_age=FRESH_S)
    set_response_etag(answer)
    return _open_to_all(get_conditional_response(request, answer["ETag"], None, answer) or answer)


def _next_url(request: HttpRequest, after: int | None) -> str:
    if after is None:
        return ""
    box = request.GET.get("bbox", "")
    query = urlencode({"bbox": box, "after": after} if box else {"after": after})
    return request.build_absolute_uri(f"{request.path}?{query}")


def _open_to_all(answer: Any) -> HttpResponse:
    """Websites of others may read it from their pages (Fetch standard, CORS)."""
    answer["Access-Control-Allow-Origin"] = "*"
    return answer


@public
@require_safe
@rate_limited("public-map", MAP_PER_MINUTE)
def public_map(request: HttpRequest, organisation: str, token: str) -> HttpResponseBase:
    """A map of the portal's stations, to be embedded in the websites that the portal names."""
    portal = portal_of(organisation, token)
    with scope(organisation=portal.organisation):
        found = published(portal)
        context = {
            "portal": portal,
            "feed_url": reverse("geojson-feed", args=[organisation, token]),
            "listed": list(found.order_by("city", "street", "pk")[:LISTED]),
            "count": found.count(),
            "box": box_around(found),
        }
    answer = render(request, "stations/public_map.html", context)
    answer._csp_replace = {"frame-ancestors": ["'self'", *portal.embedded_by]}  # type: ignore[attr-defined]
    answer.xframe_options_exempt = True
    return answer
