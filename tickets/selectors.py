"""Reads of the tickets app that more than one place needs."""

from django.db.models import Count, F, Q, QuerySet, Window
from django.db.models.functions import RowNumber

from accounts.models import User
from chargeports.models import EquipmentError
from stations.models import Station
from tickets.choices import OPEN_STATES, TicketState
from tickets.models import Escalation, Mail, Ticket, TicketEntry

# How many tickets a column of the board shows; the list has them all.
BOARD_HEIGHT = 40
# How many of its newest entries a ticket shows: an error that flickers for weeks writes one each time.
ENTRIES_SHOWN = 300


def tickets() -> QuerySet[Ticket]:
    """The organisation's tickets with what a list shows of them. One query."""
    return Ticket.objects.select_related("station", "assignee", "team", "category")


def tickets_of(station: Station) -> QuerySet[Ticket]:
    return tickets().filter(station=station)


def open_tickets_of(station: Station) -> QuerySet[Ticket]:
    """The most urgent first."""
    return tickets_of(station).filter(state__in=OPEN_STATES).order_by("-priority", "pk")


def concerning(person: User) -> Q:
    """Tickets that are assigned to the person or to one of the person's teams."""
    return Q(assignee=person) | Q(team__people=person)


def columns(found: QuerySet[Ticket]) -> list[tuple[TicketState, int, list[Ticket]]]:
    """The board: each state with how many tickets there are and the newest of them. Two queries."""
    place = Window(RowNumber(), partition_by=F("state"), order_by=[F("priority").desc(), F("changed_at").desc()])
    shown: dict[str, list[Ticket]] = {state.value: [] for state in TicketState}
    for ticket in found.order_by().annotate(place=place).filter(place__lte=BOARD_HEIGHT).order_by("place"):
        shown[ticket.state].append(ticket)
    counts = dict(found.order_by().values_list("state").annotate(count=Count("pk")))
    return [(state, counts.get(state.value, 0), shown[state.value]) for state in TicketState]


def entries(ticket: Ticket, *, internal: bool) -> list[TicketEntry]:
    """What was said and changed lately, oldest first. Two queries."""
    found = TicketEntry.objects.filter(ticket=ticket).prefetch_related("files").order_by("-at", "-pk")
    newest = (found if internal else found.filter(internal=False))[:ENTRIES_SHOWN]
    return list(reversed(newest))


def mails_about(*, ticket: Ticket | None = None, error: EquipmentError | None = None) -> QuerySet[Mail]:
    """The mails that told of the ticket or of the error, newest first."""
    about = Q(notices__ticket=ticket) if ticket else Q(notices__error=error)
    return Mail.objects.filter(about).select_related("user").distinct().order_by("-created_at", "-pk")


def escalations_of(error: EquipmentError) -> QuerySet[Escalation]:
    return Escalation.objects.filter(error=error).select_related("ticket").order_by("at")
