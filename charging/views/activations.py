"""The overview of activations, and the review of goodwill starts."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from charging import selectors, services
from charging.filters import ActivationFilter, GoodwillFilter
from charging.rights import REVIEW_GOODWILL, VIEW_SESSIONS
from charging.tables import ACTIVATIONS, GOODWILL
from common.access import access_of
from common.tables import selected_rows
from common.views import page


@page(VIEW_SESSIONS, token_allowed=True)
def activations(request: HttpRequest) -> HttpResponseBase:
    filters = ActivationFilter(request.GET, selectors.activations(), request=request)
    table = ACTIVATIONS.bind(request, filters.qs, filters)
    return table.response() or render(request, "list.html", {"table": table, "filters": filters})


@page(REVIEW_GOODWILL, token_allowed=True)
def goodwill(request: HttpRequest) -> HttpResponseBase:
    filters = GoodwillFilter(request.GET, selectors.goodwill_starts(), request=request)
    table = GOODWILL.bind(request, filters.qs, filters)
    return table.response() or render(request, "list.html", {"table": table, "filters": filters})


@page(REVIEW_GOODWILL)
@require_POST
def review_goodwill(request: HttpRequest) -> HttpResponse:
    filters = GoodwillFilter(request.GET, selectors.goodwill_starts(), request=request)
    starts = selected_rows(request, filters.qs)
    count = services.review_goodwill(access_of(request).actor, access_of(request).organisation, starts)
    told = ngettext("%(count)d start was reviewed.", "%(count)d starts were reviewed.", count)
    messages.success(request, told % {"count": count})
    return redirect(f"{request.path.removesuffix('review/')}?{request.GET.urlencode()}")
