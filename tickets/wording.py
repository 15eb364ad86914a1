"""What happened to tickets and errors, in words, in the language that is active."""

from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from chargeports.error_catalogue import explanation_of
from chargeports.models import EquipmentError
from tickets.choices import NoticeKind, Priority, TicketState
from tickets.models import Notice, Ticket, TicketEntry


# --- Entries of a ticket ------------------------------------------------------------------------------------------
def change_lines(entry: TicketEntry) -> list[str]:
    """Each change of the entry as a line."""
    return [_change_line(name, *change) for name, change in entry.changes.items()]


def _change_line(name: str, before: str, after: str) -> str:
    if name == "error_ended":
        return _("The error %(code)s has ended.") % {"code": after}
    if name == "came_back":
        return _("The error %(code)s came back and was escalated again.") % {"code": after}
    label = Ticket._meta.get_field(name).verbose_name  # type: ignore[union-attr]
    if name == "description":
        return _("The description was changed.")
    values = {"field": str(label).capitalize(), "before": _value(name, before), "after": _value(name, after)}
    return _("%(field)s: %(before)s → %(after)s") % values


def _value(name: str, value: str) -> str:
    if name == "state" and value in TicketState.values:
        return str(TicketState(value).label)
    if name == "priority" and value.isdecimal():
        return str(Priority(int(value)).label)
    return value or "–"


# --- Mails --------------------------------------------------------------------------------------------------------
def subject_of(notice: Notice) -> str:
    """One piece of news in a line."""
    error, ticket = notice.error, notice.ticket
    if notice.kind == NoticeKind.ESCALATED and error:
        return _("Error %(error)s at %(place)s") % {"error": _said(error), "place": place_of(error)}
    if notice.kind == NoticeKind.ALL_CLEAR and error:
        return _("All clear: %(error)s at %(place)s has ended") % {"error": _said(error), "place": place_of(error)}
    if notice.kind == NoticeKind.ASSIGNED:
        return _("Assigned to you: ticket %(ticket)s") % {"ticket": ticket}
    if notice.kind == NoticeKind.COMMENTED:
        return _("New comment on ticket %(ticket)s") % {"ticket": ticket}
    return _("Ticket %(ticket)s was changed") % {"ticket": ticket}


def lines_of(notice: Notice) -> list[str]:
    """What the mail says below the subject, with the address that leads on."""
    about_error = notice.kind in (NoticeKind.ESCALATED, NoticeKind.ALL_CLEAR)
    lines = _error_lines(notice.error) if about_error and notice.error else _ticket_lines(notice)
    return [*lines, *_links(notice, about_error=about_error)]


def _ticket_lines(notice: Notice) -> list[str]:
    ticket, entry = notice.ticket, notice.entry
    if ticket is None:
        return []
    if entry is None:
        return list(filter(None, [ticket.description, _due(ticket)]))
    said = [entry.text] if entry.text else change_lines(entry)
    return [_("By %(who)s:") % {"who": entry.author}, *said]


def _due(ticket: Ticket) -> str:
    return _("Due: %(day)s") % {"day": date_format(ticket.due_on)} if ticket.due_on else ""


def _error_lines(error: EquipmentError) -> list[str]:
    ended = [_("Until: %(time)s") % {"time": _moment(error, error.until)}] if error.until else []
    meaning = [] if error.until else meaning_lines(error)
    info = [_("Info: %(info)s") % {"info": error.info}] if error.info else []
    return [_("Since: %(time)s") % {"time": _moment(error, error.since)}, *ended, *info, *meaning]


def meaning_lines(error: EquipmentError) -> list[str]:
    """What the error means and what to do: by the organisation's catalogue (`with_meanings`) before OCPP's words."""
    known: dict[str, str] | None = getattr(error, "meaning", None)
    if known:
        return list(filter(None, [known["meaning"], known["remedy"]]))
    explanation = explanation_of(error)
    return [str(explanation.title), str(explanation.remedy)] if explanation else []


def _moment(error: EquipmentError, moment: Any) -> str:
    return date_format(timezone.localtime(moment, ZoneInfo(error.station.time_zone)), "DATETIME_FORMAT")


def _links(notice: Notice, *, about_error: bool) -> list[str]:
    paths = []
    if notice.error and about_error:
        paths.append(reverse("error", args=[notice.error.pk]))
    if notice.ticket:
        paths.append(reverse("ticket", args=[notice.ticket.number]))
    return [settings.PUBLIC_URL + path for path in paths]


def place_of(error: EquipmentError) -> str:
    station = error.station
    named = f"{station.identity} ({station.name})" if station.name else station.identity
    return f"{named} · {error.port_number}" if error.port_number else named


def _said(error: EquipmentError) -> str:
    return " ".join(filter(None, [error.error_code, error.vendor_error_code]))
