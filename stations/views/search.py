"""The quick search of the top bar: hits while typing, and a page of them without JavaScript."""

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse

from common.access import Access, access_of
from common.searches import Found, found_by_name
from common.text import fit
from common.views import page
from stations.rights import VIEW_STATIONS
from stations.search import Hit, quick_search

LIMIT = 10
LONGEST = 100


@dataclass(frozen=True)
class Result:
    """One line with the address of what it names: a hit leads to a charge port's own page, else the station's sheet;
    without a hit it is something else, `found` by its name.
    """

    url: str
    hit: Hit | None = None
    found: Found | None = None


@page(VIEW_STATIONS)
def search(request: HttpRequest) -> HttpResponseBase:
    """`best` opens the best hit at once: what Enter does before the hits have come."""
    text = fit(request.GET.get("q", ""), LONGEST)
    results = results_for(access_of(request), text) if text else []
    if results and request.GET.get("best"):
        return redirect(results[0].url)
    htmx = getattr(request, "htmx", None)
    template = "stations/search_results.html" if htmx else "stations/search.html"
    return render(request, template, {"text": text, "results": results})


def results_for(access: Access, text: str) -> list[Result]:
    """Stations that are called so, then what else is, then stations that come near."""
    hits = quick_search(access.organisation, text, LIMIT)
    exact = sum(hit.text.upper() == text.upper() for hit in hits)
    results = [Result(address_of(hit), hit) for hit in hits]
    others = [Result(found.url, found=found) for found in found_by_name(access, text)]
    return [*results[:exact], *others, *results[exact:]]


def address_of(hit: Hit) -> str:
    if hit.port_number is None:
        return reverse("station", args=[hit.station.identity])
    return reverse("charge-port", args=[hit.station.identity, hit.port_number])
