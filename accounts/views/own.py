"""What belongs to the person who is signed in: profile, sessions, organisation, saved filters."""

from typing import cast

from allauth.usersessions.models import UserSession
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import NoReverseMatch, reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts import services
from accounts.forms import PreferencesForm, ProfileForm, SavedFilterForm
from accounts.middleware import ORGANISATION_KEY
from accounts.models import SavedFilter, User
from common.access import Access
from common.actor import Actor
from common.client import client_address
from common.doors import fits, posted
from common.errors import Refused
from common.forms import form_page
from common.numbers import whole_number
from common.views import signed_in


@signed_in
def profile(request: HttpRequest) -> HttpResponseBase:
    user = person(request)
    form = ProfileForm(posted(request), instance=User.objects.get(pk=user.pk))
    if form.is_valid() and fits(form, services.change_profile, actor(request), user, **form.cleaned_data):
        messages.success(request, _("Your profile was changed."))
        return redirect("profile")
    return form_page(request, form, title=_("Profile"), submit=_("Save"))


@signed_in
@require_POST
def preferences(request: HttpRequest) -> HttpResponseBase:
    """Language or appearance, chosen in the menu; back to where the person was."""
    form = PreferencesForm(request.POST)
    if form.is_valid():
        chosen = {key: value for key, value in form.cleaned_data.items() if value}
        services.change_profile(actor(request), person(request), **chosen)
    return redirect(wanted_page(request))


@signed_in
@require_POST
def switch_organisation(request: HttpRequest) -> HttpResponseBase:
    """To the first page: what the person looked at belongs to the other organisation."""
    wanted = whole_number(request.POST.get("organisation")) or 0
    try:
        organisation = services.switch_organisation(person(request), wanted)
    except Refused as refusal:
        raise Http404 from refusal
    request.session[ORGANISATION_KEY] = organisation.pk
    return redirect("/")


@signed_in
@require_POST
def end_session(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Sign out one of the person's own browsers."""
    session = get_object_or_404(UserSession, pk=pk, user=person(request))
    session.end()
    messages.success(request, _("The session was ended."))
    return redirect("usersessions_list")


@signed_in
def saved_filters(request: HttpRequest) -> HttpResponseBase:
    """The person's filters of a list: a menu for HTMX, else a page that also saves the filter `query`."""
    page = request.GET.get("page", "")
    mine = SavedFilter.objects.filter(organisation=membership(request).organisation, user=person(request), page=page)
    form = SavedFilterForm(initial={"page": page, "query": request.GET.get("query", "")})
    context = {"saved": mine, "form": form, "page": page, "address": address_of(page)}
    return render(request, _template(request), context)


@signed_in
@require_POST
def create_saved_filter(request: HttpRequest) -> HttpResponseBase:
    organisation = membership(request).organisation
    form = SavedFilterForm(request.POST)
    page = request.POST.get("page", "")
    address = address_of(page)
    if form.is_valid() and fits(form, services.save_filter, person(request), organisation, **form.cleaned_data):
        return redirect(f"{address}?{form.cleaned_data['query']}")
    mine = SavedFilter.objects.filter(organisation=organisation, user=person(request), page=page)
    context = {"saved": mine, "form": form, "page": page, "address": address}
    return render(request, "accounts/saved_filters.html", context, status=422)


@signed_in
@require_POST
def delete_saved_filter(request: HttpRequest, pk: int) -> HttpResponseBase:
    organisation = membership(request).organisation
    mine = SavedFilter.objects.filter(organisation=organisation, user=person(request))
    saved: SavedFilter = get_object_or_404(mine, pk=pk)
    services.delete_filter(saved)
    return redirect(address_of(saved.page))


def person(request: HttpRequest) -> User:
    return cast(User, request.user)


def actor(request: HttpRequest) -> Actor:
    """Also for people who belong to no organisation (any more)."""
    user = person(request)
    return Actor("user", str(user), user.pk, client_address(request))


def membership(request: HttpRequest) -> Access:
    access = getattr(request, "access", None)
    if not isinstance(access, Access):
        raise Http404
    return access


def address_of(page: str) -> str:
    """The address of the list with that URL name."""
    try:
        return reverse(page)
    except NoReverseMatch as error:
        raise Http404 from error


def wanted_page(request: HttpRequest) -> str:
    wanted = request.POST.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    return wanted if is_ours else "/"


def _template(request: HttpRequest) -> str:
    htmx = getattr(request, "htmx", None)
    if not htmx:
        return "accounts/saved_filters.html"
    return "accounts/saved_filters_form.html" if htmx.target == "dialog-body" else "accounts/saved_filters_menu.html"
