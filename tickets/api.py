"""Operations of the REST API on tickets."""

from datetime import date, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from ninja import Field, Query, Schema

from accounts.models import User
from chargeports.api import StationQuery
from common.access import access_of
from common.api import Operations, Page, page_of
from stations.models import Station
from tickets import people, selectors, services
from tickets.choices import OPEN_STATES, EntryKind, Priority, TicketState
from tickets.models import Team, Ticket, TicketCategory
from tickets.rights import CHANGE_TICKETS, TICKETS, VIEW_TICKETS

tickets = Operations("Tickets")


class _TicketEntered(Schema):
    """`assignee` is an e-mail address, `category` and `team` are names, `station` is an identity."""

    description: str = ""
    state: TicketState = TicketState.NEW
    priority: Priority = Priority.NORMAL
    category: str | None = None
    assignee: str | None = None
    team: str | None = None
    station: str | None = None
    port_numbers: list[int] = []
    due_on: date | None = None


class TicketIn(_TicketEntered):
    title: str


class TicketChange(_TicketEntered):
    """What is not named stays as it is."""

    title: str = ""


class TicketOut(TicketIn):
    number: int
    error_id: int | None
    session_id: int | None
    opened_by: str = Field(alias="actor_label")
    created_at: datetime
    changed_at: datetime
    closed_at: datetime | None

    @staticmethod
    def resolve_category(ticket: Ticket) -> str | None:
        return ticket.category.name if ticket.category else None

    @staticmethod
    def resolve_assignee(ticket: Ticket) -> str | None:
        return ticket.assignee.email if ticket.assignee else None

    @staticmethod
    def resolve_team(ticket: Ticket) -> str | None:
        return ticket.team.name if ticket.team else None

    @staticmethod
    def resolve_station(ticket: Ticket) -> str | None:
        return ticket.station.identity if ticket.station else None


class TicketQuery(StationQuery):
    state: TicketState | None = None
    is_open: bool | None = Field(None, alias="open")


class EntryOut(Schema):
    """A comment, or a change by field: before and after."""

    kind: EntryKind
    internal: bool
    text: str
    changes: dict[str, Any]
    by: str = Field(alias="actor_label")
    at: datetime
    file_ids: list[int]

    @staticmethod
    def resolve_file_ids(entry: Any) -> list[int]:
        return [file.pk for file in entry.files.all()]


class CommentIn(Schema):
    """Internal comments reach only those who may change tickets."""

    text: str = Field(min_length=1, max_length=20_000)
    internal: bool = False


@tickets.operation("GET", "/tickets", VIEW_TICKETS, Page[TicketOut], feature=TICKETS)
def list_tickets(request: HttpRequest, query: Query[TicketQuery]) -> Any:
    """List tickets, those that changed last first"""
    found = query.narrow(selectors.tickets())
    if query.state:
        found = found.filter(state=query.state)
    if query.is_open is not None:
        found = found.filter(state__in=OPEN_STATES) if query.is_open else found.exclude(state__in=OPEN_STATES)
    return page_of(found, query, "changed_at", descending=True)


@tickets.operation("POST", "/tickets", CHANGE_TICKETS, TicketOut, status=201, feature=TICKETS)
def open_ticket(request: HttpRequest, body: TicketIn) -> Any:
    """Open a ticket"""
    access = access_of(request)
    made = services.open_ticket(access.actor, access.organisation, **_values(request, body))
    return _ticket(made.number)


@tickets.operation("GET", "/tickets/{int:number}", VIEW_TICKETS, TicketOut, feature=TICKETS)
def read_ticket(request: HttpRequest, number: int) -> Any:
    """Read a ticket"""
    return _ticket(number)


@tickets.operation("PATCH", "/tickets/{int:number}", CHANGE_TICKETS, TicketOut, feature=TICKETS)
def change_ticket(request: HttpRequest, number: int, body: TicketChange) -> Any:
    """Change a ticket"""
    services.change_ticket(access_of(request).actor, _ticket(number), **_values(request, body))
    return _ticket(number)


@tickets.operation("GET", "/tickets/{int:number}/entries", VIEW_TICKETS, list[EntryOut], feature=TICKETS)
def list_ticket_entries(request: HttpRequest, number: int) -> Any:
    """List what was said and changed lately, the oldest first

    The newest 300 entries. Internal comments are for tokens that may change tickets.
    """
    return selectors.entries(_ticket(number), internal=access_of(request).can(CHANGE_TICKETS))


@tickets.operation("POST", "/tickets/{int:number}/comments", CHANGE_TICKETS, EntryOut, status=201, feature=TICKETS)
def comment_ticket(request: HttpRequest, number: int, body: CommentIn) -> Any:
    """Comment a ticket"""
    entry = services.comment_ticket(access_of(request).actor, _ticket(number), body.text, internal=body.internal)
    return entry


def _ticket(number: int) -> Ticket:
    return get_object_or_404(selectors.tickets(), number=number)


def _values(request: HttpRequest, body: TicketIn | TicketChange) -> dict[str, Any]:
    values = body.model_dump(exclude_unset=True)
    mine = people.who_may_see(access_of(request).organisation)
    find: dict[str, Any] = {
        "category": lambda name: TicketCategory.objects.filter(name=name).first(),
        "team": lambda name: Team.objects.filter(name=name).first(),
        "station": lambda identity: Station.objects.filter(identity__iexact=identity).first(),
        "assignee": lambda email: _person(mine, email),
    }
    for name, found in find.items():
        if values.get(name) is not None:
            values[name] = _named(name, found(values[name]))
    return values


def _person(people_there: Any, email: str) -> User | None:
    return people_there.filter(email__iexact=email).first()


def _named(name: str, found: Any) -> Any:
    if found is None:
        raise ValidationError({name: _("There is no such entry in this organisation.")})
    return found


ROUTERS = (tickets,)
