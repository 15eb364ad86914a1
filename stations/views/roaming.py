"""The tab *Roaming*: what roaming partners are told of the station."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from common.access import access_of
from common.doors import fits, posted
from stations.forms.marketing import RoamingForm
from stations.models import RoamingData, Station
from stations.rights import CHANGE_ROAMING
from stations.services.marketing import change_roaming
from stations.views.sheet import station_tab

SLUG = "roaming"


def roaming(request: HttpRequest, station: Station) -> HttpResponseBase:
    return _draw(request, station, RoamingForm(roaming=_of(station)))


def save(request: HttpRequest, station: Station) -> HttpResponseBase:
    form = RoamingForm(posted(request), roaming=_of(station))
    if form.is_valid() and fits(form, change_roaming, access_of(request).actor, station, form.cleaned_data):
        messages.success(request, _("The data for roaming partners were saved."))
        return redirect("station-tab", station.identity, SLUG)
    return _draw(request, station, form)


def _of(station: Station) -> RoamingData:
    return RoamingData.objects.filter(station=station).first() or RoamingData()


def _draw(request: HttpRequest, station: Station, form: RoamingForm) -> HttpResponse:
    may_change = access_of(request).can(CHANGE_ROAMING)
    if not may_change:
        for field in form.fields.values():
            field.disabled = True
    context = {"form": form, "may_change": may_change}
    status = 422 if form.is_bound and form.errors else 200
    return station_tab(request, station, SLUG, "stations/roaming.html", context, status)
