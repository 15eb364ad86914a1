"""The tab *Assignments*: the people that a station is assigned to, and its groups."""

from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from common.access import access_of
from common.doors import fits, posted
from common.forms import done, form_page
from common.views import page
from stations import services
from stations.forms import ASSIGNMENTS, AssignmentsForm
from stations.models import Station
from stations.rights import CHANGE_ASSIGNMENTS
from stations.selectors import station_by_identity
from stations.views.sheet import station_tab

SLUG = "assignments"


def assignments(request: HttpRequest, station: Station) -> HttpResponseBase:
    context = {
        "assignments": [(label, getattr(station, name)) for name, label in ASSIGNMENTS.items()],
        "back_query": f"?{urlencode({'station': station.identity})}",
    }
    return station_tab(request, station, SLUG, "stations/assignments.html", context)


def way_back(request: HttpRequest, otherwise: str) -> str:
    """Whoever made a contact or a group from the tab of a station (`?station=`) returns there, others to their list."""
    identity = request.GET.get("station")
    return (
        reverse("station-tab", args=[station_by_identity(identity).identity, SLUG]) if identity else reverse(otherwise)
    )


@page(CHANGE_ASSIGNMENTS)
def edit(request: HttpRequest, identity: str) -> HttpResponseBase:
    station = station_by_identity(identity)
    form, back = (
        AssignmentsForm(posted(request), station=station),
        reverse("station-tab", args=[station.identity, SLUG]),
    )
    if form.is_valid() and fits(form, services.update_station, access_of(request).actor, station, form.cleaned_data):
        return done(request, back)
    title = _("Assignments of %(station)s") % {"station": station}
    return form_page(request, form, title=title, submit=_("Save"), back=back)
