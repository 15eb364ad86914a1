"""Ending sessions: one that is known, with or without the charger's word, and one that nobody knows here."""

from datetime import timedelta

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from chargeports.choices import CommandKind
from chargeports.models import ChargePort, Command
from chargeports.rights import CONTROL_CHARGING, RESET
from chargeports.selectors import commands_of, port_by_address
from chargeports.services import request_command
from chargeports.views.commands import on_its_way, sheet_url
from charging import selectors, services
from charging.forms.control import BY_ID, StopUnknownForm
from charging.models import ChargingSession
from charging.views.sessions import itself
from common.access import access_of
from common.actor import Actor
from common.doors import attempt, posted
from common.errors import Refused
from common.forms import done, form_page
from common.views import enforce, page, page_or_fragment

# What was tried so lately is told.
_TRIED_WITHIN = timedelta(minutes=30)
_ENDING = (CommandKind.STOP_CHARGING, CommandKind.UNLOCK, CommandKind.RESET)


@page(CONTROL_CHARGING)
def stop_session(request: HttpRequest, pk: int) -> HttpResponseBase:
    """What runs, and the two ways to end it."""
    session = get_object_or_404(selectors.sessions().select_related("station__state"), pk=pk)
    actor, why = access_of(request).actor, ""
    if request.method == "POST" and request.POST.get("how") == "force":
        attempt(request, _("The session was ended here; the charger was asked, too."), _force, actor, session)
        return done(request, reverse("session", args=[pk]))
    if request.method == "POST":
        try:
            return on_its_way(request, _stop(actor, session))
        except Refused as refusal:
            why = str(refusal.message)
    context = {**itself(access_of(request), session), "why": why, "back": reverse("session", args=[pk])}
    status = 422 if why else 200
    return page_or_fragment(request, "charging/stop.html", context, "charging/stop_body.html", status)


def _force(actor: Actor, session: ChargingSession) -> None:
    services.force_stop(actor, session)


def _stop(actor: Actor, session: ChargingSession) -> Command:
    """A station that is offline is asked when it is back."""
    return services.stop_session(actor, session, waits=not session.station.state.online)


@page(CONTROL_CHARGING)
def stop_at_port(request: HttpRequest, identity: str, number: int) -> HttpResponseBase:
    """The session that runs here; else the ways to end one that only the charger knows."""
    port = port_by_address(access_of(request).organisation, identity, number)
    known = selectors.running_session(port)
    if known is not None:
        return redirect("session-stop", known.pk)
    running = len(selectors.running_sessions(port.station))
    form = StopUnknownForm(posted(request), orphans=selectors.unknown_transactions(port), running=running)
    if form.is_valid():
        if form.cleaned_data["way"] in ("soft", "hard"):
            enforce(request, RESET)
        try:
            return on_its_way(request, _ask(access_of(request).actor, port, form.cleaned_data["way"]))
        except Refused as refusal:
            form.add_error(None, str(refusal.message))
    return form_page(
        request,
        form,
        title=_("Stop what charges at %(port)s") % {"port": port},
        submit=_("Stop"),
        back=sheet_url(port.station, number),
        intro=_intro(port),
        danger=True,
    )


def url_of(port: ChargePort) -> str:
    """Of the port's menu."""
    return reverse("port-stop", args=[port.station.identity, port.number])


def _ask(actor: Actor, port: ChargePort, way: str) -> Command:
    if way.startswith(BY_ID):
        parameters = {"session_id": int(way.removeprefix(BY_ID))}
        return request_command(actor, port.station, CommandKind.STOP_CHARGING, parameters, port.number)
    if way == "unlock":
        return request_command(actor, port.station, CommandKind.UNLOCK, {}, port.number)
    return request_command(actor, port.station, CommandKind.RESET, {"type": way})


def _intro(port: ChargePort) -> str:
    words = [_("The portal knows of no session here. Where the charger has one all the same, it can be ended so:")]
    since = timezone.now() - _TRIED_WITHIN
    lately = commands_of(port.station).filter(kind__in=_ENDING, created_at__gt=since).order_by("pk")
    tried = [_tried(command) for command in lately if command.port_number in (None, port.number)]
    return " ".join([*words, _("Tried already: %(what)s.") % {"what": "; ".join(tried)}] if tried else words)


def _tried(command: Command) -> str:
    outcome = command.outcome_label or command.get_state_display()
    at = date_format(timezone.localtime(command.created_at), "TIME_FORMAT")
    return f"{at} {command.get_kind_display()} – {outcome}"
