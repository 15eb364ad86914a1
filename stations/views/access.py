"""The tab *Access*: opening and operating hours, exceptions, holidays and house rules; whether it is open now."""

from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.db.models import prefetch_related_objects
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _

from common.access import access_of
from common.doors import attempt, fits, posted
from common.forms import done, form_page
from common.numbers import whole_number
from common.views import page
from stations import schedules, services
from stations.forms.access import AccessForm, ExceptionForm
from stations.models import HoursException, Station
from stations.opening_hours import as_text
from stations.rights import CHANGE_ACCESS
from stations.selectors import station_by_identity
from stations.views.sheet import station_tab

SLUG = "access"


def access(request: HttpRequest, station: Station) -> HttpResponseBase:
    return _draw(request, station, AccessForm(station=station))


def save(request: HttpRequest, station: Station) -> HttpResponseBase:
    form = AccessForm(posted(request), station=station)
    if form.is_valid() and fits(form, services.change_access, access_of(request).actor, station, form.values):
        messages.success(request, _("The access was saved."))
        return _back(station)
    return _draw(request, station, form)


@page(CHANGE_ACCESS)
def add_exception(request: HttpRequest, identity: str) -> HttpResponseBase:
    station = station_by_identity(identity)
    form = ExceptionForm(posted(request))
    actor = access_of(request).actor
    if form.is_valid() and fits(form, services.add_exception, actor, station, form.cleaned_data):
        return done(request, _back(station).url)
    return form_page(
        request,
        form,
        title=_("Other hours of %(station)s") % {"station": station},
        intro=_("On these days they hold in place of the weekday's and the holiday's hours."),
        submit=_("Add"),
        back=_back(station).url,
    )


def remove_exception(request: HttpRequest, station: Station) -> HttpResponseBase:
    found = HoursException.objects.filter(station=station, pk=whole_number(request.POST.get("exception")) or 0).first()
    if found:
        attempt(request, _("The exception was removed."), services.remove_exception, access_of(request).actor, found)
    return _back(station)


def _back(station: Station) -> HttpResponseRedirect:
    return redirect("station-tab", station.identity, SLUG)


def _draw(request: HttpRequest, station: Station, form: AccessForm) -> HttpResponse:
    may_change = access_of(request).can(CHANGE_ACCESS)
    if not may_change:
        for field in form.fields.values():
            field.disabled = True
    context = {"form": form, "may_change": may_change, **_now(station)}
    status = 422 if form.is_bound and form.errors else 200
    return station_tab(request, station, SLUG, "stations/access.html", context, status)


def _now(station: Station) -> dict[str, Any]:
    """What holds at this moment, what comes next, and the days that differ."""
    prefetch_related_objects([station], "hours_exceptions")
    now = timezone.now()
    opening, operating = schedules.opening_schedule(station), schedules.operating_schedule(station)
    today = now.astimezone(ZoneInfo(station.time_zone)).date()
    coming = schedules.coming_holidays(station, today)
    return {
        "is_known": bool(station.opening_hours),
        "states": (
            (_("Open"), _("Closed"), opening.is_open(now), opening.next_change(now)),
            (
                _("Charging is possible"),
                _("Charging is not possible"),
                operating.is_open(now),
                operating.next_change(now),
            ),
        ),
        "exceptions": [(one, as_text(one.openings)) for one in station.hours_exceptions.all()],
        "holidays": [(day, name, as_text(list(opening.openings_on(day)))) for day, name in coming],
        "today": today,
    }
