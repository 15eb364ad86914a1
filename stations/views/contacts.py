"""Contacts: the owners, operators, service partners and contact persons of stations."""

from django.db.models import Q
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
from stations.filters import ContactFilter
from stations.forms import ASSIGNMENTS, ContactForm
from stations.models import Contact, Station
from stations.rights import CHANGE_STATIONS, VIEW_STATIONS
from stations.tables import CONTACTS
from stations.views.assignments import way_back


@page(VIEW_STATIONS)
def contacts(request: HttpRequest) -> HttpResponseBase:
    filters = ContactFilter(request.GET, Contact.objects.all(), request=request)
    table = CONTACTS.bind(request, filters.qs, filters)
    return table.response() or render(request, "stations/contacts.html", {"table": table, "filters": filters})


@page(CHANGE_STATIONS)
def create_contact(request: HttpRequest) -> HttpResponseBase:
    access = access_of(request)
    form, back = ContactForm(request.POST or None), way_back(request, "contacts")
    if form.is_valid() and fits(form, services.create_contact, access.actor, access.organisation, form.cleaned_data):
        return done(request, back)
    return form_page(request, form, title=_("New contact"), submit=_("Create"), back=back)


@page(CHANGE_STATIONS)
def edit_contact(request: HttpRequest, pk: int) -> HttpResponseBase:
    contact = get_object_or_404(Contact, pk=pk)
    form = ContactForm(request.POST or None, initial={name: getattr(contact, name) for name in ContactForm.base_fields})
    if form.is_valid() and fits(form, services.update_contact, access_of(request).actor, contact, form.cleaned_data):
        return done(request, reverse("contacts"))
    return form_page(request, form, title=_("Edit the contact"), submit=_("Save"), back=reverse("contacts"))


@page(CHANGE_STATIONS)
def delete_contact(request: HttpRequest, pk: int) -> HttpResponseBase:
    contact = get_object_or_404(Contact, pk=pk)
    count = _assigned_stations(contact)
    warning = ngettext(
        "%(count)s station is assigned to this contact and will be assigned to nobody.",
        "%(count)s stations are assigned to this contact and will be assigned to nobody.",
        count,
    )
    return confirm(
        request,
        services.delete_contact,
        contact,
        title=_("Delete the contact “%(contact)s”?") % {"contact": contact},
        submit=_("Delete"),
        back=reverse("contacts"),
        warning=warning % {"count": in_figures(count, 0)},
        danger=True,
    )


def _assigned_stations(contact: Contact) -> int:
    is_assigned = Q()
    for name in ASSIGNMENTS:
        is_assigned |= Q(**{name: contact})
    return Station.objects.filter(is_assigned).count()
