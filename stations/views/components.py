"""Components: the station's tab *Components*, the list of all of them, and the page of one with its history."""

from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from common.access import Access, access_of
from common.doors import fits, posted
from common.forms import done, form_page
from common.views import page
from stations import selectors, services
from stations.filters import ComponentFilter
from stations.forms import ChangeForm, InstallForm, MoveForm, RemoveForm, ReplaceForm, details_of
from stations.models import Component, ComponentMove, Station
from stations.rights import CHANGE_COMPONENTS, VIEW_COMPONENTS
from stations.selectors import station_by_identity
from stations.tables import COMPONENTS
from stations.views.sheet import station_tab

SLUG = "components"
_MOST = 200


def station_components(request: HttpRequest, station: Station) -> HttpResponseBase:
    """What is installed, and what came and went. Two queries."""
    installed = Component.objects.filter(station=station).select_related("article__group")[:_MOST]
    moves = ComponentMove.objects.filter(station=station).select_related("component__article", "other__article")
    context = {"installed": installed, "moves": moves[:_MOST], "today": selectors.day_at(station)}
    return station_tab(request, station, SLUG, "stations/components.html", context)


@page(VIEW_COMPONENTS)
def components(request: HttpRequest) -> HttpResponseBase:
    rows = Component.objects.select_related("article__group", "station")
    filters = ComponentFilter(request.GET, rows, request=request)
    table = COMPONENTS.bind(request, filters.qs, filters)
    return table.response() or render(request, "stations/components_list.html", {"table": table, "filters": filters})


@page(VIEW_COMPONENTS)
def component(request: HttpRequest, pk: int) -> HttpResponseBase:
    found = _component(pk)
    moves = found.moves.select_related("station", "other__article")[:_MOST]
    return render(request, "stations/component.html", {"component": found, "moves": moves})


@page(CHANGE_COMPONENTS)
def install(request: HttpRequest, identity: str) -> HttpResponseBase:
    station = station_by_identity(identity)
    form = InstallForm(posted(request), initial={"installed_on": selectors.day_at(station)})
    if form.is_valid() and fits(form, services.install_component, access_of(request).actor, station, form.cleaned_data):
        return done(request, _tab(station))
    title = _("Install a component at %(station)s") % {"station": station}
    return form_page(request, form, title=title, submit=_("Install"), back=_tab(station))


@page(CHANGE_COMPONENTS)
def stock(request: HttpRequest) -> HttpResponseBase:
    access, back = access_of(request), reverse("components")
    form = InstallForm(posted(request))
    for name in ("port_number", "installation_number", "installed_by", "installed_on"):
        del form.fields[name]
    if form.is_valid() and fits(form, services.stock_component, access.actor, access.organisation, form.cleaned_data):
        return done(request, back)
    return form_page(request, form, title=_("Take a component into stock"), submit=_("Take into stock"), back=back)


@page(CHANGE_COMPONENTS)
def replace(request: HttpRequest, pk: int) -> HttpResponseBase:
    old = _component(pk)
    today = selectors.day_at(old.station) if old.station else None
    initial = {"article": old.article_id, "port_number": old.port_number, "installed_on": today}
    form = ReplaceForm(posted(request), initial=initial)
    if form.is_valid() and fits(form, lambda: _replace(access_of(request), old, dict(form.cleaned_data))):
        return done(request, _back(old))
    title = _("Replace %(component)s") % {"component": old}
    return form_page(request, form, title=title, submit=_("Replace"), back=_back(old))


def _replace(access: Access, old: Component, values: dict[str, Any]) -> None:
    retire = values.pop("old") == "retire"
    services.replace_component(access.actor, old, values, retire=retire)


@page(CHANGE_COMPONENTS)
def remove(request: HttpRequest, pk: int) -> HttpResponseBase:
    found = _component(pk)
    form = RemoveForm(posted(request))
    if form.is_valid() and fits(
        form,
        lambda: services.remove_component(
            access_of(request).actor,
            found,
            retire=form.cleaned_data["where"] == "retire",
            note=form.cleaned_data["note"],
        ),
    ):
        return done(request, _back(found))
    title = _("Remove %(component)s") % {"component": found}
    return form_page(request, form, title=title, submit=_("Remove"), back=_back(found), danger=True)


@page(CHANGE_COMPONENTS)
def edit(request: HttpRequest, pk: int) -> HttpResponseBase:
    found = _component(pk)
    form = ChangeForm(posted(request), initial=details_of(found, "serial_number"))
    if form.is_valid() and fits(form, services.change_component, access_of(request).actor, found, form.cleaned_data):
        return done(request, _back(found))
    title = _("Edit %(component)s") % {"component": found}
    return form_page(request, form, title=title, submit=_("Save"), back=_back(found))


@page(CHANGE_COMPONENTS)
def move(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Assign the component to a station, wherever it is now."""
    found = _component(pk)
    initial = {"installed_on": localdate(), "warranty_until": found.warranty_until, "note": found.note}
    form = MoveForm(posted(request), initial=initial)
    if form.is_valid() and fits(form, lambda: _move(access_of(request), found, dict(form.cleaned_data))):
        return done(request, reverse("component", args=[found.pk]))
    title = _("Assign %(component)s to a station") % {"component": found}
    return form_page(request, form, title=title, submit=_("Assign"), back=_back(found))


def _move(access: Access, found: Component, values: dict[str, Any]) -> None:
    services.move_component(access.actor, found, values.pop("station"), values)


def _component(pk: int) -> Component:
    found: Component = get_object_or_404(Component.objects.select_related("article__group", "station"), pk=pk)
    return found


def _back(component: Component) -> str:
    return _tab(component.station) if component.station else reverse("component", args=[component.pk])


def _tab(station: Station) -> str:
    return reverse("station-tab", args=[station.identity, SLUG])
