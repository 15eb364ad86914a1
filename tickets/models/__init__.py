"""Tickets, the teams that work on them, the rules by which errors are escalated, and the mails about all of them."""

from tickets.models.escalation import Escalation, EscalationRule
from tickets.models.mails import Mail, Notice
from tickets.models.teams import Team, TicketCategory
from tickets.models.tickets import Ticket, TicketCounter, TicketEntry

__all__ = [
    "Escalation",
    "EscalationRule",
    "Mail",
    "Notice",
    "Team",
    "Ticket",
    "TicketCategory",
    "TicketCounter",
    "TicketEntry",
]
