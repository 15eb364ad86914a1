"""The station's tab *Charge points*, and the forms to add, change and delete charge ports."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _

from chargeports import selectors, services
from chargeports.forms import PortForm
from chargeports.models import ChargePort
from chargeports.rights import CHANGE_PORTS
from common.access import Access, access_of
from common.confirming import confirm
from common.doors import fits
from common.forms import done, form_page
from common.rights import Text
from common.views import page
from stations.models import Station
from stations.selectors import station_by_identity
from stations.views.sheet import station_tab

SLUG = "charge-points"


@dataclass(frozen=True)
class Point:
    """A port with its status and what is missing for a correct display elsewhere."""

    port: ChargePort
    status: Any
    error: str
    warnings: list[Text]


def charge_points(request: HttpRequest, station: Station) -> HttpResponseBase:
    return station_tab(request, station, SLUG, "chargeports/points.html", {})


def points(access: Access, station: Station) -> dict[str, Any]:
    """What the tab's live list shows."""
    ports = selectors.ports_of(station)
    names = Counter(port.name.casefold() for port in ports)
    return {
        "station": station,
        "points": [
            Point(port, selectors.status_of(port), selectors.error_of(port), warnings_on(port, names)) for port in ports
        ],
        "has_labels": any(port.evse_id for port in ports),
        "may_change": access.can(CHANGE_PORTS),
    }


def warnings_on(port: ChargePort, names: Counter[str]) -> list[Text]:
    """`names` counts the names of the station's ports. EVSE IDs are unique: no port is saved with another's."""
    found: list[Text] = []
    if not port.name:
        found.append(_("The name is missing."))
    elif names[port.name.casefold()] > 1:
        found.append(_("Another charge port of the station has this name."))
    if not port.evse_id:
        found.append(_("The EVSE ID is missing."))
    return found


@page(CHANGE_PORTS)
def create_port(request: HttpRequest, identity: str) -> HttpResponseBase:
    station = station_by_identity(identity)
    taken = max((port.number for port in selectors.ports_of(station)), default=0)
    port = ChargePort(station=station, number=taken + 1)
    form = PortForm(request.POST if request.method == "POST" else None, port=port)
    actor = access_of(request).actor
    if form.is_valid() and fits(form, services.create_port, actor, station, form.cleaned_data):
        return done(request, points_url(station))
    return form_page(request, form, title=_("New charge port"), submit=_("Create"), back=points_url(station))


@page(CHANGE_PORTS)
def edit_port(request: HttpRequest, identity: str, number: int) -> HttpResponseBase:
    access = access_of(request)
    port = selectors.port_by_address(access.organisation, identity, number)
    title = _("Charge port %(port)s") % {"port": port}
    form = PortForm(request.POST if request.method == "POST" else None, port=port)
    if form.is_valid() and fits(form, services.update_port, access.actor, port, form.cleaned_data):
        return done(request, points_url(port.station))
    return form_page(request, form, title=title, submit=_("Save"), back=points_url(port.station))


@page(CHANGE_PORTS)
def delete_port(request: HttpRequest, identity: str, number: int) -> HttpResponseBase:
    port = selectors.port_by_address(access_of(request).organisation, identity, number)
    return confirm(
        request,
        services.delete_port,
        port,
        title=_("Delete charge port %(port)s") % {"port": port},
        submit=_("Delete"),
        back=points_url(port.station),
        warning=_(
            "Its sessions, commands and errors stay with the station. A charger that still has the connector brings "
            "the port back with its next status, without name and EVSE ID."
        ),
        danger=True,
    )


def points_url(station: Station) -> str:
    return reverse("station-tab", args=[station.identity, SLUG])
