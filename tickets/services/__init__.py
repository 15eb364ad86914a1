"""Writes of the tickets app: one named function per write."""

from tickets.services.escalation import clear_ended, escalate
from tickets.services.mails import due_mails, give_up_lost_mails, post_notices, send_mail
from tickets.services.rules import delete_rule, save_rule
from tickets.services.teams import (
    create_category,
    create_team,
    delete_category,
    delete_team,
    rename_category,
    update_team,
)
from tickets.services.tickets import change_ticket, comment_ticket, open_ticket, open_tickets, unwatch, watch
from tickets.services.troubleshooting import report_trouble, usual_team

__all__ = [
    "change_ticket",
    "clear_ended",
    "comment_ticket",
    "create_category",
    "create_team",
    "delete_category",
    "delete_rule",
    "delete_team",
    "due_mails",
    "escalate",
    "give_up_lost_mails",
    "open_ticket",
    "open_tickets",
    "post_notices",
    "rename_category",
    "report_trouble",
    "save_rule",
    "send_mail",
    "unwatch",
    "update_team",
    "usual_team",
    "watch",
]
