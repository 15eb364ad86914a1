"""The quick search of the top bar: hits while typing, and a page of them without JavaScript."""

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse

from common.access import access_of
from common.text import fit
from common.views import page
from stations.rights import VIEW_STATIONS
from stations.search import Hit, quick_search

LIMIT = 10
LONGEST = 100


@dataclass(frozen=True)
class Result:
    """A hit with the address of what it names: a charge port's own page, else the station's sheet."""

    hit: Hit
    url: str


@page(VIEW_STATIONS)
def search(request: HttpRequest) -> HttpResponseBase:
    """`best` opens the best hit at once: what Enter does before the hits have come."""
    text = fit(request.GET.get("q", ""), LONGEST)
    hits = quick_search(access_of(request).organisation, text, LIMIT) if text else []
    results = [Result(hit, address_of(hit)) for hit in hits]
    if results and request.GET.get("best"):
        return redirect(results[0].url)
    htmx = getattr(request, "htmx", None)
    template = "stations/search_results.html" if htmx else "stations/search.html"
    return render(request, template, {"text": text, "results": results})


def address_of(hit: Hit) -> str:
    if hit.port_number is None:
        return reverse("station", args=[hit.station.identity])
    return reverse("charge-port", args=[hit.station.identity, hit.port_number])
