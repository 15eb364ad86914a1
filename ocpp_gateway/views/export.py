"""The tab *OCPP export*: ask for the frames of a period as a file, and fetch it when it is made."""

from datetime import timedelta

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone

from accounts.views.jobs import JobList
from common.access import access_of
from common.doors import fits
from ocpp_gateway.export import LONGEST, OCPP_EXPORT, start_export, subject_of
from ocpp_gateway.forms import ExportForm
from stations.models import Station
from stations.views.sheet import station_tab

SLUG = "ocpp-export"


def exports(request: HttpRequest, station: Station) -> HttpResponseBase:
    today = timezone.localdate()
    return _tab(request, station, ExportForm(initial={"first": today - timedelta(days=6), "last": today}))


def start(request: HttpRequest, station: Station) -> HttpResponseBase:
    form = ExportForm(request.POST)
    if form.is_valid() and fits(form, start_export, access_of(request).actor, station, **form.cleaned_data):
        return redirect("station-tab", station.identity, SLUG)
    return _tab(request, station, form, status=422)


def _tab(request: HttpRequest, station: Station, form: ExportForm, status: int = 200) -> HttpResponse:
    mine = JobList(station.organisation_id, OCPP_EXPORT.slug, subject_of(station))
    context = {"form": form, "list": mine, "days": LONGEST.days}
    return station_tab(request, station, SLUG, "ocpp_gateway/exports.html", context, status)
