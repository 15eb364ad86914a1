"""Configuration templates: the list, one with what deviates from it, and what a station's settings tell of them."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Count, IntegerField, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from chargeports import services
from chargeports.choices import CampaignState
from chargeports.drift import Judged, judged
from chargeports.filters import DeviationFilter
from chargeports.forms.templates import TemplateForm
from chargeports.models import ConfigurationTemplate, Deviation, TemplateSetting
from chargeports.rights import CAMPAIGNS, CHANGE_CONFIGURATION, CHANGE_TEMPLATES, RUN_CAMPAIGNS, VIEW_TEMPLATES
from chargeports.tables import DEVIATIONS, TEMPLATES
from common.access import Access, access_of
from common.confirming import confirm
from common.doors import attempt, fits, posted
from common.forms import done, form_page
from common.views import enforce, page
from stations.models import Station

_CAMPAIGNS_SHOWN = 5


@page(VIEW_TEMPLATES, CAMPAIGNS, token_allowed=True)
def templates(request: HttpRequest) -> HttpResponseBase:
    table = TEMPLATES.bind(request, _counted(ConfigurationTemplate.objects.all()))
    return table.response() or render(request, "chargeports/templates.html", {"table": table})


def _counted(found: QuerySet[ConfigurationTemplate]) -> QuerySet[ConfigurationTemplate]:
    return found.annotate(setting_count=_count(TemplateSetting, "pk"), deviating_count=_count(Deviation, "station"))


def _count(model: type[TemplateSetting] | type[Deviation], what: str) -> Coalesce:
    """How many different ones belong to each template."""
    of_template = model.objects.filter(template=OuterRef("pk")).order_by().values("template")
    counted = of_template.annotate(count=Count(what, distinct=True)).values("count")
    return Coalesce(Subquery(counted, output_field=IntegerField()), 0)


@page(VIEW_TEMPLATES, CAMPAIGNS, token_allowed=True)
def template(request: HttpRequest, pk: int) -> HttpResponseBase:
    shown = _found(pk)
    deviations = Deviation.objects.filter(template=shown).select_related("station")
    filters = DeviationFilter(request.GET, deviations, request=request)
    table = DEVIATIONS.bind(request, filters.qs, filters)
    context = {
        "template": shown,
        "settings": shown.settings.all(),
        "groups": shown.groups.all(),
        "station_count": shown.stations.count(),
        "table": table,
        "filters": filters,
    }
    return table.response() or render(request, "chargeports/template.html", context)


def state(access: Access, shown: ConfigurationTemplate) -> dict[str, Any]:
    """What the live fragment of a template shows: when it was compared, and what sets right what deviates."""
    campaigns = list(shown.campaigns.order_by("-pk")[:_CAMPAIGNS_SHOWN])
    may_correct = access.can(RUN_CAMPAIGNS) and access.can(CHANGE_CONFIGURATION)
    return {
        "template": shown,
        "campaigns": campaigns,
        "is_correcting": any(one.state == CampaignState.RUNNING for one in campaigns),
        "count": Deviation.objects.filter(template=shown).count(),
        "may_correct": may_correct,
    }


# --- Writing ------------------------------------------------------------------------------------------------------
@page(CHANGE_TEMPLATES, CAMPAIGNS)
def create(request: HttpRequest) -> HttpResponseBase:
    return _edited(request, ConfigurationTemplate(organisation=access_of(request).organisation))


@page(CHANGE_TEMPLATES, CAMPAIGNS)
def edit(request: HttpRequest, pk: int) -> HttpResponseBase:
    return _edited(request, _found(pk))


def _edited(request: HttpRequest, changed: ConfigurationTemplate) -> HttpResponse:
    access = access_of(request)
    form = TemplateForm(posted(request), template=changed, access=access)
    if form.is_valid() and fits(form, lambda: _kept(access, changed, form)):
        return done(request, reverse("configuration-template", args=[changed.pk]))
    back = reverse("configuration-template", args=[changed.pk]) if changed.pk else reverse("configuration-templates")
    title = _("Change the template") if changed.pk else _("New configuration template")
    return form_page(request, form, title=title, submit=_("Save"), back=back)


def _kept(access: Access, changed: ConfigurationTemplate, form: TemplateForm) -> None:
    said = form.cleaned_data
    services.keep_template(access.actor, changed, form.values, said["settings"], said["groups"], said["stations"])


@page(CHANGE_TEMPLATES, CAMPAIGNS)
def delete(request: HttpRequest, pk: int) -> HttpResponseBase:
    removed = _found(pk)
    return confirm(
        request,
        services.delete_template,
        removed,
        then=reverse("configuration-templates"),
        title=_("Delete the template “%(template)s”?") % {"template": removed},
        submit=_("Delete"),
        back=reverse("configuration-template", args=[pk]),
        warning=_("The stations keep their settings."),
        danger=True,
    )


@page(VIEW_TEMPLATES, CAMPAIGNS)
@require_POST
def compare(request: HttpRequest, pk: int) -> HttpResponseBase:
    attempt(request, _("The stations are being compared."), services.compare_now, access_of(request).actor, _found(pk))
    return redirect("configuration-template", pk)


@page(RUN_CAMPAIGNS, CAMPAIGNS)
@require_POST
def correct(request: HttpRequest, pk: int) -> HttpResponseBase:
    """A campaign, still a draft, that sets right what deviates."""
    enforce(request, CHANGE_CONFIGURATION)
    source = _found(pk)
    try:
        campaign = services.plan_correction(access_of(request).actor, source, name=source.name)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return redirect("configuration-template", pk)
    return redirect("campaign", campaign.pk)


def _found(pk: int) -> ConfigurationTemplate:
    return get_object_or_404(ConfigurationTemplate.objects.select_related("organisation"), pk=pk)


# --- One station --------------------------------------------------------------------------------------------------
def of_station(access: Access, station: Station) -> dict[str, Any]:
    """The templates that apply to the station, each with what it wants there and what is not so. Two queries."""
    wanted: dict[int, list[Judged]] = {}
    for one in judged(station):
        wanted.setdefault(one.template_id, []).append(one)
    found = ConfigurationTemplate.objects.filter(pk__in=wanted).order_by("name") if wanted else []
    applied = [(one, wanted[one.pk], [setting for setting in wanted[one.pk] if setting.deviates]) for one in found]
    return {"station": station, "applied": applied}
