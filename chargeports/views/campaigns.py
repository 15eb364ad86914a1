"""Campaigns: the list, planning one for a selection, a group or a saved filter, and one campaign with its stations."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from chargeports import services
from chargeports.choices import RESUMABLE, CampaignState, CommandKind, TargetState
from chargeports.filters import CampaignFilter, TargetFilter
from chargeports.forms.campaigns import AudienceForm, PaceForm, form_for_many
from chargeports.forms.commands import CommandForm, command_form
from chargeports.models import Campaign
from chargeports.rights import CAMPAIGNS, RUN_CAMPAIGNS, VIEW_CAMPAIGNS
from chargeports.services.campaigns import NOT_FOR_MANY, can_be_repeated
from chargeports.tables import CAMPAIGN_TARGETS, SETTING_TARGETS
from chargeports.tables import CAMPAIGNS as CAMPAIGN_TABLE
from common.access import Access, access_of
from common.actor import Actor
from common.declarations import declared
from common.doors import attempt, fits, posted, show_in
from common.forms import done, form_page
from common.numbers import in_figures, whole_number
from common.rights import Text
from common.views import DeclaredView, enforce, page
from stations.filters import StationFilter
from stations.models import Station
from stations.selectors import station_list

# How many of the first stations' manufacturers and models are compared, to offer what fits all of them.
_COMPARED = 2
_NOT_FILTERS = ("selected", "all", "kind", "audience", "firmware_id")


@page(VIEW_CAMPAIGNS, CAMPAIGNS, token_allowed=True)
def campaigns(request: HttpRequest) -> HttpResponseBase:
    filters = CampaignFilter(request.GET, Campaign.objects.select_related("template"), request=request)
    table = CAMPAIGN_TABLE.bind(request, filters.qs, filters)
    return table.response() or render(request, "chargeports/campaigns.html", {"table": table, "filters": filters})


# --- Planning -----------------------------------------------------------------------------------------------------
@page(RUN_CAMPAIGNS, CAMPAIGNS)
@require_POST
def for_stations(request: HttpRequest) -> HttpResponseBase:
    """From the list of stations: what is ticked there, or all that its filter finds, goes along in the address."""
    query = QueryDict(mutable=True)
    if request.POST.get("all"):
        query.update(request.GET)
        query["all"] = "1"
    else:
        query.setlist("selected", request.POST.getlist("selected"))
    if not query.get("all") and not query.getlist("selected"):
        messages.error(request, _("Select stations first."))
        return redirect("stations")
    return redirect(f"{reverse('campaign-new')}?{query.urlencode()}")


@page(RUN_CAMPAIGNS, CAMPAIGNS)
def new(request: HttpRequest) -> HttpResponseBase:
    """What, and for whom unless the address says so already; both stand in the address of the next page."""
    access, is_chosen = access_of(request), bool(request.GET)
    form = AudienceForm(posted(request), access=access, is_chosen=is_chosen)
    if form.is_valid():
        query = request.GET.urlencode() if is_chosen else form.cleaned_data["audience"]
        return done(request, f"{reverse('campaign-plan')}?kind={form.cleaned_data['kind']}&{query}")
    intro = _for_whom(request)[1] if is_chosen else ""
    return form_page(request, form, title=_("New campaign"), submit=_("Next"), back=reverse("campaigns"), intro=intro)


@page(RUN_CAMPAIGNS, CAMPAIGNS)
def plan(request: HttpRequest) -> HttpResponseBase:
    """`?kind=` names the command, the rest of the address whom it is for: the command's own form, and how the
    campaign goes on. What comes of it is a draft to look at.
    """
    access, form_class = access_of(request), _form_class(request.GET.get("kind", ""))
    enforce(request, form_class.right)
    stations, audience = _for_whom(request)
    command = form_for_many(form_class, posted(request), access.organisation, **_in_common(stations))
    command.initial.update({"firmware_id": request.GET["firmware_id"]} if "firmware_id" in request.GET else {})
    pace = PaceForm(posted(request), campaign=Campaign(name=str(form_class.kind.label)), kind=form_class.kind)
    if all([command.is_valid(), pace.is_valid()]):
        planned = _planned(access, stations, command, pace, audience)
        if planned:
            return redirect("campaign", planned.pk)
    context = {
        "command": command,
        "pace": pace,
        "title": command.title,
        "audience": audience,
        "count": stations.count(),
    }
    status = 422 if command.errors or pace.errors else 200
    return render(request, "chargeports/campaign_plan.html", context, status=status)


def _planned(
    access: Access, stations: QuerySet[Station], command: CommandForm, pace: PaceForm, audience: str
) -> Campaign | None:
    """The draft; what the service refuses stands in the forms."""
    try:
        return services.plan_campaign(
            access.actor,
            access.organisation,
            stations,
            command.kind,
            command.parameters,
            audience=audience,
            **pace.cleaned_data,
        )
    except ValidationError as error:
        show_in(pace if set(getattr(error, "error_dict", ())) & set(pace.fields) else command, error)
    return None


def _form_class(slug: str) -> type[CommandForm]:
    found = (form for form in declared("forms", "COMMAND_FORMS") if form.slug() == slug)
    form_class = next(found, None)
    if form_class is None or form_class.kind in NOT_FOR_MANY:
        raise Http404
    return form_class


def _for_whom(request: HttpRequest) -> tuple[QuerySet[Station], str]:
    """The stations that the address means, and in words; nobody where it says nothing."""
    query, everybody = request.GET, station_list(access_of(request).organisation)
    if query.getlist("selected"):
        ids = [pk for text in query.getlist("selected") if (pk := whole_number(text))]
        chosen = everybody.filter(pk__in=ids)
        text = ngettext("%(count)s selected station", "%(count)s selected stations", len(ids))
        return chosen, text % {"count": in_figures(len(ids), 0)}
    wanted = query.copy()
    for name in _NOT_FILTERS:
        wanted.pop(name, None)
    filters = StationFilter(wanted, everybody, request=request)
    chips = "; ".join(f"{chip.label}: {chip.text}" for chip in filters.chips)
    if not chips and not query.get("all"):
        return everybody.none(), _("Nobody is chosen yet.")
    return filters.qs, chips or _("All stations")


def _in_common(stations: QuerySet[Station]) -> dict[str, str]:
    """Manufacturer and model where all the stations have the same."""
    said = stations.order_by().values_list("report__vendor", "report__model").distinct()[:_COMPARED]
    found = list(said)
    if len(found) != 1:
        return {}
    return {"vendor": found[0][0] or "", "model": found[0][1] or ""}


# --- One campaign -------------------------------------------------------------------------------------------------
@page(VIEW_CAMPAIGNS, CAMPAIGNS, token_allowed=True)
def campaign(request: HttpRequest, pk: int) -> HttpResponseBase:
    shown = _found(pk)
    targets = shown.targets.select_related("station")
    filters = TargetFilter(request.GET, targets, request=request)
    columns = SETTING_TARGETS if shown.kind == CommandKind.CHANGE_CONFIGURATION else CAMPAIGN_TARGETS
    table = columns.bind(request, filters.qs, filters)
    context = {"campaign": shown, "table": table, "filters": filters, "summary": summary_of(shown)}
    return table.response() or render(request, "chargeports/campaign.html", context)


def summary_of(shown: Campaign) -> str:
    """What its commands ask for beyond their kind."""
    if shown.template:
        return _("as the template “%(template)s” wants it") % {"template": shown.template}
    return str(command_form(shown.kind).summary(shown.parameters))


def progress(access: Access, shown: Campaign) -> dict[str, Any]:
    """What the live fragment of a campaign shows: how far it is, and what can be done now."""
    may = access.can(RUN_CAMPAIGNS) and access.can(command_form(shown.kind).right)
    failed = shown.count(TargetState.FAILED)
    is_open = shown.state in (CampaignState.RUNNING, *RESUMABLE)
    repeatable = (is_open or shown.state == CampaignState.FINISHED) and can_be_repeated(shown)
    return {
        "campaign": shown,
        "counts": [(state, shown.count(state)) for state in TargetState],
        "percent": 100 * shown.settled // shown.total if shown.total else None,
        "failed": failed,
        "may_start": may and shown.state == CampaignState.DRAFT,
        "may_pause": may and shown.state == CampaignState.RUNNING,
        "may_resume": may and shown.state in RESUMABLE,
        "may_retry": may and failed and repeatable,
        "may_cancel": may and is_open,
        "may_change": may and (is_open or shown.state == CampaignState.DRAFT),
    }


@page(RUN_CAMPAIGNS, CAMPAIGNS)
def edit(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Name, batches, pause and when it stops."""
    changed = _found(pk)
    form = PaceForm(posted(request), campaign=changed)
    back = reverse("campaign", args=[pk])
    if form.is_valid() and fits(form, services.change_pace, access_of(request).actor, changed, **form.cleaned_data):
        return done(request, back)
    return form_page(request, form, title=str(changed), submit=_("Save"), back=back)


def act(service: Callable[[Actor, Campaign], Any], said: Text, *, back: str = "") -> DeclaredView:
    """A button: for those who may run campaigns and ask for the campaign's kind of command."""

    @page(RUN_CAMPAIGNS, CAMPAIGNS)
    @require_POST
    def view(request: HttpRequest, pk: int) -> HttpResponse:
        changed = _found(pk)
        enforce(request, command_form(changed.kind).right)
        is_done = attempt(request, said, service, access_of(request).actor, changed)
        return redirect(back) if is_done and back else redirect("campaign", pk)

    return view


start = act(services.start_campaign, lazy("The campaign has begun."))
pause = act(services.pause_campaign, lazy("The campaign pauses."))
resume = act(services.resume_campaign, lazy("The campaign goes on."))
retry = act(services.retry_failed, lazy("Those that failed are asked again."))
cancel = act(services.cancel_campaign, lazy("The campaign was cancelled."))
discard = act(services.discard_campaign, lazy("The draft was discarded."), back="campaigns")


def _found(pk: int) -> Campaign:
    return get_object_or_404(Campaign.objects.select_related("template"), pk=pk)
