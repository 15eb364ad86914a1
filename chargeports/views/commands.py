"""Commands in the browser: a form for every kind, the command's own page, and the history of a station or port."""

import json
from collections.abc import Iterable
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from chargeports import selectors, services
from chargeports.capabilities import doubts
from chargeports.choices import CommandKind, CommandState
from chargeports.filters import CommandFilter
from chargeports.forms import CommandForm, command_form, summary_of
from chargeports.models import ChargePort, Command
from chargeports.outcomes import outcome_in_words
from chargeports.rights import VIEW_COMMANDS
from chargeports.tables import COMMANDS
from chargeports.views.sheet import port_tab
from common.access import Access, access_of
from common.declarations import declared
from common.doors import attempt, show_in
from common.errors import Refused
from common.forms import form_page
from common.numbers import whole_number
from common.rights import Text
from common.tables import BoundTable
from common.views import DeclaredView, enforce, page, page_or_fragment
from stations.models import Station
from stations.selectors import station_by_identity
from stations.views.sheet import station_tab

SLUG = "commands"


# --- Asking -------------------------------------------------------------------------------------------------------
def ask_urls(forms: Iterable[type[CommandForm]]) -> list[URLPattern]:
    """An address for every kind: `commands/new/<kind>/<identity>/`; the query fills in fields, e.g. the port."""
    return [path(f"commands/new/{form.slug()}/<str:identity>/", ask(form), name=form.url_name()) for form in forms]


def ask(form_class: type[CommandForm]) -> DeclaredView:
    @page(form_class.right)
    def view(request: HttpRequest, identity: str) -> HttpResponseBase:
        station = station_by_identity(identity)
        data = request.POST if request.method == "POST" else None
        with timezone.override(station.time_zone):
            form = form_class(data, station=station, initial=request.GET.dict())
            command = requested(access_of(request), form) if form.is_valid() else None
            return on_its_way(request, command) if command else ask_page(request, form)

    return view


def requested(access: Access, form: CommandForm) -> Command | None:
    """Queue the command; what the service refuses stands in the form."""
    expiry = form.cleaned_data.get("expires_in_s")
    try:
        return form.service(
            access.actor,
            form.station,
            form.kind,
            form.parameters,
            form.port_number,
            expiry,
            wait_for_station=expiry is not None,
        )
    except Refused as refusal:
        form.add_error(None, str(refusal.message))
    except ValidationError as error:
        show_in(form, error)
    return None


def ask_page(request: HttpRequest, form: CommandForm) -> HttpResponse:
    port_number = whole_number(request.GET.get("port_number"))
    warned = filter(None, [doubts(form.station).get(form.kind)])
    return form_page(
        request,
        form,
        title=f"{form.title} · {form.station.identity}",
        submit=_("Send when it is back") if form.waits else _("Send"),
        back=sheet_url(form.station, port_number),
        intro=form.explanation,
        warning=" ".join(map(str, [*warned, *consequences_of(form.station, form.kind, port_number)])),
    )


def consequences_of(station: Station, kind: CommandKind, port_number: int | None) -> list[Text]:
    """What else happens when the station does this, in words. Apps above list functions of the same arguments in
    `parts.COMMAND_CONSEQUENCES`.
    """
    return [text for told in declared("parts", "COMMAND_CONSEQUENCES") for text in told(station, kind, port_number)]


def on_its_way(request: HttpRequest, command: Command) -> HttpResponseBase:
    """In the dialog the command's progress; without a script its page, for those who may see it."""
    if getattr(request, "htmx", None):
        return command_page(request, command)
    if access_of(request).can(VIEW_COMMANDS):
        return redirect("command", command.pk)
    messages.success(request, _("The command is on its way."))
    return redirect(sheet_url(command.station, command.port_number))


def sheet_url(station: Station, port_number: int | None) -> str:
    if port_number:
        return reverse("charge-port", args=[station.identity, port_number])
    return reverse("station", args=[station.identity])


# --- One command --------------------------------------------------------------------------------------------------
@page(VIEW_COMMANDS)
def command(request: HttpRequest, pk: int) -> HttpResponseBase:
    return command_page(request, found(pk))


@page(VIEW_COMMANDS)
@require_POST
def cancel(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Take the command back while it waits: for those who may ask for its kind."""
    taken_back = found(pk)
    enforce(request, command_form(taken_back.kind).right)
    attempt(request, _("The command was cancelled."), services.cancel_command, access_of(request).actor, taken_back)
    return redirect("command", pk)


def command_page(request: HttpRequest, command: Command) -> HttpResponse:
    context = {
        "command": command,
        "answer": json.dumps(command.answer, indent=2, ensure_ascii=False),
        "back": sheet_url(command.station, command.port_number),
    }
    return page_or_fragment(request, "chargeports/command_page.html", context, "chargeports/command_body.html")


def progress(access: Access, command: Command) -> dict[str, Any]:
    """What the live fragment of a command shows."""
    declared_form = command_form(command.kind)
    return {
        "command": command,
        "station": command.station,
        "summary": summary_of(command),
        "meaning": outcome_in_words(command.outcome),
        "may_cancel": command.state == CommandState.QUEUED and access.can(declared_form.right),
    }


def found(pk: int) -> Command:
    return get_object_or_404(selectors.commands(), pk=pk)


# --- History ------------------------------------------------------------------------------------------------------
def station_history(request: HttpRequest, station: Station) -> HttpResponseBase:
    table, filters = history(request, selectors.commands_of(station))
    context = {"table": table, "filters": filters, "live_station": station}
    return table.response() or station_tab(request, station, SLUG, "chargeports/commands.html", context)


def port_history(request: HttpRequest, port: ChargePort) -> HttpResponseBase:
    table, filters = history(request, selectors.commands_of(port.station, port.number))
    context = {"table": table, "filters": filters, "live_station": port.station}
    return table.response() or port_tab(request, port, SLUG, "chargeports/commands.html", context)


def history(request: HttpRequest, commands: QuerySet[Command]) -> tuple[BoundTable, CommandFilter]:
    filters = CommandFilter(request.GET, commands, request=request)
    return COMMANDS.bind(request, filters.qs, filters), filters


def open_commands(access: Access, station: Station) -> dict[str, Any]:
    """What is under way at the station; a change of it draws the history anew."""
    newest = selectors.commands_of(station).order_by("-pk").first()
    return {"station": station, "newest": newest, "count": selectors.open_commands(station).count()}
