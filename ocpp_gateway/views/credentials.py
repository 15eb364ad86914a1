"""How a station proves who it is: its password, and what it may do differently."""

from django.forms import Form
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from common.access import access_of
from common.doors import fits
from common.forms import done, form_page
from common.views import page
from ocpp_gateway import addresses, credentials, selectors
from ocpp_gateway.forms import ConnectionSettingsForm, NewPasswordForm
from ocpp_gateway.rights import CHANGE_CREDENTIALS
from stations.selectors import station_by_identity


@page(CHANGE_CREDENTIALS)
def new_password(request: HttpRequest, identity: str) -> HttpResponseBase:
    """Make a password and show it, this once; or have the connected charger take a new one over OCPP."""
    station = station_by_identity(identity)
    back = reverse("station", args=[station.identity])
    form = NewPasswordForm(request.POST or None)
    if form.is_valid() and form.cleaned_data["way"] == "ocpp":
        if fits(form, credentials.change_key, access_of(request).actor, station):
            return done(request, back)
    elif form.is_valid():
        secret = credentials.new_secret(access_of(request).actor, station)
        context = {"station": station, "secret": secret, "secret_hex": secret.encode().hex(), "back": back}
        address = addresses.websocket_url(station.organisation) + station.identity
        return render(request, "ocpp_gateway/new_password.html", {**context, "address": address})
    return form_page(request, form, title=_("New password"), submit=_("Make a new password"), back=back)


@page(CHANGE_CREDENTIALS)
def allow_lower_profile(request: HttpRequest, identity: str) -> HttpResponseBase:
    """Let the station come back with less security than it once showed, e.g. after its controller was replaced."""
    station = station_by_identity(identity)
    back = reverse("station", args=[station.identity])
    form = Form(request.POST if request.method == "POST" else None)
    if form.is_valid() and fits(form, credentials.allow_lower_profile, access_of(request).actor, station):
        return done(request, back)
    return form_page(
        request,
        form,
        title=_("Allow a lower security profile"),
        intro=_(
            "A station that once connected with TLS is refused without it, because that may be somebody else. "
            "Allow it only where you know why: a replaced controller, a changed proxy."
        ),
        submit=_("Allow it"),
        back=back,
        danger=True,
    )


@page(CHANGE_CREDENTIALS)
def connection_settings(request: HttpRequest, identity: str) -> HttpResponseBase:
    station = station_by_identity(identity)
    back = reverse("station", args=[station.identity])
    credential = selectors.credential_of(station)
    form = ConnectionSettingsForm(request.POST or None, instance=credential)
    if form.is_valid() and fits(
        form, credentials.change_settings, access_of(request).actor, station, **form.cleaned_data
    ):
        return done(request, back)
    return form_page(request, form, title=_("Connection settings"), submit=_("Save"), back=back)
