"""Telling people: each piece of news is a notice for one address; `services.mails` makes mails of them."""

from collections.abc import Iterable

from accounts.models import User
from common.actor import Actor
from tickets.choices import NoticeKind
from tickets.models import Notice, Ticket, TicketEntry


def tell(notices: Iterable[Notice]) -> None:
    """Keep the notices, inside the caller's transaction; those that were there already stay as they are. One query."""
    Notice.objects.bulk_create(notices, ignore_conflicts=True)


def about_ticket(
    kind: NoticeKind, ticket: Ticket, people: Iterable[User], actor: Actor, entry: TicketEntry | None = None
) -> list[Notice]:
    """A notice for each of the people but the actor, who knows."""
    what = f"entry.{entry.pk}" if entry else f"ticket.{ticket.pk}"
    return [
        Notice(
            organisation_id=ticket.organisation_id,
            key=f"{kind}.{what}.{person.pk}",
            kind=kind,
            user=person,
            address=person.email,
            ticket=ticket,
            entry=entry,
            error_id=ticket.error_id,
        )
        for person in people
        if (actor.kind, actor.id) != ("user", person.pk)
    ]
