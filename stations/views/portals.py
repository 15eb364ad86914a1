"""Portals: who is given stations, under which address."""

from django.conf import settings
from django.contrib import messages
from django.db.models import Count
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from common.access import access_of
from common.confirming import confirm
from common.doors import fits, posted
from common.forms import done, form_page
from common.views import page
from stations import services
from stations.forms.portals import PortalForm
from stations.models import Portal
from stations.rights import CHANGE_PORTALS, VIEW_INTERFACES
from stations.tables.portals import PORTALS


def feed_address(portal: Portal) -> str:
    """The public address of what the portal is given."""
    return f"{settings.PUBLIC_URL}{reverse('geojson-feed', args=[portal.organisation.slug, portal.token])}"


@page(VIEW_INTERFACES)
def portals(request: HttpRequest) -> HttpResponseBase:
    found = Portal.objects.select_related("organisation").annotate(station_count=Count("publications"))
    table = PORTALS.bind(request, found)
    return table.response() or render(request, "stations/portals.html", {"table": table})


@page(CHANGE_PORTALS)
def create_portal(request: HttpRequest) -> HttpResponseBase:
    access = access_of(request)
    form = PortalForm(posted(request))
    if form.is_valid() and fits(form, services.create_portal, access.actor, access.organisation, **form.cleaned_data):
        return done(request, reverse("portals"))
    return form_page(request, form, title=_("New portal"), submit=_("Create"), back=reverse("portals"))


@page(CHANGE_PORTALS)
def edit_portal(request: HttpRequest, pk: int) -> HttpResponseBase:
    portal = get_object_or_404(Portal, pk=pk)
    form = PortalForm(posted(request), portal=portal)
    if form.is_valid() and fits(form, services.change_portal, access_of(request).actor, portal, **form.cleaned_data):
        return done(request, reverse("portals"))
    title = _("Portal %(portal)s") % {"portal": portal}
    return form_page(request, form, title=title, submit=_("Save"), back=reverse("portals"))


@page(CHANGE_PORTALS)
@require_POST
def renew_token(request: HttpRequest, pk: int) -> HttpResponseBase:
    portal = get_object_or_404(Portal, pk=pk)
    services.renew_token(access_of(request).actor, portal)
    messages.success(request, _("The portal has a new address. The one before leads nowhere any more."))
    return redirect("portals")


@page(CHANGE_PORTALS)
def delete_portal(request: HttpRequest, pk: int) -> HttpResponseBase:
    portal = get_object_or_404(Portal, pk=pk)
    count = portal.publications.count()
    warning = ngettext(
        "%(count)d station is switched off for it.", "%(count)d stations are switched off for it.", count
    )
    return confirm(
        request,
        services.delete_portal,
        portal,
        title=_("Delete the portal “%(portal)s”?") % {"portal": portal},
        submit=_("Delete"),
        back=reverse("portals"),
        warning=warning % {"count": count},
        danger=True,
    )
