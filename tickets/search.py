"""Tickets in the quick search: by their number, with or without the sign of a number before it."""

from collections.abc import Sequence

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from common.access import Access
from common.searches import Found
from tickets import selectors
from tickets.models import Ticket

_LONGEST_NUMBER = 9


def tickets_named(access: Access, text: str) -> Sequence[Found]:
    digits = text.strip().removeprefix("#").strip()
    if not (digits.isascii() and digits.isdecimal() and len(digits) <= _LONGEST_NUMBER):
        return ()
    return [_found(ticket) for ticket in selectors.tickets().filter(number=int(digits))]


def _found(ticket: Ticket) -> Found:
    about = " · ".join(filter(None, [ticket.station.identity if ticket.station else "", ticket.get_state_display()]))
    return Found(reverse("ticket", args=[ticket.number]), "ticket", str(ticket), about, _("Ticket"))
