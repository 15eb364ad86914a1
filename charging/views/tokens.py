"""Id tokens and their groups: list, create, change, block."""

from collections.abc import Callable

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from chargeports.rights import CONTROL_CHARGING
from charging import selectors, services
from charging.filters import IdTokenFilter
from charging.forms import IdTokenForm, TokenGroupForm
from charging.models import IdToken, TokenGroup
from charging.rights import CHANGE_TOKENS, VIEW_TOKENS
from charging.tables import ID_TOKENS, TOKEN_GROUPS
from common.access import access_of
from common.actor import Actor
from common.doors import attempt, fits, posted
from common.forms import done, form_page
from common.rights import Text
from common.tables import selected_rows
from common.views import page

SUGGESTIONS = 10
SHORTEST_SEARCH = 2


# --- Id tokens ----------------------------------------------------------------------------------------------------
@page(VIEW_TOKENS, token_allowed=True)
def id_tokens(request: HttpRequest) -> HttpResponseBase:
    filters = IdTokenFilter(request.GET, selectors.id_tokens(), request=request)
    table = ID_TOKENS.bind(request, filters.qs, filters)
    return table.response() or render(request, "charging/id_tokens.html", {"table": table, "filters": filters})


@page(CHANGE_TOKENS)
def create_id_token(request: HttpRequest) -> HttpResponseBase:
    access = access_of(request)
    form = IdTokenForm(posted(request), token=IdToken())
    if form.is_valid() and fits(form, services.create_id_token, access.actor, access.organisation, **form.cleaned_data):
        messages.success(request, _("The token was created. Chargers accept it from now on."))
        return done(request, reverse("id-tokens"))
    return form_page(request, form, title=_("New id token"), submit=_("Create"), back=reverse("id-tokens"))


@page(CHANGE_TOKENS)
def edit_id_token(request: HttpRequest, pk: int) -> HttpResponseBase:
    token = get_object_or_404(selectors.id_tokens(), pk=pk)
    title = _("Id token %(token)s") % {"token": token}
    form = IdTokenForm(posted(request), token=token)
    if form.is_valid() and fits(form, services.change_id_token, access_of(request).actor, token, **form.cleaned_data):
        messages.success(request, _("The token %(token)s was changed.") % {"token": token})
        return done(request, reverse("id-tokens"))
    return form_page(request, form, title=title, submit=_("Save"), back=reverse("id-tokens"))


@page(CHANGE_TOKENS)
@require_POST
def block_id_token(request: HttpRequest, pk: int) -> HttpResponse:
    return _change_status(request, pk, services.block_id_token, _("The token %(token)s is refused from now on."))


@page(CHANGE_TOKENS)
@require_POST
def unblock_id_token(request: HttpRequest, pk: int) -> HttpResponse:
    return _change_status(request, pk, services.unblock_id_token, _("The token %(token)s may charge again."))


def _change_status(request: HttpRequest, pk: int, service: Callable[[Actor, IdToken], None], told: str) -> HttpResponse:
    token = get_object_or_404(IdToken, pk=pk)
    attempt(request, told % {"token": token}, service, access_of(request).actor, token)
    return back_to(request, "id-tokens")


@page(CHANGE_TOKENS)
@require_POST
def block_id_tokens(request: HttpRequest) -> HttpResponse:
    count = services.block_tokens(access_of(request).actor, _selected(request))
    return _told(request, ngettext("%(count)d token was blocked.", "%(count)d tokens were blocked.", count), count)


@page(CHANGE_TOKENS)
@require_POST
def unblock_id_tokens(request: HttpRequest) -> HttpResponse:
    count = services.unblock_tokens(access_of(request).actor, _selected(request))
    told = ngettext("%(count)d token may charge again.", "%(count)d tokens may charge again.", count)
    return _told(request, told, count)


def _selected(request: HttpRequest) -> QuerySet[IdToken]:
    return selected_rows(request, IdTokenFilter(request.GET, selectors.id_tokens(), request=request).qs)


def _told(request: HttpRequest, told: str, count: int) -> HttpResponse:
    messages.success(request, told % {"count": count})
    return back_to(request, "id-tokens")


def back_to(request: HttpRequest, url_name: str) -> HttpResponse:
    """To the list, filtered as it was: the row's form carries the query along."""
    return redirect(f"{reverse(url_name)}?{request.GET.urlencode()}")


@page(CONTROL_CHARGING)
def token_suggestions(request: HttpRequest) -> HttpResponseBase:
    """Known tokens with what is typed in their number, label or person, as options of the field."""
    text = request.GET.get("id_tag", "").strip()
    found = IdToken.objects.filter(selectors.token_has_text(text)).order_by("token")
    tokens = found[:SUGGESTIONS] if len(text) >= SHORTEST_SEARCH else []
    options: list[tuple[str, Text]] = [
        (token.token, " · ".join(filter(None, [token.label, token.holder]))) for token in tokens
    ]
    return render(request, "charging/suggestions.html", {"options": options})


# --- Groups of tokens ---------------------------------------------------------------------------------------------
@page(VIEW_TOKENS)
def token_groups(request: HttpRequest) -> HttpResponseBase:
    table = TOKEN_GROUPS.bind(request, selectors.token_groups())
    return table.response() or render(request, "charging/token_groups.html", {"table": table})


@page(CHANGE_TOKENS)
def create_token_group(request: HttpRequest) -> HttpResponseBase:
    access = access_of(request)
    form = TokenGroupForm(posted(request), instance=TokenGroup(organisation=access.organisation))
    if form.is_valid() and fits(
        form, services.create_token_group, access.actor, access.organisation, **form.cleaned_data
    ):
        return done(request, reverse("token-groups"))
    return form_page(request, form, title=_("New token group"), submit=_("Create"), back=reverse("token-groups"))


@page(CHANGE_TOKENS)
def edit_token_group(request: HttpRequest, pk: int) -> HttpResponseBase:
    group = get_object_or_404(TokenGroup, pk=pk)
    title = _("Token group %(group)s") % {"group": group}
    form = TokenGroupForm(posted(request), instance=TokenGroup.objects.get(pk=pk))
    actor = access_of(request).actor
    if form.is_valid() and fits(form, services.change_token_group, actor, group, **form.cleaned_data):
        messages.success(request, _("The group %(group)s was changed.") % {"group": group})
        return done(request, reverse("token-groups"))
    return form_page(request, form, title=title, submit=_("Save"), back=reverse("token-groups"))
