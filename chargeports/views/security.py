"""Certificates and security events: the tab *Security* of a station, and the pages of the organisation."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _

from chargeports import selectors, services
from chargeports.filters import CertificateFilter, SecurityEventFilter, StationSecurityEventFilter
from chargeports.forms.certificates import GetInstalledCertificateIds, InstallCertificate, RevokeForm
from chargeports.forms.commands import ExtendedTrigger
from chargeports.rights import CHANGE_CERTIFICATES, KEEP_AUTHORITY, VIEW_SECURITY
from chargeports.tables import CERTIFICATES, SECURITY_EVENTS, STATION_SECURITY_EVENTS
from chargeports.views.transfers import asks_of
from common.access import Access, access_of
from common.confirming import confirm
from common.doors import fits, posted
from common.forms import done, form_page
from common.views import page
from stations.models import Station
from stations.views.sheet import station_tab

SLUG = "security"
_SHOWN = 20


# --- A station ----------------------------------------------------------------------------------------------------
def security(request: HttpRequest, station: Station) -> HttpResponseBase:
    events = selectors.security_events().filter(station=station)
    filters = StationSecurityEventFilter(request.GET, events, request=request)
    table = STATION_SECURITY_EVENTS.bind(request, filters.qs, filters)
    context = {"table": table, "filters": filters, "asks": _asks(request, station)}
    return table.response() or station_tab(request, station, SLUG, "chargeports/security.html", context)


def _asks(request: HttpRequest, station: Station) -> list[dict[str, Any]]:
    renewal = [
        {**ask, "label": _("Request a new certificate"), "url": f"{ask['url']}?message=sign_certificate"}
        for ask in asks_of(request, station, ExtendedTrigger)
    ]
    return renewal + asks_of(request, station, InstallCertificate, GetInstalledCertificateIds)


def security_now(access: Access, station: Station) -> dict[str, Any]:
    """The station's certificates and those that it trusts, live. Two queries."""
    certificates = selectors.station_certificates().filter(station=station).order_by("-pk")
    return {
        "station": station,
        "certificates": certificates[:_SHOWN],
        "installed": selectors.installed_certificates(station),
        "may_change": access.can(CHANGE_CERTIFICATES),
    }


# --- The organisation -----------------------------------------------------------------------------------------------
@page(VIEW_SECURITY, token_allowed=True)
def certificates(request: HttpRequest) -> HttpResponseBase:
    filters = CertificateFilter(request.GET, selectors.station_certificates(), request=request)
    table = CERTIFICATES.bind(request, filters.qs, filters)
    context = {
        "table": table,
        "filters": filters,
        "authorities": selectors.authorities(),
        "ending": selectors.ending_certificates()[:_SHOWN],
    }
    return table.response() or render(request, "chargeports/certificates.html", context)


@page(VIEW_SECURITY, token_allowed=True)
def security_events(request: HttpRequest) -> HttpResponseBase:
    filters = SecurityEventFilter(request.GET, selectors.security_events(), request=request)
    table = SECURITY_EVENTS.bind(request, filters.qs, filters)
    return table.response() or render(request, "list.html", {"table": table, "filters": filters})


@page(KEEP_AUTHORITY)
def make_authority(request: HttpRequest) -> HttpResponseBase:
    return confirm(
        request,
        services.make_authority,
        access_of(request).organisation,
        message=_("From now on it signs what stations ask for."),
        title=_("Make a certificate authority"),
        submit=_("Make it"),
        back=reverse("certificates"),
        intro=_(
            "It signs the certificates that stations ask for, for security profile 3. Its key is made here and stored"
            " encrypted; nobody can take it out. What an earlier authority signed goes on counting until that one is"
            " retired."
        ),
    )


@page(KEEP_AUTHORITY)
def retire_authority(request: HttpRequest, pk: int) -> HttpResponseBase:
    authority = get_object_or_404(selectors.authorities(), pk=pk)
    return confirm(
        request,
        services.retire_authority,
        authority,
        title=_("Retire this authority?"),
        submit=_("Retire"),
        back=reverse("certificates"),
        warning=_("Stations of security profile 3 that have a certificate of it can no longer connect."),
        danger=True,
    )


@page(VIEW_SECURITY)
def authority_pem(request: HttpRequest, pk: int) -> HttpResponse:
    authority = get_object_or_404(selectors.authorities(), pk=pk)
    return _pem(authority.certificate, f"charger-ca-{pk}")


@page(VIEW_SECURITY)
def certificate_pem(request: HttpRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(selectors.station_certificates().exclude(certificate=""), pk=pk)
    return _pem(found.certificate, f"certificate-{pk}")


def _pem(text: str, name: str) -> HttpResponse:
    disposition = {"Content-Disposition": f'attachment; filename="{name}.pem"'}
    return HttpResponse(text, content_type="application/x-pem-file", headers=disposition)


@page(CHANGE_CERTIFICATES)
def revoke(request: HttpRequest, pk: int) -> HttpResponseBase:
    found = get_object_or_404(selectors.station_certificates(), pk=pk)
    back = reverse("station-tab", args=[found.station.identity, SLUG])
    form = RevokeForm(posted(request))
    if form.is_valid() and fits(
        form, services.revoke_certificate, access_of(request).actor, found, form.cleaned_data["reason"]
    ):
        messages.success(request, _("The certificate was revoked."))
        return done(request, back)
    return form_page(
        request,
        form,
        title=_("Revoke the certificate of %(station)s?") % {"station": found.station},
        submit=_("Revoke"),
        back=back,
        warning=_("It opens no connection any more, and the connection that the station has now is ended."),
        danger=True,
    )
