"""Whom a ticket concerns."""

from collections.abc import Iterable

from django.db.models import Q, QuerySet

from accounts.models import Organisation, User
from accounts.selectors import people_with
from tickets.models import Ticket
from tickets.rights import CHANGE_TICKETS, VIEW_TICKETS


def who_may_see(organisation: Organisation | int, *, internal: bool = False) -> QuerySet[User]:
    """Members who may see tickets, or also their internal comments, by name."""
    return people_with(organisation, CHANGE_TICKETS if internal else VIEW_TICKETS)


def concerned(ticket: Ticket, *, internal: bool = False) -> QuerySet[User]:
    """The ticket's assignee, the people of its team and its watchers, as far as they may see it. One query."""
    of_team = Ticket.objects.filter(pk=ticket.pk).values("team__people")
    watching = Ticket.objects.filter(pk=ticket.pk).values("watchers")
    wanted = _is_assignee(ticket) | Q(pk__in=of_team) | Q(pk__in=watching)
    return who_may_see(ticket.organisation_id, internal=internal).filter(wanted)


def assigned(ticket: Ticket) -> QuerySet[User]:
    """The ticket's assignee and the people of its team, as far as they may see it. One query."""
    of_team = Ticket.objects.filter(pk=ticket.pk).values("team__people")
    return who_may_see(ticket.organisation_id).filter(_is_assignee(ticket) | Q(pk__in=of_team))


def _is_assignee(ticket: Ticket) -> Q:
    return Q(pk=ticket.assignee.pk) if ticket.assignee else Q(pk__in=())


def names(people: Iterable[User]) -> list[str]:
    return [str(person) for person in people]
