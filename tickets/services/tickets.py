"""Tickets: opened, changed, commented, watched. Every change is an entry of the ticket and a row of the audit log."""

from collections.abc import Collection, Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.forms.models import model_to_dict
from django.utils.translation import gettext_lazy as _

from accounts.models import AuditEntry, Organisation, StoredFile, User
from accounts.services import audit_entry, record
from common.actor import Actor
from common.live import announce
from stations.services.history import Occurrence, record_events
from tickets import people
from tickets.choices import OPEN_STATES, EntryKind, NoticeKind, TicketState
from tickets.history import TICKET_CLOSED, TICKET_OPENED, TICKET_REOPENED
from tickets.models import Ticket, TicketCounter, TicketEntry
from tickets.services.notices import about_ticket, tell

CHANGEABLE = (
    "title",
    "description",
    "state",
    "priority",
    "category",
    "assignee",
    "team",
    "station",
    "port_numbers",
    "due_on",
)
# Changes of these are told as an assignment, the others as a change.
_ASSIGNMENT = ("assignee", "team")


def open_ticket(
    actor: Actor,
    organisation: Organisation | int,
    *,
    title: str,
    watchers: Collection[User] = (),
    files: Collection[StoredFile] = (),
    **values: Any,
) -> Ticket:
    """Open a ticket and tell those it is assigned to. `values` are further fields of Ticket: description, priority,
    category, assignee, team, station, port_numbers, session, error, due_on. Raises ValidationError by field name.
    """
    organisation_id = organisation.pk if isinstance(organisation, Organisation) else organisation
    ticket = Ticket(organisation_id=organisation_id, title=title.strip(), **values)
    _check(ticket)
    with transaction.atomic():
        open_tickets(actor, [ticket])
        ticket.watchers.set(watchers)
        ticket.files.set(files)
    return ticket


def open_tickets(actor: Actor, tickets: Sequence[Ticket]) -> None:
    """Open many tickets, also of several organisations, inside the caller's transaction; they are believed to be
    right. The queries do not grow with the tickets, but with those that are assigned to somebody.
    """
    _number(tickets)
    for ticket in tickets:
        ticket.actor_kind, ticket.actor_id, ticket.actor_label = actor.kind, actor.id, actor.label[:200]
    Ticket.objects.bulk_create(tickets)
    AuditEntry.objects.bulk_create(
        audit_entry(actor, ticket.organisation_id, "tickets.opened", ticket, after=_values(ticket))
        for ticket in tickets
    )
    record_events(_occurrence(actor, ticket, TICKET_OPENED) for ticket in tickets if ticket.station_id)
    for ticket in tickets:
        if ticket.assignee_id or ticket.team_id:
            tell(about_ticket(NoticeKind.ASSIGNED, ticket, people.assigned(ticket), actor))
    announce(topic for ticket in tickets for topic in topics_of(ticket))


def change_ticket(actor: Actor, ticket: Ticket, **values: Any) -> bool:
    """Set fields of CHANGEABLE; whether any differed. Raises ValidationError by field name."""
    with transaction.atomic():
        stored = Ticket.objects.select_for_update(of=("self",)).get(pk=ticket.pk)
        before, shown = _values(stored), _in_words(stored)
        for name, value in values.items():
            setattr(stored, name, value)
        _check(stored)
        changed = [name for name, value in _values(stored).items() if value != before[name]]
        if not changed:
            return False
        _save_changed(actor, stored, changed, before, shown)
    ticket.refresh_from_db()
    return True


def _save_changed(
    actor: Actor, ticket: Ticket, changed: list[str], before: dict[str, Any], shown: dict[str, str]
) -> None:
    was_open = before["state"] in OPEN_STATES
    ticket.changed_at = datetime.now(UTC)
    ticket.closed_at = ticket.changed_at if ticket.state == TicketState.CLOSED else None
    ticket.save(update_fields=[*changed, "changed_at", "closed_at"])
    after, words = _values(ticket), _in_words(ticket)
    record(
        actor,
        ticket.organisation_id,
        "tickets.changed",
        ticket,
        before={name: before[name] for name in changed},
        after={name: after[name] for name in changed},
    )
    changes = {name: [shown[name], words[name]] for name in changed}
    entry = _entry(actor, ticket, EntryKind.CHANGE, changes=changes)
    entry.save()
    _tell_change(actor, ticket, entry, changed)
    if "state" in changed and ticket.station_id and was_open != ticket.is_open:
        record_events([_occurrence(actor, ticket, TICKET_REOPENED if ticket.is_open else TICKET_CLOSED)])
    announce(topics_of(ticket))


def _tell_change(actor: Actor, ticket: Ticket, entry: TicketEntry, changed: list[str]) -> None:
    newly = set(people.assigned(ticket)) if set(changed) & set(_ASSIGNMENT) else set()
    others = set(people.concerned(ticket)) - newly
    tell(
        [
            *about_ticket(NoticeKind.ASSIGNED, ticket, newly, actor, entry),
            *about_ticket(NoticeKind.CHANGED, ticket, others, actor, entry),
        ]
    )


