"""Opening, changing and commenting tickets: numbers, history, who is told."""

import pytest
from django.core.exceptions import ValidationError

from accounts.models import AuditEntry
from common.actor import SYSTEM, Actor
from stations.models import HistoryEntry
from tests import factories
from tickets import services
from tickets.choices import EntryKind, NoticeKind, Priority, TicketState
from tickets.models import Notice, Ticket, TicketEntry
from tickets.rights import CHANGE_TICKETS, VIEW_TICKETS


@pytest.fixture
def agent(organisation):
    return factories.member(organisation, VIEW_TICKETS, CHANGE_TICKETS, email="agent@network.example")


@pytest.fixture
def viewer(organisation):
    return factories.member(organisation, VIEW_TICKETS, email="viewer@network.example")


@pytest.fixture
def ticket(organisation) -> Ticket:
    return services.open_ticket(SYSTEM, organisation, title="Cable torn", station=factories.station(organisation))


def told(kind: NoticeKind) -> set[str]:
    return set(Notice.objects.filter(kind=kind).values_list("address", flat=True))


def test_numbers_count_in_each_organisation_by_itself(organisation, other_organisation):
    opened = [services.open_ticket(SYSTEM, of, title="x") for of in (organisation, organisation, other_organisation)]
    assert [ticket.number for ticket in opened] == [1, 2, 1]


def test_opening_tells_assignee_and_team_but_nobody_who_may_not_see_tickets(organisation, agent, viewer, teammate):
    team = services.create_team(SYSTEM, organisation, "Night", [viewer, teammate])
    services.open_ticket(SYSTEM, organisation, title="Cable torn", assignee=agent, team=team)
    assert told(NoticeKind.ASSIGNED) == {agent.email, viewer.email}


@pytest.mark.parametrize(
    "values, field", [({"title": " "}, "title"), ({"port_numbers": [7]}, "port_numbers"), ({"priority": 9}, "priority")]
)
def test_what_is_wrong_is_told_by_field_and_gives_no_number_away(organisation, values, field):
    with pytest.raises(ValidationError) as refused:
        services.open_ticket(
            SYSTEM, organisation, **{"title": "x", "station": factories.station(organisation)} | values
        )
    assert list(refused.value.message_dict) == [field]
    assert services.open_ticket(SYSTEM, organisation, title="x").number == 1


def test_strangers_cannot_be_assigned(organisation, stranger, ticket):
    with pytest.raises(ValidationError, match="may not see"):
        services.change_ticket(SYSTEM, ticket, assignee=stranger)
    assert not TicketEntry.objects.exists()


def test_change_is_kept_with_both_values_and_told_to_everybody_but_who_did_it(ticket, agent, viewer, owner):
    ticket.watchers.set([viewer, owner])
    me = Actor("user", "Owner", owner.pk)
    assert services.change_ticket(me, ticket, priority=Priority.URGENT, assignee=agent)
    entry = TicketEntry.objects.get()
    assert entry.changes == {"priority": ["2", "4"], "assignee": ["", str(agent)]}
    assert told(NoticeKind.ASSIGNED) == {agent.email}
    assert told(NoticeKind.CHANGED) == {viewer.email}
    assert AuditEntry.objects.get(action="tickets.changed").after == {"priority": 4, "assignee": agent.pk}
    assert not services.change_ticket(me, ticket, priority=Priority.URGENT)


def test_closing_and_opening_again_stand_in_the_stations_history(ticket):
    services.change_ticket(SYSTEM, ticket, state=TicketState.CLOSED)
    assert ticket.closed_at
    services.change_ticket(SYSTEM, ticket, state=TicketState.IN_PROGRESS)
    assert ticket.closed_at is None
    events = HistoryEntry.objects.filter(station=ticket.station).order_by("pk").values_list("event", flat=True)
    assert list(events) == ["tickets.opened", "tickets.closed", "tickets.reopened"]


def test_internal_comment_reaches_only_those_who_may_change_tickets(ticket, agent, viewer):
    ticket.watchers.set([agent, viewer])
    services.comment_ticket(SYSTEM, ticket, "The lock is broken", internal=True)
    assert told(NoticeKind.COMMENTED) == {agent.email}
    services.comment_ticket(SYSTEM, ticket, "A technician comes")
    assert told(NoticeKind.COMMENTED) == {agent.email, viewer.email}
    assert TicketEntry.objects.filter(kind=EntryKind.COMMENT, internal=True).count() == 1


def test_empty_comment_is_refused(ticket):
    with pytest.raises(ValidationError, match="Write something"):
        services.comment_ticket(SYSTEM, ticket, "  ")
