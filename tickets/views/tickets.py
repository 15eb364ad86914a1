"""Tickets: list, board, one ticket with all that was said of it, and a station's tab."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.models import StoredFile
from accounts.services.files import keep_file
from chargeports.error_catalogue import with_meanings
from chargeports.models import EquipmentError
from charging.models import ChargingSession
from common.access import Access, access_of
from common.doors import attempt, fits, posted, show_in
from common.files import FilePurpose
from common.forms import done, form_page
from common.numbers import whole_number
from common.views import page
from stations.models import Station
from stations.views.sheet import station_tab
from tickets import selectors, services
from tickets.choices import TicketState
from tickets.files import ATTACHMENT, INTERNAL_ATTACHMENT
from tickets.filters import BoardFilter, StationTicketFilter, TicketFilter
from tickets.forms import CommentForm, NewTicketForm, StateForm, TicketForm
from tickets.models import Ticket
from tickets.rights import CHANGE_TICKETS, TICKETS, VIEW_TICKETS
from tickets.tables import STATION_TICKETS
from tickets.tables import TICKETS as TICKET_TABLE
from tickets.wording import change_lines, meaning_lines

SLUG = "tickets"


# --- Lists --------------------------------------------------------------------------------------------------------
@page(VIEW_TICKETS, TICKETS, token_allowed=True)
def tickets(request: HttpRequest) -> HttpResponseBase:
    filters = TicketFilter(request.GET, selectors.tickets(), request=request)
    table = TICKET_TABLE.bind(request, filters.qs, filters)
    context = {"table": table, "filters": filters, "organisation": access_of(request).organisation}
    return table.response() or render(request, "tickets/tickets.html", context)


@page(VIEW_TICKETS, TICKETS)
def board(request: HttpRequest) -> HttpResponseBase:
    """For HTMX the columns alone."""
    filters = BoardFilter(request.GET, selectors.tickets(), request=request)
    htmx = getattr(request, "htmx", None)
    template = "tickets/board_columns.html" if htmx and htmx.target == "board" else "tickets/board.html"
    context = {
        "filters": filters,
        "columns": selectors.columns(filters.qs),
        "states": TicketState.choices,
        "organisation": access_of(request).organisation,
        "may_change": access_of(request).can(CHANGE_TICKETS),
    }
    return render(request, template, context)


def station_tickets(request: HttpRequest, station: Station) -> HttpResponseBase:
    filters = StationTicketFilter(request.GET, selectors.tickets_of(station), request=request)
    table = STATION_TICKETS.bind(request, filters.qs, filters)
    context = {"table": table, "filters": filters}
    return table.response() or station_tab(request, station, SLUG, "tickets/station_tickets.html", context)


# --- One ticket ---------------------------------------------------------------------------------------------------
@page(VIEW_TICKETS, TICKETS)
def ticket(request: HttpRequest, number: int) -> HttpResponseBase:
    return _ticket_page(request, found(number), CommentForm())


@page(CHANGE_TICKETS, TICKETS)
@require_POST
def comment(request: HttpRequest, number: int) -> HttpResponseBase:
    access, about, form = access_of(request), found(number), CommentForm(request.POST, request.FILES)
    if form.is_valid():
        internal = form.cleaned_data["internal"]
        try:
            with transaction.atomic():  # no file stays where the comment is refused
                files = keep_attachments(
                    access, INTERNAL_ATTACHMENT if internal else ATTACHMENT, form.cleaned_data["attachments"]
                )
                services.comment_ticket(access.actor, about, form.cleaned_data["text"], internal=internal, files=files)
            return redirect("ticket", about.number)
        except ValidationError as error:
            show_in(form, error)
    return _ticket_page(request, about, form)


@page(CHANGE_TICKETS, TICKETS)
def create(request: HttpRequest) -> HttpResponseBase:
    """The query says what the ticket is about: `station`, `port`, `error` and `session`."""
    access = access_of(request)
    draft = _draft(request)
    files = request.FILES if request.method == "POST" else None
    form = NewTicketForm(posted(request), files, organisation=access.organisation, ticket=draft)
    if form.is_valid() and (made := _opened(access, form, draft)):
        return done(request, reverse("ticket", args=[made.number]))
    return form_page(request, form, title=_("New ticket"), submit=_("Open the ticket"), back=reverse("tickets"))


@page(CHANGE_TICKETS, TICKETS)
def edit(request: HttpRequest, number: int) -> HttpResponseBase:
    access, about = access_of(request), found(number)
    form = TicketForm(posted(request), organisation=access.organisation, ticket=about)
    address = reverse("ticket", args=[about.number])
    if form.is_valid() and fits(form, services.change_ticket, access.actor, about, **form.cleaned_data):
        return done(request, address)
    return form_page(
        request, form, title=_("Change ticket #%(number)d") % {"number": number}, submit=_("Save"), back=address
    )


@page(CHANGE_TICKETS, TICKETS)
@require_POST
def move(request: HttpRequest, number: int) -> HttpResponseBase:
    """Give the ticket another state, from the board, a list or its own page."""
    about, form = found(number), StateForm(request.POST)
    if form.is_valid():
        state = TicketState(form.cleaned_data["state"])
        text = _("Ticket #%(number)d: %(state)s") % {"number": number, "state": state.label}
        attempt(request, text, services.change_ticket, access_of(request).actor, about, state=state)
    return redirect(_next(request, about))


@page(CHANGE_TICKETS, TICKETS)
@require_POST
def take(request: HttpRequest, number: int) -> HttpResponseBase:
    """Assign the ticket to oneself."""
    access, about = access_of(request), found(number)
    text = _("The ticket is assigned to you.")
    attempt(request, text, services.change_ticket, access.actor, about, assignee=access.user)
    return redirect(_next(request, about))


@page(VIEW_TICKETS, TICKETS)
@require_POST
def watch(request: HttpRequest, number: int) -> HttpResponseBase:
    """Be told what happens to the ticket, or with `stop` no longer."""
    access, about = access_of(request), found(number)
    if access.user is None:
        raise Http404
    change = services.unwatch if request.POST.get("stop") else services.watch
    change(access.actor, about, access.user)
    return redirect("ticket", about.number)


def found(number: int) -> Ticket:
    related = ("error__station", "session", "organisation")
    return get_object_or_404(selectors.tickets().select_related(*related), number=number)


# --- Live parts and panels ----------------------------------------------------------------------------------------
def pulse(access: Access, organisation: Any) -> dict[str, Any]:
    """What differs as soon as a ticket is opened or changed."""
    return {"newest": Ticket.objects.order_by("-changed_at", "-id").values_list("changed_at", flat=True).first()}


def station_pulse(access: Access, station: Station) -> dict[str, Any]:
    newest = Ticket.objects.filter(station=station).order_by("-changed_at", "-id")
    return {"newest": newest.values_list("changed_at", flat=True).first()}


def ticket_itself(access: Access, about: Ticket) -> dict[str, Any]:
    """The facts, what was said, and what was mailed to whom."""
    may_change = access.can(CHANGE_TICKETS)
    entries = [(entry, change_lines(entry)) for entry in selectors.entries(about, internal=may_change)]
    watchers = list(about.watchers.order_by("name"))
    error = with_meanings(EquipmentError.objects.filter(pk=about.error_id)).first() if about.error_id else None
    return {
        "ticket": about,
        "meaning": meaning_lines(error) if error else [],
        "entries": entries,
        "are_all": len(entries) < selectors.ENTRIES_SHOWN,
        "files": list(about.files.all()),
        "mails": list(selectors.mails_about(ticket=about)[:50]) if may_change else [],
        "watchers": watchers,
        "watched": access.user in watchers,
        "may_change": may_change,
        "is_mine": about.assignee == access.user,
        "states": TicketState.choices,
    }


def open_here(access: Access, station: Station) -> dict[str, Any]:
    return {"station": station, "open_tickets": list(selectors.open_tickets_of(station)[:100])}


def error_details(access: Access, error: EquipmentError) -> dict[str, Any]:
    """By which rules the error was escalated, which tickets are about it, and what was mailed to whom."""
    return {
        "error": error,
        "escalations": list(selectors.escalations_of(error)),
        "tickets": list(selectors.tickets().filter(error=error).order_by("number")),
        "mails": list(selectors.mails_about(error=error)[:50]) if access.can(CHANGE_TICKETS) else [],
    }


# --- Details ------------------------------------------------------------------------------------------------------
def _ticket_page(request: HttpRequest, about: Ticket, form: CommentForm) -> HttpResponse:
    context = {"ticket": about, "form": form, "may_change": access_of(request).can(CHANGE_TICKETS)}
    return render(request, "tickets/ticket.html", context, status=422 if form.errors else 200)


def _draft(request: HttpRequest) -> Ticket:
    """A ticket about what the query names, as far as it exists in the organisation."""
    organisation = access_of(request).organisation
    error = EquipmentError.objects.select_related("station").filter(pk=_id(request, "error")).first()
    session = ChargingSession.objects.select_related("station").filter(pk=_id(request, "session")).first()
    about = error or session
    named = Station.objects.filter(identity__iexact=request.GET.get("station", "")).first()
    number = about.port_number if about else _id(request, "port")
    return Ticket(
        organisation=organisation,
        station=about.station if about else named,
        port_numbers=[number] if number else [],
        error=error,
        session=session,
        title=str(error)[:200] if error else "",
    )


def _id(request: HttpRequest, name: str) -> int:
    return whole_number(request.GET.get(name)) or 0


def _opened(access: Access, form: NewTicketForm, draft: Ticket) -> Ticket | None:
    values = dict(form.cleaned_data)
    watchers = [access.user] if values.pop("watch") and access.user else []
    uploads = values.pop("attachments")
    values |= {"error": draft.error, "session": draft.session}
    try:
        with transaction.atomic():  # no file stays where the ticket is refused
            files = keep_attachments(access, ATTACHMENT, uploads)
            return services.open_ticket(access.actor, access.organisation, watchers=watchers, files=files, **values)
    except ValidationError as error:
        show_in(form, error)
    return None


def keep_attachments(access: Access, purpose: FilePurpose, uploads: list[Any]) -> list[StoredFile]:
    try:
        return [keep_file(access.organisation, purpose, upload, access.actor) for upload in uploads]
    except ValidationError as error:
        raise ValidationError({"attachments": error.messages}) from error


def _next(request: HttpRequest, about: Ticket) -> str:
    """Back to where the button stood."""
    url = request.POST.get("next", "")
    own = url_has_allowed_host_and_scheme(url, {request.get_host()}, require_https=request.is_secure())
    return url if own else reverse("ticket", args=[about.number])
