from django.utils.translation import gettext_lazy as _

from common.tables import Column, Empty, Table
from tickets.rights import CHANGE_RULES, CHANGE_TEAMS, CHANGE_TICKETS, VIEW_TICKETS

_NUMBER = Column("number", _("Number"), template="tickets/cells/number.html", sort="number", css="number narrow")
_TITLE = Column("title", _("Title"), template="tickets/cells/title.html")
_STATION = Column("station", _("Station"), value="station.identity", template="tickets/cells/station.html")
_REST = (
    Column("state", _("State"), value="get_state_display", template="tickets/cells/state.html"),
    Column("priority", _("Priority"), "get_priority_display", "tickets/cells/priority.html", "priority"),
    Column("category", _("Category"), value=lambda ticket: str(ticket.category or "")),
    Column("assignee", _("Assignee"), value=lambda ticket: str(ticket.assignee or "")),
    Column("team", _("Team"), value=lambda ticket: str(ticket.team or "")),
    Column("due_on", _("Due"), template="tickets/cells/due.html", sort="due_on", css="nowrap"),
    Column("created_at", _("Opened"), template="tickets/cells/created.html", sort="created_at", css="nowrap"),
    Column("changed_at", _("Changed"), template="tickets/cells/changed.html", sort="changed_at", css="nowrap"),
    Column("closed_at", _("Closed"), shown=False),
    Column("actor_label", _("Opened by"), value="author", shown=False),
    Column("description", _("Description"), shown=False),
)

TICKETS = Table(
    name="tickets",
    label=_("Tickets"),
    columns=(_NUMBER, _TITLE, _STATION, *_REST),
    default_sort="-changed_at",
    csv_right=VIEW_TICKETS,
    redrawn_by="#tickets-pulse",
    empty=Empty(
        _("No tickets yet"),
        _("Somebody opens one, here or at a station, or an escalation rule does when an error goes on too long."),
        _("New ticket"),
        "ticket-create",
        CHANGE_TICKETS,
    ),
)
STATION_TICKETS = Table(
    name="tickets",
    label=_("Tickets"),
    columns=(_NUMBER, _TITLE, *_REST),
    default_sort="-changed_at",
    row_actions="tickets/cells/ticket_actions.html",
    csv_right=VIEW_TICKETS,
    redrawn_by="#tickets-pulse",
    empty=Empty(_("No tickets of this station"), _("Open one for what has to be done here.")),
)
TEAMS = Table(
    name="ticket-teams",
    label=_("Teams"),
    columns=(
        Column("name", _("Name"), sort="name"),
        Column(
            "people",
            _("People"),
            value=lambda team: [str(person) for person in team.people.all()],
            template="tickets/cells/listed.html",
        ),
    ),
    default_sort="name",
    row_actions="tickets/cells/team_actions.html",
    empty=Empty(
        _("No teams yet"),
        _("Tickets can be assigned to a team; everybody in it is told of them."),
        _("New team"),
        "ticket-team-create",
        CHANGE_TEAMS,
    ),
)
CATEGORIES = Table(
    name="ticket-categories",
    label=_("Ticket categories"),
    columns=(Column("name", _("Name"), sort="name"),),
    default_sort="name",
    row_actions="tickets/cells/category_actions.html",
    empty=Empty(
        _("No categories yet"),
        _("What tickets are about, e.g. Repair, Billing, Installation."),
        _("New category"),
        "ticket-category-create",
        CHANGE_TEAMS,
    ),
)
RULES = Table(
    name="escalation-rules",
    label=_("Escalation rules"),
    columns=(
        Column("name", _("Name"), template="tickets/cells/rule_name.html", sort="name"),
        Column("conditions", _("Which errors"), template="tickets/cells/rule_conditions.html"),
        Column("where", _("Where"), template="tickets/cells/rule_where.html"),
        Column("after_minutes", _("After (min)"), css="number"),
        Column("told", _("Told by e-mail"), template="tickets/cells/rule_told.html"),
        Column("opens_ticket", _("Ticket"), template="tickets/cells/rule_ticket.html"),
    ),
    default_sort="name",
    row_actions="tickets/cells/rule_actions.html",
    empty=Empty(
        _("No rules yet"),
        _("A rule says which errors are told to whom after how many minutes, and whether a ticket is opened."),
        _("New rule"),
        "escalation-rule-create",
        CHANGE_RULES,
    ),
)