def comment_ticket(
    actor: Actor, ticket: Ticket, text: str, *, internal: bool = False, files: Collection[StoredFile] = ()
) -> TicketEntry:
    """Say something about the ticket. Internal comments reach only those who may change tickets."""
    if not text.strip() and not files:
        raise ValidationError({"text": _("Write something.")})
    entry = _entry(actor, ticket, EntryKind.COMMENT, text=text.strip(), internal=internal)
    entry.clean_fields(exclude=["organisation", "actor_id", "changes"])
    with transaction.atomic():
        entry.save()
        entry.files.set(files)
        ticket.changed_at = entry.at
        ticket.save(update_fields=["changed_at"])
        record(actor, ticket.organisation_id, "tickets.commented", ticket)
        tell(about_ticket(NoticeKind.COMMENTED, ticket, people.concerned(ticket, internal=internal), actor, entry))
        announce(topics_of(ticket))
    return entry


def watch(actor: Actor, ticket: Ticket, person: User) -> None:
    """From now on the person is told what happens to the ticket."""
    with transaction.atomic():
        if not ticket.watchers.filter(pk=person.pk).exists():
            ticket.watchers.add(person)
            record(actor, ticket.organisation_id, "tickets.changed", ticket, after={"watcher": str(person)})
            announce([f"ticket.{ticket.pk}"])


def unwatch(actor: Actor, ticket: Ticket, person: User) -> None:
    with transaction.atomic():
        if ticket.watchers.filter(pk=person.pk).exists():
            ticket.watchers.remove(person)
            record(actor, ticket.organisation_id, "tickets.changed", ticket, before={"watcher": str(person)})
            announce([f"ticket.{ticket.pk}"])


def topics_of(ticket: Ticket) -> list[str]:
    station = [f"station.{ticket.station_id}"] if ticket.station_id else []
    return [f"ticket.{ticket.pk}", f"organisation.{ticket.organisation_id}", *station]


# --- Details ------------------------------------------------------------------------------------------------------
def _number(tickets: Sequence[Ticket]) -> None:
    """Give the next numbers of each ticket's organisation, under the lock of its counter."""
    organisations = sorted({ticket.organisation_id for ticket in tickets})
    TicketCounter.objects.bulk_create(
        [TicketCounter(organisation_id=pk) for pk in organisations], ignore_conflicts=True
    )
    locked = TicketCounter.objects.select_for_update().filter(organisation_id__in=organisations).order_by("pk")
    counters = {counter.organisation_id: counter for counter in locked}
    for ticket in tickets:
        counters[ticket.organisation_id].last += 1
        ticket.number = counters[ticket.organisation_id].last
    TicketCounter.objects.bulk_update(counters.values(), ["last"])


def _check(ticket: Ticket) -> None:
    """Everything that the ticket names must exist in its organisation: assignees must see it, ports must be there."""
    ticket.clean_fields(exclude={field.name for field in Ticket._meta.fields} - set(CHANGEABLE))
    problems = {}
    if ticket.assignee and not people.who_may_see(ticket.organisation_id).filter(pk=ticket.assignee.pk).exists():
        problems["assignee"] = _("This person may not see tickets.")
    if ticket.port_numbers and ticket.station is None:
        problems["port_numbers"] = _("Name the station of these charge ports.")
    elif ticket.port_numbers and not _ports_exist(ticket):
        problems["port_numbers"] = _("The station has no such charge port.")
    if problems:
        raise ValidationError(problems)


def _ports_exist(ticket: Ticket) -> bool:
    known = set(ticket.station.ports.values_list("number", flat=True)) if ticket.station else set()
    return set(ticket.port_numbers) <= known


def _entry(actor: Actor, ticket: Ticket, kind: EntryKind, **values: Any) -> TicketEntry:
    return TicketEntry(
        organisation_id=ticket.organisation_id,
        ticket=ticket,
        kind=kind,
        actor_kind=actor.kind,
        actor_id=actor.id,
        actor_label=actor.label[:200],
        at=datetime.now(UTC),
        **values,
    )


def _occurrence(actor: Actor, ticket: Ticket, event: Any) -> Occurrence:
    return Occurrence(ticket.station_id or 0, event, actor, values={"number": ticket.number, "title": ticket.title})


def _values(ticket: Ticket) -> dict[str, Any]:
    """The fields as the audit log keeps them."""
    return model_to_dict(ticket, CHANGEABLE)


def _in_words(ticket: Ticket) -> dict[str, str]:
    """The fields as the ticket's history keeps them: codes as they are, names for what may be deleted some day."""
    related = ("category", "assignee", "team", "station")
    values = _values(ticket)
    named: Iterable[tuple[str, Any]] = ((name, getattr(ticket, name) or "") for name in related)
    ports = {"port_numbers": ", ".join(map(str, ticket.port_numbers)), "due_on": ticket.due_on or ""}
    return {name: str(value) for name, value in (values | dict(named) | ports).items()}
