"""The list of stations, and what is done to several of them at once."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.db.models import QuerySet
from django.forms import Form
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from common.access import Access, access_of
from common.doors import fits
from common.numbers import in_figures
from common.tables import selected_rows
from common.views import page
from stations import selectors, services
from stations.choices import LifeCycle
from stations.filters import StationFilter
from stations.forms import ChooseGroupForm, LifeCycleForm
from stations.models import Station
from stations.rights import CHANGE_STATIONS, VIEW_STATIONS
from stations.tables import STATIONS

# One click may change so many stations; each change is written, recorded and told.
BULK_LIMIT = 1_000


@page(VIEW_STATIONS, token_allowed=True)
def stations(request: HttpRequest) -> HttpResponseBase:
    filters = filtered(request)
    table = STATIONS.bind(request, filters.qs, filters)
    return table.response() or render(request, "stations/list.html", {"table": table, "filters": filters})


def filtered(request: HttpRequest) -> StationFilter:
    return StationFilter(request.GET, selectors.station_list(access_of(request).organisation), request=request)


def selected(request: HttpRequest) -> QuerySet[Station]:
    """The stations that a bulk action was asked for."""
    return selected_rows(request, filtered(request).qs)


@page(CHANGE_STATIONS)
@require_POST
def change_groups(request: HttpRequest) -> HttpResponseBase:
    """Put the selected stations into a group, or take them out of it."""
    form = ChooseGroupForm(typed(request))
    return bulk(request, form, _("Groups of the selected stations"), _move)


@page(CHANGE_STATIONS)
@require_POST
def change_life_cycles(request: HttpRequest) -> HttpResponseBase:
    form = LifeCycleForm(typed(request))
    return bulk(request, form, _("Life cycle of the selected stations"), _change_life_cycles)


def typed(request: HttpRequest) -> Any:
    """What was typed into the form; None where the table's button has only just opened it."""
    return request.POST if "confirmed" in request.POST else None


def bulk(
    request: HttpRequest, form: Form, title: str, change: Callable[[Access, Any, list[Station]], int]
) -> HttpResponse:
    """Ask what is to be changed; then change all the selected stations, or none of them."""
    back = f"{reverse('stations')}?{request.GET.urlencode()}"
    chosen = list(selected(request).prefetch_related(None)[: BULK_LIMIT + 1])
    if not 0 < len(chosen) <= BULK_LIMIT:
        messages.error(request, _refusal(len(chosen)))
        return redirect(back)
    changed: list[int] = []
    if form.is_valid() and fits(form, lambda: changed.append(change(access_of(request), form, chosen))):
        messages.success(
            request,
            ngettext("%(count)s station was changed.", "%(count)s stations were changed.", changed[0])
            % {"count": in_figures(changed[0], 0)},
        )
        return redirect(back)
    context = {
        "form": form,
        "title": title,
        "back": back,
        "chosen": chosen,
        "ids": request.POST.getlist("selected"),
        "all": bool(request.POST.get("all")),
    }
    return render(request, "stations/bulk.html", context, status=422 if form.errors else 200)


def _refusal(count: int) -> str:
    if not count:
        return _("Select stations first.")
    return _("At most %(limit)d stations can be changed at once. Narrow the filter.") % {"limit": BULK_LIMIT}


def _move(access: Access, form: Form, chosen: list[Station]) -> int:
    move = services.add_to_group if form.cleaned_data["change"] == "add" else services.remove_from_group
    return move(access.actor, form.cleaned_data["group"], chosen)


@transaction.atomic
def _change_life_cycles(access: Access, form: Form, chosen: list[Station]) -> int:
    wanted = LifeCycle(form.cleaned_data["life_cycle"])
    changed = [station for station in chosen if station.life_cycle != wanted]
    for station in changed:
        services.change_life_cycle(access.actor, station, wanted)
    return len(changed)
