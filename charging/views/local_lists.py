"""The list of tokens that a station keeps itself: its part of the tab *Access*, and its sending."""

from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from chargeports.capabilities import doubts
from chargeports.choices import CommandKind
from chargeports.models import Command
from chargeports.rights import SERVICE_COMMANDS
from chargeports.selectors import open_commands
from charging import selectors, services
from common.access import Access, access_of
from common.doors import attempt
from common.views import page
from stations.models import Station
from stations.selectors import station_by_identity


def panel(access: Access, station: Station) -> dict[str, Any]:
    return {
        "station": station,
        "list": selectors.local_list(station),
        "under_way": open_commands(station).filter(kind=CommandKind.SEND_LOCAL_LIST).order_by("pk").first(),
        "doubt": doubts(station).get(CommandKind.SEND_LOCAL_LIST, ""),
        "may_send": access.can(SERVICE_COMMANDS),
    }


def is_sending(command: Command, access: Access) -> bool:
    return bool(command.kind == CommandKind.SEND_LOCAL_LIST)


def progress(access: Access, command: Command) -> dict[str, Any]:
    return {"command": command, "list": selectors.local_list(command.station)}


@page(SERVICE_COMMANDS)
@require_POST
def keep(request: HttpRequest, identity: str) -> HttpResponseBase:
    """Switch on or off that the portal sends the list again when tokens change."""
    station = station_by_identity(identity)
    kept = request.POST.get("kept") == "yes"
    told = _("From now on the portal keeps the list up to date.") if kept else _("The list stays as it is.")
    attempt(request, told, services.keep_local_list, access_of(request).actor, station, kept=kept)
    return redirect(reverse("station-tab", args=[station.identity, "access"]))
