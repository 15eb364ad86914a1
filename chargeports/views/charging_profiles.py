"""The library of charging profiles: list, add, change, delete."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _

from chargeports import services
from chargeports.filters import ProfileFilter
from chargeports.forms import ProfileForm
from chargeports.models import ChargingProfile
from chargeports.rights import CHANGE_PROFILES, VIEW_PROFILES
from chargeports.tables import PROFILES
from common.access import access_of
from common.confirming import confirm
from common.doors import fits, posted
from common.forms import done, form_page
from common.views import page


@page(VIEW_PROFILES, token_allowed=True)
def library(request: HttpRequest) -> HttpResponseBase:
    filters = ProfileFilter(request.GET, ChargingProfile.objects.all(), request=request)
    table = PROFILES.bind(request, filters.qs, filters)
    return table.response() or render(
        request, "chargeports/charging_profiles.html", {"table": table, "filters": filters}
    )


@page(CHANGE_PROFILES)
def add(request: HttpRequest) -> HttpResponseBase:
    access = access_of(request)
    form = ProfileForm(posted(request), profile=ChargingProfile())
    if form.is_valid() and fits(form, services.create_profile, access.actor, access.organisation, **form.cleaned_data):
        messages.success(request, _("The charging profile is in the library."))
        return done(request, reverse("charging-profiles"))
    title = _("New charging profile")
    return form_page(request, form, title=title, submit=_("Add"), back=reverse("charging-profiles"))


@page(CHANGE_PROFILES)
def change(request: HttpRequest, pk: int) -> HttpResponseBase:
    profile = get_object_or_404(ChargingProfile, pk=pk)
    title = _("Charging profile %(profile)s") % {"profile": profile}
    form = ProfileForm(posted(request), profile=profile)
    if form.is_valid() and fits(form, services.change_profile, access_of(request).actor, profile, **form.cleaned_data):
        return done(request, reverse("charging-profiles"))
    return form_page(
        request,
        form,
        title=title,
        submit=_("Save"),
        back=reverse("charging-profiles"),
        intro=_("Stations that have it keep it as it was sent: install it anew where the change is to count."),
    )


@page(CHANGE_PROFILES)
def delete(request: HttpRequest, pk: int) -> HttpResponseBase:
    profile = get_object_or_404(ChargingProfile, pk=pk)
    return confirm(
        request,
        services.delete_profile,
        profile,
        title=_("Delete the charging profile %(profile)s?") % {"profile": profile},
        submit=_("Delete"),
        back=reverse("charging-profiles"),
        warning=_("Stations that have it keep it until it is cleared there."),
        danger=True,
    )
