"""The export wizard of charge logs: of one station (`?station=`), of what a filter matches, or of ticked sessions."""

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.views.jobs import JobList
from charging.export import SESSION_EXPORT, start_session_export, subject_of
from charging.filters import SessionFilter
from charging.forms.exports import ExportForm
from charging.models import ChargingSession
from charging.rights import EXPORT_SESSIONS
from common.access import access_of
from common.doors import fits
from common.numbers import whole_number
from common.views import page
from stations.selectors import station_by_identity


@page(EXPORT_SESSIONS)
def export_wizard(request: HttpRequest) -> HttpResponseBase:
    """A POST of the list's selection asks only what is to be exported; the wizard's own POST starts the job."""
    access = access_of(request)
    station = station_by_identity(request.GET["station"]) if request.GET.get("station") else None
    filters = SessionFilter(request.GET, ChargingSession.objects.none(), request=request)
    ids = (
        []
        if request.POST.get("all")
        else [pk for text in request.POST.getlist("selected") if (pk := whole_number(text))]
    )
    is_sent = "format" in request.POST
    form = ExportForm(request.POST if is_sent else None, station=station)
    if form.is_valid() and fits(
        form,
        start_session_export,
        access.actor,
        access.organisation,
        station,
        form.cleaned_data,
        query=filters.query,
        ids=ids,
    ):
        return redirect(request.get_full_path())
    context = {
        "form": form,
        "station": station,
        "filters": filters,
        "ids": ids,
        "list": JobList(access.organisation.pk, SESSION_EXPORT.slug, subject_of(station)),
        "title": _("Export charge logs of %(station)s") % {"station": station} if station else _("Export charge logs"),
        "back": reverse("station-tab", args=[station.identity, "charge-logs"]) if station else reverse("charge-logs"),
    }
    return render(request, "charging/export.html", context, status=422 if form.errors else 200)
