"""What an organisation sets up for its tickets: teams, categories, escalation rules."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _

from common.access import access_of
from common.confirming import confirm
from common.doors import fits, posted
from common.forms import done, form_page
from common.rights import Text
from common.views import page
from tickets import services
from tickets.forms import CategoryForm, RuleForm, TeamForm
from tickets.models import EscalationRule, Team, TicketCategory
from tickets.rights import CHANGE_RULES, CHANGE_TEAMS, TICKETS, VIEW_RULES, VIEW_TICKETS
from tickets.tables import CATEGORIES, RULES, TEAMS


# --- Teams --------------------------------------------------------------------------------------------------------
@page(VIEW_TICKETS, TICKETS)
def teams(request: HttpRequest) -> HttpResponseBase:
    table = TEAMS.bind(request, Team.objects.prefetch_related("people"))
    return table.response() or render(request, "tickets/teams.html", {"table": table})


@page(CHANGE_TEAMS, TICKETS)
def create_team(request: HttpRequest) -> HttpResponseBase:
    access, back = access_of(request), reverse("ticket-teams")
    form = TeamForm(posted(request), organisation=access.organisation, team=Team())
    if form.is_valid() and fits(form, services.create_team, access.actor, access.organisation, **form.cleaned_data):
        return done(request, back)
    return form_page(request, form, title=_("New team"), submit=_("Create"), back=back)


@page(CHANGE_TEAMS, TICKETS)
def edit_team(request: HttpRequest, pk: int) -> HttpResponseBase:
    access, back, team = access_of(request), reverse("ticket-teams"), get_object_or_404(Team, pk=pk)
    form = TeamForm(posted(request), organisation=access.organisation, team=team)
    if form.is_valid() and fits(form, services.update_team, access.actor, team, **form.cleaned_data):
        return done(request, back)
    return form_page(request, form, title=_("Change the team"), submit=_("Save"), back=back)


@page(CHANGE_TEAMS, TICKETS)
def delete_team(request: HttpRequest, pk: int) -> HttpResponseBase:
    team = get_object_or_404(Team, pk=pk)
    warning = _("Tickets of the team stay; nobody is assigned to them any more where only the team was.")
    return _delete(request, services.delete_team, team, "ticket-teams", warning)


# --- Categories ---------------------------------------------------------------------------------------------------
@page(VIEW_TICKETS, TICKETS)
def categories(request: HttpRequest) -> HttpResponseBase:
    table = CATEGORIES.bind(request, TicketCategory.objects.all())
    return table.response() or render(request, "tickets/categories.html", {"table": table})


@page(CHANGE_TEAMS, TICKETS)
def create_category(request: HttpRequest) -> HttpResponseBase:
    access, back, form = access_of(request), reverse("ticket-categories"), CategoryForm(posted(request))
    if form.is_valid() and fits(form, services.create_category, access.actor, access.organisation, **form.cleaned_data):
        return done(request, back)
    return form_page(request, form, title=_("New category"), submit=_("Create"), back=back)


@page(CHANGE_TEAMS, TICKETS)
def rename_category(request: HttpRequest, pk: int) -> HttpResponseBase:
    category, back = get_object_or_404(TicketCategory, pk=pk), reverse("ticket-categories")
    form = CategoryForm(posted(request), initial={"name": category.name})
    actor = access_of(request).actor
    if form.is_valid() and fits(form, services.rename_category, actor, category, **form.cleaned_data):
        return done(request, back)
    return form_page(request, form, title=_("Rename the category"), submit=_("Rename"), back=back)


@page(CHANGE_TEAMS, TICKETS)
def delete_category(request: HttpRequest, pk: int) -> HttpResponseBase:
    category = get_object_or_404(TicketCategory, pk=pk)
    warning = _("Tickets of the category stay, without one.")
    return _delete(request, services.delete_category, category, "ticket-categories", warning)


# --- Escalation rules ---------------------------------------------------------------------------------------------
@page(VIEW_RULES, TICKETS)
def rules(request: HttpRequest) -> HttpResponseBase:
    shown = EscalationRule.objects.prefetch_related("stations", "groups", "people", "teams")
    table = RULES.bind(request, shown.select_related("ticket_team"))
    return table.response() or render(request, "tickets/rules.html", {"table": table})


@page(CHANGE_RULES, TICKETS)
def create_rule(request: HttpRequest) -> HttpResponseBase:
    return _rule(request, None, _("New escalation rule"))


@page(CHANGE_RULES, TICKETS)
def edit_rule(request: HttpRequest, pk: int) -> HttpResponseBase:
    return _rule(request, get_object_or_404(EscalationRule, pk=pk), _("Change the escalation rule"))


@page(CHANGE_RULES, TICKETS)
def delete_rule(request: HttpRequest, pk: int) -> HttpResponseBase:
    rule = get_object_or_404(EscalationRule, pk=pk)
    warning = _("What it escalated stays; new errors are not escalated by it any more.")
    return _delete(request, services.delete_rule, rule, "escalation-rules", warning)


def _rule(request: HttpRequest, rule: EscalationRule | None, title: Text) -> HttpResponse:
    access, back = access_of(request), reverse("escalation-rules")
    organisation = access.organisation
    form = RuleForm(posted(request), organisation=organisation, rule=rule or EscalationRule(organisation=organisation))
    if form.is_valid() and fits(form, services.save_rule, access.actor, organisation, rule, **form.cleaned_data):
        return done(request, back)
    return form_page(request, form, title=title, submit=_("Save"), back=back)


def _delete(
    request: HttpRequest, service: Callable[..., None], subject: Any, url_name: str, warning: Text
) -> HttpResponseBase:
    return confirm(
        request,
        service,
        subject,
        title=_("Delete “%(name)s”?") % {"name": subject},
        submit=_("Delete"),
        back=reverse(url_name),
        warning=warning,
        danger=True,
    )
