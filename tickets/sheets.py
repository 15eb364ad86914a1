"""What the tickets app adds to pages: a station's tab, figures, menu entries and live fragments."""

from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from chargeports.models import ChargePort, EquipmentError
from common.access import Access
from common.live import Fragment, by_pk, load_organisation, organisation_topics
from common.searches import Search
from common.sheets import MenuItem, Panel, Tab
from stations.models import Station
from stations.views.sheet import SHEET as STATION
from tickets import selectors
from tickets.models import Ticket
from tickets.rights import CHANGE_TICKETS, TICKETS, VIEW_TICKETS
from tickets.search import tickets_named
from tickets.views import tickets

# Of a large fleet some ticket changes all the time.
_FLEET_PAUSE_S = 2

TABS = (
    Tab(
        STATION,
        tickets.SLUG,
        _("Tickets"),
        "service",
        210,
        VIEW_TICKETS,
        tickets.station_tickets,
        feature=TICKETS,
    ),
)


def _ticket_topics(ticket: Ticket) -> list[str]:
    return [f"ticket.{ticket.pk}"]


def _load_ticket(access: Access, key: str) -> Ticket | None:
    related = ("error__station", "session")
    return by_pk(selectors.tickets().select_related(*related), key)


def _station_topics(station: Station) -> list[str]:
    return [f"station.{station.pk}"]


def _load_station(access: Access, key: str) -> Station | None:
    return by_pk(Station.objects, key)


FRAGMENTS = (
    Fragment(
        "tickets.ticket",
        VIEW_TICKETS,
        _ticket_topics,
        _load_ticket,
        "tickets/ticket_itself.html",
        tickets.ticket_itself,
        feature=TICKETS,
    ),
    Fragment(
        "tickets.pulse",
        VIEW_TICKETS,
        organisation_topics,
        load_organisation,
        "tickets/pulse.html",
        tickets.pulse,
        feature=TICKETS,
        pause_s=_FLEET_PAUSE_S,
    ),
    Fragment(
        "tickets.station-pulse",
        VIEW_TICKETS,
        _station_topics,
        _load_station,
        "tickets/pulse.html",
        tickets.station_pulse,
        feature=TICKETS,
    ),
)

PANELS = (
    Panel("station.now", 40, VIEW_TICKETS, "tickets/station_card.html", tickets.open_here, TICKETS),
    Panel("error.details", 10, VIEW_TICKETS, "tickets/error_details.html", tickets.error_details, TICKETS),
)

SEARCHES = (Search(VIEW_TICKETS, tickets_named, TICKETS),)


def _new(**about: Any) -> str:
    return f"{reverse('ticket-create')}?{urlencode(about)}"


def _for_station(station: Station) -> str:
    return _new(station=station.identity)


def _trouble(port: ChargePort) -> str:
    return reverse("troubleshooting", args=[port.station.identity, port.number])


def _for_error(error: EquipmentError) -> str:
    return _new(error=error.pk)


def _is_subscribed(subject: Any, access: Access) -> bool:
    return access.has(TICKETS)


MENU = (
    MenuItem(
        "port.header", 10, _("Troubleshooting"), "tool", CHANGE_TICKETS, _trouble, visible=_is_subscribed, shortcut="t"
    ),
    MenuItem(
        "station.management", 90, _("Open a ticket"), "ticket", CHANGE_TICKETS, _for_station, visible=_is_subscribed
    ),
    MenuItem("error.actions", 10, _("Open a ticket"), "ticket", CHANGE_TICKETS, _for_error, visible=_is_subscribed),
)
