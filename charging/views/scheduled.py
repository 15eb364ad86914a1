"""Scheduled stops of sessions: the station's tab, the list over all stations, and the forms to plan and cancel one."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from chargeports.models import ChargePort
from chargeports.rights import CONTROL_CHARGING
from charging import selectors, services
from charging.choices import StopCause
from charging.filters import FleetStopFilter, StopFilter
from charging.forms.scheduled import StopForm
from charging.models import ScheduledStop
from charging.rights import VIEW_SCHEDULED
from charging.tables import FLEET_STOPS, STOPS
from common.access import Access, access_of
from common.confirming import confirm
from common.doors import fits, posted
from common.forms import done, form_page
from common.views import page
from stations.choices import OperatingKind
from stations.models import Station
from stations.schedules import access_of_station, operating_schedule
from stations.selectors import station_by_identity
from stations.views.sheet import station_tab

SLUG = "scheduled-jobs"


def has_operating_hours(station: Station, access: Access) -> bool:
    """The tab is there only where operating and opening hours are in use."""
    kept = access_of_station(station)
    return kept is not None and kept.operating_kind != OperatingKind.ALWAYS


def station_stops(request: HttpRequest, station: Station) -> HttpResponseBase:
    filters = StopFilter(request.GET, selectors.scheduled_stops().filter(station=station), request=request)
    table = STOPS.bind(request, filters.qs, filters)
    context = {"table": table, "filters": filters}
    return table.response() or station_tab(request, station, SLUG, "charging/scheduled_stops.html", context)


@page(VIEW_SCHEDULED)
def all_stops(request: HttpRequest) -> HttpResponseBase:
    filters = FleetStopFilter(request.GET, selectors.scheduled_stops(), request=request)
    table = FLEET_STOPS.bind(request, filters.qs, filters)
    return table.response() or render(request, "list.html", {"table": table, "filters": filters})


# --- Live parts ---------------------------------------------------------------------------------------------------
def next_of_station(access: Access, station: Station) -> dict[str, Any]:
    coming = selectors.coming_stops(station)
    return {"stop": coming[0] if coming else None, "stops": len(coming), "url": _url_of(station, access)}


def hours_now(access: Access, station: Station) -> dict[str, Any]:
    """Whether charging is possible now, and what is coming."""
    now = timezone.now()
    schedule = operating_schedule(station)
    return {
        "station": station,
        "is_open": schedule.is_open(now),
        "changes_at": schedule.next_change(now),
        "stops": selectors.coming_stops(station),
    }


def of_port(access: Access, port: ChargePort) -> dict[str, Any]:
    stops = [stop for stop in selectors.coming_stops(port.station) if stop.port_number == port.number]
    return {"stops": stops, "station": port.station, "access": access}


def _url_of(station: Station, access: Access) -> str:
    if has_operating_hours(station, access):
        return reverse("station-tab", args=[station.identity, SLUG])
    return f"{reverse('scheduled-stops')}?q={station.identity}"


# --- Forms --------------------------------------------------------------------------------------------------------
@page(CONTROL_CHARGING)
def add_stop(request: HttpRequest, identity: str) -> HttpResponseBase:
    station = station_by_identity(identity)
    form = StopForm(posted(request), station=station)
    actor = access_of(request).actor
    if form.is_valid() and fits(
        form, services.schedule_stop, form.session, form.cleaned_data["at"], StopCause.ASKED, actor
    ):
        return done(request, _url_of(station, access_of(request)))
    title = _("Stop a session later · %(station)s") % {"station": station.identity}
    return form_page(request, form, title=title, submit=_("Plan"), back=_url_of(station, access_of(request)))


@page(CONTROL_CHARGING)
def cancel_stop(request: HttpRequest, pk: int) -> HttpResponseBase:
    intro = _("The session goes on until the driver, the vehicle or somebody else ends it.")
    return _asked(request, services.cancel_stop, pk, _("Cancel scheduled stop"), _("Cancel the stop"), intro)


@page(CONTROL_CHARGING)
def run_stop(request: HttpRequest, pk: int) -> HttpResponseBase:
    intro = _("The session is stopped now. While the station is offline it is tried again until the session has ended.")
    return _asked(request, services.stop_now, pk, _("Run scheduled stop now"), _("Stop now"), intro)


def _asked(
    request: HttpRequest, service: Callable[..., None], pk: int, title: str, submit: str, intro: str
) -> HttpResponseBase:
    stop: ScheduledStop = get_object_or_404(selectors.scheduled_stops(), pk=pk)
    back = _url_of(stop.station, access_of(request))
    title = f"{title} · {stop.station.identity}, {stop.port_number}"
    return confirm(request, service, stop, title=title, submit=submit, back=back, intro=intro)
