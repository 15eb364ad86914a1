from django.db.models import IntegerChoices, TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class TicketState(TextChoices):
    """In the order of the board's columns."""

    NEW = "new", pgettext_lazy("ticket", "New")
    IN_PROGRESS = "in_progress", _("In progress")
    WAITING = "waiting", _("Waiting")
    RESOLVED = "resolved", _("Resolved")
    CLOSED = "closed", pgettext_lazy("ticket", "Closed")


OPEN_STATES = (TicketState.NEW, TicketState.IN_PROGRESS, TicketState.WAITING)


class Priority(IntegerChoices):
    LOW = 1, pgettext_lazy("priority", "Low")
    NORMAL = 2, pgettext_lazy("priority", "Normal")
    HIGH = 3, pgettext_lazy("priority", "High")
    URGENT = 4, pgettext_lazy("priority", "Urgent")


class EntryKind(TextChoices):
    COMMENT = "comment", _("Comment")
    CHANGE = "change", _("Change")


class NoticeKind(TextChoices):
    """What somebody is told by e-mail."""

    ASSIGNED = "assigned", _("Ticket assigned")
    COMMENTED = "commented", _("Comment on a ticket")
    CHANGED = "changed", _("Ticket changed")
    ESCALATED = "escalated", _("Error escalated")
    ALL_CLEAR = "all_clear", _("Error ended")


class MailState(TextChoices):
    """SENDING is what a worker has in hand. UNCLEAR: the worker died meanwhile; it is not sent again."""

    QUEUED = "queued", _("Queued")
    SENDING = "sending", _("Being sent")
    SENT = "sent", _("Sent")
    FAILED = "failed", _("Failed")
    UNCLEAR = "unclear", _("Unclear")


AUDIT_ACTIONS = (
    ("tickets.category_created", _("Ticket category created")),
    ("tickets.category_deleted", _("Ticket category deleted")),
    ("tickets.category_renamed", _("Ticket category renamed")),
    ("tickets.changed", _("Ticket changed")),
    ("tickets.commented", _("Ticket commented")),
    ("tickets.opened", _("Ticket opened")),
    ("tickets.rule_changed", _("Escalation rule changed")),
    ("tickets.rule_created", _("Escalation rule created")),
    ("tickets.rule_deleted", _("Escalation rule deleted")),
    ("tickets.team_changed", _("Team changed")),
    ("tickets.team_created", _("Team created")),
    ("tickets.team_deleted", _("Team deleted")),
)
