"""What the history of a station tells of its tickets."""

from django.utils.translation import gettext_lazy as _

from stations.history import HistoryEvent

TICKET_OPENED = HistoryEvent("tickets.opened", _("Ticket #%(number)s was opened: %(title)s"))
TICKET_CLOSED = HistoryEvent("tickets.closed", _("Ticket #%(number)s was closed: %(title)s"))
TICKET_REOPENED = HistoryEvent("tickets.reopened", _("Ticket #%(number)s was opened again: %(title)s"))

HISTORY_EVENTS = (TICKET_OPENED, TICKET_CLOSED, TICKET_REOPENED)
