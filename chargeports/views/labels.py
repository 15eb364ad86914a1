"""Labels with QR codes, to be printed and stuck beside the plugs."""

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase

from chargeports import labels, selectors
from chargeports.models import ChargePort
from chargeports.rights import VIEW_PORTS
from common.access import access_of
from common.views import page
from stations.selectors import station_by_identity


@page(VIEW_PORTS)
def label_svg(request: HttpRequest, identity: str, number: int) -> HttpResponseBase:
    port = _labelled(request, identity, number)
    return _file(labels.as_svg(port), "image/svg+xml", f"{port.station.identity}-{number}.svg")


@page(VIEW_PORTS)
def label_png(request: HttpRequest, identity: str, number: int) -> HttpResponseBase:
    port = _labelled(request, identity, number)
    return _file(labels.as_png(port), "image/png", f"{port.station.identity}-{number}.png")


@page(VIEW_PORTS)
def labels_pdf(request: HttpRequest, identity: str) -> HttpResponseBase:
    """All ports of the station that have an EVSE ID."""
    station = station_by_identity(identity)
    ports = [port for port in selectors.ports_of(station) if port.evse_id]
    if not ports:
        raise Http404
    return _file(labels.as_pdf(ports), "application/pdf", f"{station.identity}.pdf")


def _labelled(request: HttpRequest, identity: str, number: int) -> ChargePort:
    """The port; without an EVSE ID there is nothing that a label could lead to."""
    port = selectors.port_by_address(access_of(request).organisation, identity, number)
    if not port.evse_id:
        raise Http404
    return port


def _file(content: str | bytes, content_type: str, name: str) -> HttpResponse:
    return HttpResponse(
        content, content_type=content_type, headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )
