"""*Unknown stations*: chargers that were refused, and the click that adopts one."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from common.access import Access, access_of
from common.doors import attempt
from common.numbers import in_figures
from common.tables import selected_rows
from common.views import page
from ocpp_gateway import addresses, refusals, selectors
from ocpp_gateway.filters import UnknownStationFilter
from ocpp_gateway.models import RefusedHandshake
from ocpp_gateway.rights import ADOPT, VIEW_UNKNOWN
from ocpp_gateway.tables import UNKNOWN_STATIONS
from stations.models import Station


@page(VIEW_UNKNOWN)
def unknown_stations(request: HttpRequest) -> HttpResponseBase:
    filters = _filtered(request)
    table = UNKNOWN_STATIONS.bind(request, filters.qs, filters)
    context = {"table": table, "filters": filters, "address": addresses.websocket_url(access_of(request).organisation)}
    return table.response() or render(request, "ocpp_gateway/unknown.html", context)


def _filtered(request: HttpRequest) -> UnknownStationFilter:
    mine = selectors.refused_handshakes(access_of(request).organisation.pk)
    return UnknownStationFilter(request.GET, mine, request=request)


@page(ADOPT)
@require_POST
def adopt(request: HttpRequest, pk: int) -> HttpResponse:
    """Make a station of the charger; it is let in at its next attempt."""
    access = access_of(request)
    refusal = _mine(access, pk)
    made: list[Station] = []
    done = _("The charger %(identity)s was adopted. It is let in at its next attempt.") % {"identity": refusal.identity}
    if attempt(request, done, lambda: made.append(refusals.adopt(access.actor, refusal))):
        return redirect("station", made[0].identity)
    return redirect("unknown-stations")


@page(ADOPT)
@require_POST
def forget(request: HttpRequest) -> HttpResponse:
    """Drop the selected rows; a charger that calls again appears again."""
    access = access_of(request)
    count = refusals.forget(access.actor, access.organisation, selected_rows(request, _filtered(request).qs))
    messages.success(
        request,
        ngettext("%(count)s entry was removed.", "%(count)s entries were removed.", count)
        % {"count": in_figures(count, 0)},
    )
    return redirect(f"{reverse('unknown-stations')}?{request.GET.urlencode()}")


def _mine(access: Access, pk: int) -> RefusedHandshake:
    return get_object_or_404(selectors.refused_handshakes(access.organisation.pk), pk=pk)
