"""Tariffs: their list, one with its prices, assignments and a calculator, and the forms that change them."""

from decimal import Decimal

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from charging import services
from charging.forms.tariffs import AssignForm, CalculatorForm, TariffForm, VersionForm
from charging.models import Tariff, TariffAssignment, TariffVersion
from charging.rights import CHANGE_TARIFFS, VIEW_TARIFFS
from charging.tables import TARIFFS
from charging.tariffs import Cost, Use, cost_of
from common.access import access_of
from common.confirming import confirm
from common.doors import attempt, fits, posted
from common.forms import done, form_page
from common.views import page


@page(VIEW_TARIFFS)
def tariffs(request: HttpRequest) -> HttpResponseBase:
    table = TARIFFS.bind(request, Tariff.objects.prefetch_related("versions", "assignments"))
    return table.response() or render(request, "charging/tariffs.html", {"table": table})


@page(VIEW_TARIFFS)
def tariff(request: HttpRequest, pk: int) -> HttpResponseBase:
    found = get_object_or_404(Tariff, pk=pk)
    versions = list(found.versions.all())
    now = timezone.now()
    current = next((one for one in versions if one.valid_from <= now), None)
    form = CalculatorForm(request.GET if "minutes" in request.GET else CalculatorForm.example())
    assignments = found.assignments.select_related("contract", "port__station", "group")
    context = {
        "tariff": found,
        "versions": versions,
        "current": current,
        "now": now,
        "assignments": [(one, services.target_of(one)) for one in assignments],
        "form": form,
        "cost": _preview(versions, form) if form.is_valid() else None,
    }
    return render(request, "charging/tariff.html", context)


def _preview(versions: list[TariffVersion], form: CalculatorForm) -> Cost | None:
    """What a session like this costs in the reader's time zone; None before the first prices hold."""
    start, charged, end = form.times
    version = next((one for one in versions if one.valid_from <= start), versions[-1] if versions else None)
    if version is None:
        return None
    energy_wh = round(form.cleaned_data["energy_kwh"] * 1000)
    zone = timezone.get_current_timezone_name()
    return cost_of(Use(start, end, energy_wh, zone, [(charged, Decimal(energy_wh))]), version.prices)


@page(CHANGE_TARIFFS)
def create_tariff(request: HttpRequest) -> HttpResponseBase:
    access = access_of(request)
    form = TariffForm(posted(request))
    if form.is_valid() and fits(
        form,
        services.create_tariff,
        access.actor,
        access.organisation,
        form.cleaned_data["name"],
        form.cleaned_data["currency"],
        form.prices,
    ):
        return done(request, reverse("tariffs"))
    return form_page(request, form, title=_("New tariff"), submit=_("Create"), back=reverse("tariffs"))


@page(CHANGE_TARIFFS)
def add_version(request: HttpRequest, pk: int) -> HttpResponseBase:
    found = get_object_or_404(Tariff, pk=pk)
    form = VersionForm(posted(request))
    back = reverse("tariff", args=[pk])
    actor = access_of(request).actor
    if form.is_valid() and fits(form, services.add_version, actor, found, form.cleaned_data["valid_from"], form.prices):
        return done(request, back)
    title = _("New prices of %(tariff)s") % {"tariff": found}
    return form_page(request, form, title=title, submit=_("Add"), back=back)


@page(CHANGE_TARIFFS)
def remove_version(request: HttpRequest, pk: int) -> HttpResponseBase:
    version: TariffVersion = get_object_or_404(TariffVersion.objects.select_related("tariff"), pk=pk)
    back = reverse("tariff", args=[version.tariff_id])
    title = _("Remove prices of %(tariff)s") % {"tariff": version.tariff}
    return confirm(request, services.remove_version, version, title=title, submit=_("Remove"), back=back, danger=True)


@page(CHANGE_TARIFFS)
def assign_tariff(request: HttpRequest, pk: int) -> HttpResponseBase:
    found = get_object_or_404(Tariff, pk=pk)
    form = AssignForm(posted(request))
    back = reverse("tariff", args=[pk])
    if form.is_valid() and fits(form, services.assign_tariff, access_of(request).actor, found, **form.target):
        return done(request, back)
    title = _("Assign %(tariff)s") % {"tariff": found}
    return form_page(request, form, title=title, submit=_("Assign"), back=back)


@page(CHANGE_TARIFFS)
@require_POST
def unassign_tariff(request: HttpRequest, pk: int) -> HttpResponseBase:
    found: TariffAssignment = get_object_or_404(TariffAssignment.objects.select_related("tariff"), pk=pk)
    attempt(request, _("The tariff was taken away."), services.unassign_tariff, access_of(request).actor, found)
    return redirect("tariff", found.tariff_id)
