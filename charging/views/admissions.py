"""Who may charge at a station: its part of the tab *Access*, and the form behind it."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _

from charging import selectors, services
from charging.forms.admissions import AdmissionForm
from charging.rights import CHANGE_TOKENS
from common.access import Access, access_of
from common.actor import Actor
from common.doors import fits, posted
from common.forms import done, form_page
from common.views import page
from stations.models import Station
from stations.selectors import station_by_identity


def panel(access: Access, station: Station) -> dict[str, Any]:
    return {
        "station": station,
        "groups": selectors.admitted_groups(station),
        "may_change": access.can(CHANGE_TOKENS),
    }


@page(CHANGE_TOKENS)
def who_may_charge(request: HttpRequest, identity: str) -> HttpResponseBase:
    station = station_by_identity(identity)
    form = AdmissionForm(posted(request), admitted=selectors.admitted_groups(station))
    back = reverse("station-tab", args=[station.identity, "access"])
    if form.is_valid() and fits(form, _admit, access_of(request).actor, station, form.cleaned_data):
        messages.success(request, _("From now on this decides who may charge."))
        return done(request, back)
    return form_page(
        request, form, title=_("Who may charge at %(station)s") % {"station": station}, submit=_("Save"), back=back
    )


def _admit(actor: Actor, station: Station, chosen: dict[str, Any]) -> None:
    if chosen["who"] == "everyone":
        services.admit_everyone(actor, station)
    else:
        services.admit_groups(actor, station, list(chosen["groups"]))
