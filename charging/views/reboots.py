"""Restarting a station's controller, now or when nobody charges; and reading its settings anew."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from chargeports.choices import CommandKind
from chargeports.rights import RESET, SERVICE_COMMANDS
from chargeports.selectors import port_by_address
from chargeports.services import request_command
from chargeports.views.commands import on_its_way, sheet_url
from charging import selectors, services
from charging.forms.control import RebootForm
from charging.models import PendingReboot
from common.access import Access, access_of
from common.doors import attempt, fits, posted
from common.errors import Refused
from common.forms import done, form_page
from common.numbers import whole_number
from common.views import page
from stations.models import Station
from stations.selectors import station_by_identity


@page(RESET)
def reboot(request: HttpRequest, identity: str) -> HttpResponseBase:
    """Hard: now. Soft: as soon as no session is active."""
    station = station_by_identity(identity)
    form = RebootForm(posted(request), running=len(selectors.running_sessions(station)))
    actor, number = access_of(request).actor, _number(request)
    if form.is_valid() and form.cleaned_data["when"] == "hard":
        try:
            return on_its_way(request, request_command(actor, station, CommandKind.RESET, {"type": "hard"}))
        except Refused as refusal:
            form.add_error(None, str(refusal.message))
    elif form.is_valid() and fits(form, services.plan_reboot, actor, station):
        messages.success(request, _("The station restarts as soon as nobody charges."))
        return done(request, sheet_url(station, number))
    title = _("Restart the controller of %(station)s") % {"station": station}
    return form_page(request, form, title=title, submit=_("Restart"), back=sheet_url(station, number), danger=True)


def _number(request: HttpRequest) -> int | None:
    return whole_number(request.GET.get("port_number"))


@page(RESET)
@require_POST
def cancel_reboot(request: HttpRequest, pk: int) -> HttpResponse:
    planned: PendingReboot = get_object_or_404(PendingReboot.objects.select_related("station"), pk=pk)
    attempt(request, _("The restart was cancelled."), services.cancel_reboot, access_of(request).actor, planned)
    return redirect(sheet_url(planned.station, _number(request)))


@page(SERVICE_COMMANDS)
@require_POST
def refresh(request: HttpRequest, identity: str, number: int) -> HttpResponse:
    """Read the station's settings anew, and draw the whole page again."""
    port = port_by_address(access_of(request).organisation, identity, number)
    told = _("The station is asked for its settings; what it answers appears here.")
    kind, actor = CommandKind.READ_CONFIGURATION, access_of(request).actor
    attempt(request, told, request_command, actor, port.station, kind, {})
    return redirect(sheet_url(port.station, number))


def pending(access: Access, station: Station) -> dict[str, Any]:
    """The restart that waits at the station, and for how many sessions."""
    planned = selectors.pending_reboot(station)
    return {
        "station": station,
        "planned": planned,
        "running": selectors.running_now(station).sessions if planned else 0,
        "may_cancel": access.can(RESET),
    }
