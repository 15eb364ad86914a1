"""Log files of a charge port's station, from the port's header: ask for new ones, and fetch those that came."""

from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse

from chargeports import selectors
from chargeports.forms.files import GetDiagnostics, GetLog
from chargeports.rights import VIEW_DIAGNOSTICS
from chargeports.transfers import UPLOADS
from chargeports.views.transfers import asks_of
from common.access import Access, access_of
from common.views import page, page_or_fragment
from stations.models import Station

_SHOWN = 20


@page(VIEW_DIAGNOSTICS)
def log_files(request: HttpRequest, identity: str, number: int) -> HttpResponseBase:
    """In the dialog or on a page of its own. Closing it stops nothing: what was asked for goes on."""
    port = selectors.port_by_address(access_of(request).organisation, identity, number)
    context = {
        "port": port,
        "station": port.station,
        "asks": asks_of(request, port.station, GetDiagnostics, GetLog),
        "back": reverse("charge-port", args=[port.station.identity, number]),
    }
    return page_or_fragment(request, "chargeports/log_files.html", context, "chargeports/log_files_body.html")


def files_of(access: Access, station: Station) -> dict[str, Any]:
    """The newest requests with what came of them, live. One query."""
    found = selectors.transfers_of(station, UPLOADS).order_by("-pk")
    return {"station": station, "transfers": found[:_SHOWN]}
