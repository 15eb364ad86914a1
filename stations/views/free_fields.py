"""The tab *Additional information*: free fields in an order of one's own, and the descriptions offered for them."""

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from common.access import access_of
from common.confirming import confirm
from common.doors import fits, posted
from common.forms import done, form_page
from common.numbers import whole_number
from common.views import page
from stations import services
from stations.forms import FieldTemplateForm, FreeFieldForm
from stations.models import FieldTemplate, FreeField, Station
from stations.rights import CHANGE_FIELD_TEMPLATES, CHANGE_FREE_FIELDS, VIEW_FREE_FIELDS
from stations.selectors import station_by_identity
from stations.tables import FIELD_TEMPLATES
from stations.views.sheet import station_tab

SLUG = "additional-information"
_MOST_OFFERED = 50


def additional_information(request: HttpRequest, station: Station) -> HttpResponseBase:
    """Two queries: the fields, and the descriptions that the station has no value for."""
    fields = list(FreeField.objects.filter(station=station))
    known = {field.name.lower() for field in fields}
    offered = [one for one in FieldTemplate.objects.all()[:_MOST_OFFERED] if one.name.lower() not in known]
    return station_tab(request, station, SLUG, "stations/free_fields.html", {"fields": fields, "offered": offered})


@page(CHANGE_FREE_FIELDS)
def add(request: HttpRequest, identity: str) -> HttpResponseBase:
    station = station_by_identity(identity)
    form = FreeFieldForm(posted(request), initial={"name": request.GET.get("name", "")[:120]})
    if form.is_valid() and fits(form, services.add_field, access_of(request).actor, station, **form.cleaned_data):
        return done(request, _address(station))
    return form_page(request, form, title=_("New free field"), submit=_("Add"), back=_address(station))


@page(CHANGE_FREE_FIELDS)
def edit(request: HttpRequest, pk: int) -> HttpResponseBase:
    field = _field(pk)
    form = FreeFieldForm(posted(request), initial={"name": field.name, "value": field.value})
    if form.is_valid() and fits(form, services.change_field, access_of(request).actor, field, **form.cleaned_data):
        return done(request, _address(field.station))
    return form_page(request, form, title=_("Edit the field"), submit=_("Save"), back=_address(field.station))


@page(CHANGE_FREE_FIELDS)
def delete(request: HttpRequest, pk: int) -> HttpResponseBase:
    field = _field(pk)
    return confirm(
        request,
        services.delete_field,
        field,
        title=_("Delete the field “%(field)s”?") % {"field": field},
        submit=_("Delete"),
        back=_address(field.station),
        warning=field.value,
        danger=True,
    )


def order(request: HttpRequest, station: Station) -> HttpResponse:
    """The fields as the form lists them, one of them moved by `up` or `down`."""
    wanted = [pk for text in request.POST.getlist("field") if (pk := whole_number(text))]
    for name, step in (("up", -1), ("down", 1)):
        if (pk := whole_number(request.POST.get(name))) in wanted:
            _shift(wanted, wanted.index(pk), step)
    services.order_fields(access_of(request).actor, station, wanted)
    return redirect(_address(station))


def _shift(wanted: list[int], place: int, step: int) -> None:
    if 0 <= place + step < len(wanted):
        wanted[place], wanted[place + step] = wanted[place + step], wanted[place]


@page(VIEW_FREE_FIELDS)
def templates(request: HttpRequest) -> HttpResponseBase:
    table = FIELD_TEMPLATES.bind(request, FieldTemplate.objects.all())
    return table.response() or render(request, "stations/field_templates.html", {"table": table})


@page(CHANGE_FIELD_TEMPLATES)
def create_template(request: HttpRequest) -> HttpResponseBase:
    access, back = access_of(request), reverse("field-templates")
    form = FieldTemplateForm(posted(request))
    if form.is_valid() and fits(form, services.create_template, access.actor, access.organisation, **form.cleaned_data):
        return done(request, back)
    return form_page(request, form, title=_("New description"), submit=_("Create"), back=back)


@page(CHANGE_FIELD_TEMPLATES)
def delete_template(request: HttpRequest, pk: int) -> HttpResponseBase:
    template: FieldTemplate = get_object_or_404(FieldTemplate, pk=pk)
    back = reverse("field-templates")
    return confirm(
        request,
        services.delete_template,
        template,
        title=_("Delete the description “%(name)s”?") % {"name": template},
        submit=_("Delete"),
        back=back,
        warning=_("It is no longer offered. The fields that stations have stay."),
        danger=True,
    )


def _field(pk: int) -> FreeField:
    field: FreeField = get_object_or_404(FreeField.objects.select_related("station"), pk=pk)
    return field


def _address(station: Station) -> str:
    return reverse("station-tab", args=[station.identity, SLUG])
