"""Errors: of a station, of all stations, and one error with all that is known of it."""

from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, render

from chargeports import selectors
from chargeports.choices import Severity
from chargeports.error_catalogue import explanation_of
from chargeports.filters import ErrorFilter, StationErrorFilter
from chargeports.models import ChargePort, EquipmentError
from chargeports.rights import VIEW_ERRORS
from chargeports.tables import ERRORS, STATION_ERRORS, gravity_of
from common.access import Access, access_of
from common.views import page
from stations.models import Station
from stations.views.sheet import station_tab

SLUG = "errors"
# How many open errors the top of the tab shows; the list below has them all.
_SHOWN = 20


@page(VIEW_ERRORS, token_allowed=True)
def errors(request: HttpRequest) -> HttpResponseBase:
    filters = ErrorFilter(request.GET, selectors.errors(), request=request)
    table = ERRORS.bind(request, filters.qs, filters)
    context = {"table": table, "filters": filters, "organisation": access_of(request).organisation}
    return table.response() or render(request, "chargeports/errors.html", context)


def station_errors(request: HttpRequest, station: Station) -> HttpResponseBase:
    filters = StationErrorFilter(request.GET, selectors.errors_of(station), request=request)
    table = STATION_ERRORS.bind(request, filters.qs, filters)
    context = {"table": table, "filters": filters}
    return table.response() or station_tab(request, station, SLUG, "chargeports/station_errors.html", context)


@page(VIEW_ERRORS)
def error(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Everything that is known of one error; other apps add what they did about it at the place `error.details`."""
    found = get_object_or_404(selectors.errors(), pk=pk)
    port = ChargePort.objects.filter(station=found.station, number=found.port_number).first()
    others = selectors.errors_of(found.station).filter(error_code=found.error_code).exclude(pk=found.pk)
    context = {
        "error": found,
        "gravity": gravity_of(found),
        "station": found.station,
        "port": port,
        "explanation": explanation_of(found),
        "earlier": others.filter(vendor_error_code=found.vendor_error_code).order_by("-since")[:10],
    }
    return render(request, "chargeports/error.html", context)


# --- Live parts ---------------------------------------------------------------------------------------------------
def errors_now(access: Access, station: Station) -> dict[str, Any]:
    """Whether the station is connected, and its errors that have not ended."""
    found = selectors.errors_of(station).filter(until__isnull=True).order_by("-since", "-pk")
    open_errors = list(found[: _SHOWN + 1])
    shown = [(each, gravity_of(each), explanation_of(each)) for each in open_errors[:_SHOWN]]
    return {"station": station, "errors": shown, "more": len(open_errors) > _SHOWN}


def fleet_errors(access: Access, organisation: Any) -> dict[str, Any]:
    """How many errors have not ended; what changes when one begins or ends."""
    counts = selectors.count_open_errors()
    newest = EquipmentError.objects.order_by("-since", "-id").first()
    by_severity = [(severity, counts[severity]) for severity in Severity if counts.get(severity)]
    return {"count": sum(counts.values()), "by_severity": by_severity, "newest": newest}
