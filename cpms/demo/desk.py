"""The demo's service desk: what manufacturers' codes mean, teams, rules of escalation, and tickets in every state."""

import random
from datetime import datetime, timedelta

from accounts.models import Organisation, User
from chargeports.choices import Severity
from chargeports.models import VendorErrorCode
from common.actor import SYSTEM, Actor
from cpms.demo.equipment import Unit
from stations.models import Station
from tickets import services
from tickets.choices import Priority, TicketState
from tickets.models import Team, Ticket, TicketCategory

# What the demo's chargers report (`history.ERRORS`); one of their codes nobody has looked up yet.
CODES = (
    ("E-101", "DC residual current above 6 mA", "Check the cable for damage and measure the insulation.", "danger"),
    ("E-230", "Lock motor blocked", "Let the driver push the plug in firmly, then unlock from here.", "outage"),
    ("M-07", "Bus to the meter is interrupted", "Restart the station; check the meter's plug.", "outage"),
    ("T-85", "Power electronics reduce the power", "Clean fan and filter.", "note"),
)
# Title, description, state, priority, age in days
TICKETS = (
    (
        "Cable of the left plug is torn",
        "A driver sent photos: the sheath is open.",
        TicketState.NEW,
        Priority.URGENT,
        0,
    ),
    ("Display is dark", "Charging works. Three calls this week.", TicketState.NEW, Priority.NORMAL, 1),
    ("Card reader reads every second card only", "", TicketState.IN_PROGRESS, Priority.HIGH, 3),
    ("Station is offline since the router was replaced", "", TicketState.IN_PROGRESS, Priority.HIGH, 4),
    ("New foundation: electrician needed", "Offer was asked for.", TicketState.WAITING, Priority.LOW, 9),
    ("Meter must be calibrated", "The period ends this year.", TicketState.WAITING, Priority.NORMAL, 12),
    ("Plug does not unlock in frost", "Lock was greased.", TicketState.RESOLVED, Priority.HIGH, 16),
    ("Graffiti on the housing", "", TicketState.CLOSED, Priority.LOW, 30),
)

# Whoever tries the portal opens the first station first.
_AT_THE_FIRST = (1, 4, 7)


def make_desk(chance: random.Random, organisation: Organisation, units: list[Unit], now: datetime) -> None:
    people = list(User.objects.filter(memberships__organisation=organisation).order_by("email"))
    VendorErrorCode.objects.bulk_create(
        VendorErrorCode(
            organisation=organisation, code=code, meaning=meaning, remedy=remedy, severity=Severity(severity)
        )
        for code, meaning, remedy, severity in CODES
    )
    field = services.create_team(SYSTEM, organisation, "Field service", people)
    repair = services.create_category(SYSTEM, organisation, "Repair")
    services.create_category(SYSTEM, organisation, "Installation")
    _rules(organisation, field, repair)
    stations = [
        units[0 if index in _AT_THE_FIRST else chance.randrange(len(units))].station for index in range(len(TICKETS))
    ]
    tickets = [
        _ticket(chance, station, row, people, repair, field, now)
        for station, row in zip(stations, TICKETS, strict=True)
    ]
    services.open_tickets(SYSTEM, tickets)
    for ticket in tickets[2:6]:
        person = people[0]
        services.comment_ticket(Actor("user", str(person), person.pk), ticket, "Spare part ordered, comes on Thursday.")
    _age(tickets, now)


def _rules(organisation: Organisation, team: Team, category: TicketCategory) -> None:
    services.save_rule(
        SYSTEM,
        organisation,
        name="Outages become tickets",
        severities=[Severity.DANGER, Severity.OUTAGE],
        after_minutes=30,
        opens_ticket=True,
        ticket_team=team,
        ticket_category=category,
        teams=[team],
    )
    services.save_rule(
        SYSTEM,
        organisation,
        name="Danger at once",
        severities=[Severity.DANGER],
        after_minutes=0,
        addresses=[f"duty@{organisation.slug}.example"],
        ticket_priority=Priority.URGENT,
        opens_ticket=True,
    )


def _ticket(
    chance: random.Random,
    station: Station,
    row: tuple[str, str, TicketState, Priority, int],
    people: list[User],
    category: TicketCategory,
    team: Team,
    now: datetime,
) -> Ticket:
    title, description, state, priority, days = row
    opened = now - timedelta(days=days, hours=chance.uniform(1, 9))
    is_taken = state != TicketState.NEW
    return Ticket(
        organisation_id=station.organisation_id,
        title=title,
        description=description,
        state=state,
        priority=priority,
        category=category,
        assignee=chance.choice(people) if is_taken else None,
        team=None if is_taken else team,
        station=station,
        due_on=(opened + timedelta(days=10)).date() if is_taken else None,
        created_at=opened,
        changed_at=opened,
        closed_at=now - timedelta(days=days - 2) if state == TicketState.CLOSED else None,
    )


def _age(tickets: list[Ticket], now: datetime) -> None:
    """What was said was said some time after the ticket was opened."""
    for ticket in tickets:
        ticket.changed_at = min(ticket.created_at + timedelta(hours=5), now)
        ticket.entries.update(at=ticket.changed_at)
    Ticket.objects.bulk_update(tickets, ["changed_at"])
