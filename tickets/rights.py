from django.utils.translation import gettext_lazy as _

from common.rights import Feature, Right

_TICKETS = _("Tickets and escalation")

VIEW_TICKETS = Right("tickets.view_tickets", _("See tickets"), _TICKETS)
CHANGE_TICKETS = Right(
    "tickets.change_tickets", _("Open, change and comment tickets; see internal comments"), _TICKETS, "support"
)
CHANGE_TEAMS = Right("tickets.change_teams", _("Keep teams and categories of tickets"), _TICKETS)
VIEW_RULES = Right("tickets.view_rules", _("See the escalation rules"), _TICKETS)
CHANGE_RULES = Right("tickets.change_rules", _("Change the escalation rules"), _TICKETS)

RIGHTS = (VIEW_TICKETS, CHANGE_TICKETS, CHANGE_TEAMS, VIEW_RULES, CHANGE_RULES)

TICKETS = Feature("tickets", _TICKETS, _("Tickets, teams, and rules by which errors are escalated."))

FEATURES = (TICKETS,)
