"""Corrections of what meters tell wrongly: list and entry."""

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _

from charging import services
from charging.forms.corrections import CorrectionForm
from charging.models import MeterCorrection
from charging.rights import CHANGE_CORRECTIONS, VIEW_SESSIONS
from charging.tables import METER_CORRECTIONS
from common.access import access_of
from common.confirming import confirm
from common.doors import fits, posted
from common.forms import done, form_page
from common.views import page

LIST = "meter-corrections"


@page(VIEW_SESSIONS, token_allowed=True)
def corrections(request: HttpRequest) -> HttpResponseBase:
    table = METER_CORRECTIONS.bind(request, MeterCorrection.objects.all())
    return table.response() or render(request, "charging/meter_corrections.html", {"table": table})


@page(CHANGE_CORRECTIONS)
def create(request: HttpRequest) -> HttpResponseBase:
    access = access_of(request)
    form = CorrectionForm(posted(request), correction=MeterCorrection(organisation=access.organisation))
    if form.is_valid() and fits(form, services.create_correction, access.actor, access.organisation, form.cleaned_data):
        return done(request, reverse(LIST))
    return form_page(request, form, title=_("Correct a meter"), submit=_("Create"), back=reverse(LIST))


@page(CHANGE_CORRECTIONS)
def edit(request: HttpRequest, pk: int) -> HttpResponseBase:
    correction = get_object_or_404(MeterCorrection, pk=pk)
    form = CorrectionForm(posted(request), correction=correction)
    actor = access_of(request).actor
    if form.is_valid() and fits(form, services.update_correction, actor, correction, form.cleaned_data):
        return done(request, reverse(LIST))
    return form_page(request, form, title=_("Change the correction"), submit=_("Save"), back=reverse(LIST))


@page(CHANGE_CORRECTIONS)
def delete(request: HttpRequest, pk: int) -> HttpResponseBase:
    correction = get_object_or_404(MeterCorrection, pk=pk)
    return confirm(
        request,
        services.delete_correction,
        correction,
        title=_("Delete the correction for %(correction)s?") % {"correction": correction},
        submit=_("Delete"),
        back=reverse(LIST),
        warning=_("From then on the stations are believed again; what was corrected before stays so."),
        danger=True,
    )
