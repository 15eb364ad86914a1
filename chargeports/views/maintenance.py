"""Maintenance windows: the station's tab, the list over all stations, and the forms to add, end and remove one."""

from collections.abc import Callable
from typing import Any

from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from chargeports import selectors, services
from chargeports.filters import FleetWindowFilter, WindowFilter
from chargeports.forms import WindowChangeForm, WindowForm
from chargeports.models import MaintenanceWindow
from chargeports.rights import CHANGE_MAINTENANCE, VIEW_MAINTENANCE
from chargeports.tables import FLEET_WINDOWS, WINDOWS
from common.access import Access, access_of
from common.confirming import confirm
from common.doors import fits, posted
from common.forms import done, form_page
from common.views import page
from stations.models import Station
from stations.selectors import has_service_package, station_by_identity
from stations.views.sheet import station_tab

SLUG = "maintenance-windows"


def is_offered(station: Station, access: Access) -> bool:
    """Maintenance windows come with a service package of the station."""
    return has_service_package(station)


def windows(request: HttpRequest, station: Station) -> HttpResponseBase:
    filters = WindowFilter(request.GET, selectors.windows().filter(station=station), request=request)
    table = WINDOWS.bind(request, filters.qs, filters)
    context = {"table": table, "filters": filters}
    return table.response() or station_tab(request, station, SLUG, "chargeports/windows.html", context)


@page(VIEW_MAINTENANCE)
def all_windows(request: HttpRequest) -> HttpResponseBase:
    filters = FleetWindowFilter(request.GET, selectors.windows(), request=request)
    table = FLEET_WINDOWS.bind(request, filters.qs, filters)
    return table.response() or render(request, "list.html", {"table": table, "filters": filters})


def active_now(access: Access, station: Station) -> dict[str, Any]:
    """What the live part shows: the windows that are active, and how many are to come."""
    now = timezone.now()
    ahead = selectors.windows().filter(station=station, ends_at__gt=now).order_by("starts_at")
    found = list(ahead)
    return {
        "station": station,
        "active": [window for window in found if window.starts_at <= now],
        "planned": [window for window in found if window.starts_at > now],
        "is_offered": bool(found) and has_service_package(station),
    }


@page(CHANGE_MAINTENANCE)
def add_window(request: HttpRequest, identity: str) -> HttpResponseBase:
    station = station_by_identity(identity)
    if not has_service_package(station):
        raise Http404
    form = WindowForm(posted(request), station=station)
    actor = access_of(request).actor
    if form.is_valid() and fits(form, services.add_windows, actor, station, form.wish):
        return done(request, tab_url(station))
    title = _("New maintenance window · %(station)s") % {"station": station.identity}
    return form_page(request, form, title=title, submit=_("Add"), back=tab_url(station))


@page(CHANGE_MAINTENANCE)
def change_window(request: HttpRequest, pk: int) -> HttpResponseBase:
    window = _found(pk)
    form = WindowChangeForm(posted(request), window=window)
    actor, back = access_of(request).actor, tab_url(window.station)
    if form.is_valid() and fits(form, services.change_window, actor, window, form.wish):
        return done(request, back)
    title = _("Change maintenance window · %(station)s") % {"station": window.station.identity}
    return form_page(request, form, title=title, submit=_("Save"), back=back)


@page(CHANGE_MAINTENANCE)
def end_window(request: HttpRequest, pk: int) -> HttpResponseBase:
    intro = _("Its end becomes this moment. Errors from now on are escalated again, and what it locked is unlocked.")
    return _asked(request, services.end_window, pk, _("End maintenance window"), _("End now"), intro)


@page(CHANGE_MAINTENANCE)
def remove_window(request: HttpRequest, pk: int) -> HttpResponseBase:
    intro = _("It has not begun yet.")
    return _asked(request, services.remove_window, pk, _("Remove maintenance window"), _("Remove"), intro)


def _found(pk: int) -> MaintenanceWindow:
    return get_object_or_404(selectors.windows(), pk=pk)


def _asked(
    request: HttpRequest, service: Callable[..., None], pk: int, title: str, submit: str, intro: str
) -> HttpResponseBase:
    window = _found(pk)
    title = f"{title} · {window.station.identity}"
    return confirm(request, service, window, title=title, submit=submit, back=tab_url(window.station), intro=intro)


def tab_url(station: Station) -> str:
    return reverse("station-tab", args=[station.identity, SLUG])
