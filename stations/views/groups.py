"""Station groups: list, create, rename, delete."""

from django.db.models import Count, IntegerField, OuterRef, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from common.access import access_of
from common.confirming import confirm
from common.doors import fits
from common.forms import done, form_page
from common.numbers import in_figures
from common.views import page
from stations import services
from stations.forms import GroupForm
from stations.models import Station, StationGroup
from stations.rights import CHANGE_GROUPS, VIEW_STATIONS
from stations.tables import GROUPS
from stations.views.assignments import way_back


@page(VIEW_STATIONS)
def groups(request: HttpRequest) -> HttpResponseBase:
    members = Station.groups.through.objects.filter(stationgroup=OuterRef("pk")).values("stationgroup")
    counted = members.annotate(count=Count("pk")).values("count")  # type: ignore[misc]
    count = Subquery(counted, output_field=IntegerField())
    table = GROUPS.bind(request, StationGroup.objects.annotate(station_count=Coalesce(count, 0)))
    return table.response() or render(request, "stations/groups.html", {"table": table})


@page(CHANGE_GROUPS)
def create_group(request: HttpRequest) -> HttpResponseBase:
    access = access_of(request)
    form, back = GroupForm(request.POST or None), way_back(request, "station-groups")
    if form.is_valid() and fits(form, services.create_group, access.actor, access.organisation, **form.cleaned_data):
        return done(request, back)
    return form_page(request, form, title=_("New station group"), submit=_("Create"), back=back)


@page(CHANGE_GROUPS)
def rename_group(request: HttpRequest, pk: int) -> HttpResponseBase:
    group = get_object_or_404(StationGroup, pk=pk)
    form = GroupForm(request.POST or None, initial={"name": group.name})
    if form.is_valid() and fits(form, services.rename_group, access_of(request).actor, group, **form.cleaned_data):
        return done(request, reverse("station-groups"))
    return form_page(request, form, title=_("Rename the group"), submit=_("Rename"), back=reverse("station-groups"))


@page(CHANGE_GROUPS)
def delete_group(request: HttpRequest, pk: int) -> HttpResponseBase:
    group = get_object_or_404(StationGroup, pk=pk)
    count = group.stations.count()
    warning = ngettext(
        "%(count)s station leaves the group. The station itself stays.",
        "%(count)s stations leave the group. The stations themselves stay.",
        count,
    )
    return confirm(
        request,
        services.delete_group,
        group,
        title=_("Delete the group “%(group)s”?") % {"group": group},
        submit=_("Delete"),
        back=reverse("station-groups"),
        warning=warning % {"count": in_figures(count, 0)},
        danger=True,
    )
