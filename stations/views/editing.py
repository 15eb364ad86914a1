"""Forms for one station: create, edit, clone, change its life cycle."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from common.access import access_of
from common.doors import fits
from common.forms import done, form_page
from common.views import page
from stations import services
from stations.choices import LifeCycle
from stations.forms import CloneForm, LifeCycleForm, NewStationForm, StationForm
from stations.models import Station
from stations.rights import CHANGE_STATIONS
from stations.selectors import station_by_identity


@page(CHANGE_STATIONS)
def create(request: HttpRequest) -> HttpResponseBase:
    access = access_of(request)
    blank = Station(organisation=access.organisation, time_zone=access.organisation.time_zone)
    form = NewStationForm(request.POST or None, station=blank)
    made: list[Station] = []
    if form.is_valid() and fits(
        form, lambda: made.append(services.create_station(access.actor, access.organisation, form.values))
    ):
        messages.success(request, _("The station %(station)s was created.") % {"station": made[0]})
        return redirect("station", made[0].identity)
    return _page(request, form, _("New station"), reverse("stations"))


@page(CHANGE_STATIONS)
def edit(request: HttpRequest, identity: str) -> HttpResponseBase:
    station = station_by_identity(identity)
    form = StationForm(request.POST or None, station=station)
    if form.is_valid() and fits(form, services.update_station, access_of(request).actor, station, form.values):
        messages.success(request, _("The station %(station)s was changed.") % {"station": station})
        return redirect("station", station.identity)
    return _page(request, form, _("Edit %(station)s") % {"station": identity}, reverse("station", args=[identity]))


def _page(request: HttpRequest, form: StationForm, title: str, back: str) -> HttpResponse:
    context = {"form": form, "title": title, "back": back}
    return render(request, "stations/form.html", context, status=422 if form.errors else 200)


@page(CHANGE_STATIONS)
def clone(request: HttpRequest, identity: str) -> HttpResponseBase:
    source = station_by_identity(identity)
    form = CloneForm(request.POST or None, initial={"name": source.name})
    made: list[Station] = []
    if form.is_valid() and fits(
        form, lambda: made.append(services.clone_station(access_of(request).actor, source, **form.cleaned_data))
    ):
        messages.success(request, _("The station %(station)s was planned.") % {"station": made[0]})
        return done(request, reverse("station", args=[made[0].identity]))
    return form_page(
        request,
        form,
        title=_("Clone %(station)s") % {"station": source},
        intro=_(
            "The new station is planned. It gets the same model, address, assignments, groups and charge ports, "
            "but no serial number, SIM card or EVSE IDs: those belong to the one device."
        ),
        submit=_("Clone"),
        back=reverse("station", args=[source.identity]),
    )


@page(CHANGE_STATIONS)
def change_life_cycle(request: HttpRequest, identity: str) -> HttpResponseBase:
    """Each choice says what happens with it."""
    station = station_by_identity(identity)
    form = LifeCycleForm(request.POST or None, station=station)
    if form.is_valid() and fits(
        form,
        lambda: services.change_life_cycle(
            access_of(request).actor, station, LifeCycle(form.cleaned_data["life_cycle"])
        ),
    ):
        state = station.get_life_cycle_display()
        messages.success(request, _("%(station)s is now: %(state)s.") % {"station": station, "state": state})
        return done(request, reverse("station", args=[station.identity]))
    return form_page(
        request,
        form,
        title=_("Life cycle of %(station)s") % {"station": station},
        submit=_("Change life cycle"),
        back=reverse("station", args=[station.identity]),
    )
