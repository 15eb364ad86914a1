"""The tab *History*: what people wrote down of a station, and what the portal noticed."""

from collections.abc import Callable
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext as _

from common.access import access_of
from common.actor import Actor
from common.doors import attempt, fits, posted
from common.forms import done, form_page
from common.numbers import whole_number
from common.views import page
from stations import services
from stations.filters import HistoryFilter
from stations.forms import HistoryForm
from stations.models import HistoryEntry, Station
from stations.rights import WRITE_HISTORY
from stations.selectors import station_by_identity
from stations.tables import HISTORY
from stations.views.sheet import station_tab

SLUG = "history"
_MOST_PINNED = 20


def history(request: HttpRequest, station: Station) -> HttpResponseBase:
    entries = _entries(request, station)
    filters = HistoryFilter(request.GET, entries.filter(deleted_at=None), request=request)
    table = HISTORY.bind(request, filters.qs, filters)
    if response := table.response():
        return response
    pinned = [] if filters.chips else list(entries.filter(pinned=True, deleted_at=None)[:_MOST_PINNED])
    context = {"table": table, "filters": filters, "pinned": pinned, "deleted": _deleted(request, entries)}
    return station_tab(request, station, SLUG, "stations/history.html", context)


def _entries(request: HttpRequest, station: Station) -> QuerySet[Any]:
    """The station's entries, each with `own`: whether the caller wrote it."""
    actor = access_of(request).actor
    own = Q(event="", actor_kind=actor.kind, actor_id=actor.id)
    return (
        HistoryEntry.objects.filter(station=station)
        .select_related("station")
        .prefetch_related("files")
        .annotate(own=own)
    )


def _deleted(request: HttpRequest, entries: QuerySet[Any]) -> HistoryEntry | None:
    """The entry that the caller has just deleted, and may still bring back."""
    pk = whole_number(request.GET.get("deleted")) or 0
    return entries.filter(pk=pk, own=True).exclude(deleted_at=None).first()


@page(WRITE_HISTORY)
def write(request: HttpRequest, identity: str) -> HttpResponseBase:
    station = station_by_identity(identity)
    with timezone.override(ZoneInfo(station.time_zone)):
        form = HistoryForm(posted(request), _files(request), initial={"at": timezone.now()})
        if form.is_valid() and fits(form, services.write_entry, access_of(request).actor, station, **form.cleaned_data):
            return done(request, _address(station))
        title = _("New entry in the history of %(station)s") % {"station": station}
        return form_page(request, form, title=title, submit=_("Write down"), back=_address(station))


@page(WRITE_HISTORY)
def edit(request: HttpRequest, pk: int) -> HttpResponseBase:
    entry: HistoryEntry = get_object_or_404(HistoryEntry.objects.select_related("station"), pk=pk, deleted_at=None)
    station = entry.station
    with timezone.override(ZoneInfo(station.time_zone)):
        initial = {name: getattr(entry, name) for name in ("kind", "at", "text")}
        form = HistoryForm(posted(request), _files(request), initial=initial, present=entry.files.all())
        if form.is_valid() and fits(form, services.change_entry, access_of(request).actor, entry, **form.cleaned_data):
            return done(request, _address(station))
        return form_page(request, form, title=_("Edit the entry"), submit=_("Save"), back=_address(station))


def _files(request: HttpRequest) -> MultiValueDict[str, UploadedFile] | None:
    return request.FILES if request.method == "POST" else None


def pin(request: HttpRequest, station: Station) -> HttpResponse:
    return _change(
        request, station, _("The entry is pinned."), lambda actor, one: services.pin_entry(actor, one, pinned=True)
    )


def unpin(request: HttpRequest, station: Station) -> HttpResponse:
    return _change(
        request,
        station,
        _("The entry is no longer pinned."),
        lambda actor, one: services.pin_entry(actor, one, pinned=False),
    )


def restore(request: HttpRequest, station: Station) -> HttpResponse:
    return _change(request, station, _("The entry is back."), services.restore_entry)


def delete(request: HttpRequest, station: Station) -> HttpResponse:
    """The tab then offers to bring the entry back."""
    answer = _change(request, station, _("The entry was deleted."), services.delete_entry)
    answer["Location"] += f"?deleted={request.POST.get('entry', '')}"
    return answer


def _change(
    request: HttpRequest, station: Station, told: str, service: Callable[[Actor, HistoryEntry], None]
) -> HttpResponse:
    """Do something with the entry that the form names."""
    entry = HistoryEntry.objects.filter(station=station, pk=whole_number(request.POST.get("entry")) or 0).first()
    if entry is None:
        messages.error(request, _("This entry is not there any more."))
    else:
        attempt(request, told, service, access_of(request).actor, entry)
    return redirect(_address(station))


def _address(station: Station) -> str:
    return reverse("station-tab", args=[station.identity, SLUG])
