"""What the gateway adds to pages: tabs and menu entries of stations, the exchanges of a session, the dashboard."""

from datetime import timedelta
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from common.access import Access
from common.live import Fragment, load_organisation, organisation_topics
from common.sheets import Action, MenuItem, Panel, Tab, live_panel
from ocpp_gateway import selectors
from ocpp_gateway.rights import (
    CHANGE_CREDENTIALS,
    COMMUNICATION,
    EXPORT_MESSAGES,
    VIEW_CONNECTIONS,
    VIEW_LOG,
    VIEW_MESSAGES,
    VIEW_UNKNOWN,
)
from ocpp_gateway.versions import VERSIONS
from ocpp_gateway.views import connections, export, logs, messages
from stations.models import Station
from stations.views.sheet import SHEET

_SESSION_MARGIN = timedelta(hours=1)
_NEWEST = 5


def is_on_broker(station: Station, access: Access) -> bool:
    """Whether the station speaks to the websocket broker, which is what keeps these logs."""
    return station.protocol in VERSIONS


def has_shown_more(station: Station, access: Access) -> bool:
    """Whether the station once connected with a higher security profile than it needs now."""
    credential = getattr(station, "credential", None)
    return credential is not None and credential.highest_profile > station.security_profile


_ON_BROKER = _("only where the station is connected to the websocket broker")

TABS = (
    Tab(
        sheet=SHEET,
        slug=logs.SLUG,
        label=_("Logs"),
        group="communication",
        order=400,
        right=VIEW_LOG,
        view=logs.logs,
        feature=COMMUNICATION,
        visible=is_on_broker,
        condition=_ON_BROKER,
    ),
    Tab(
        sheet=SHEET,
        slug=messages.SLUG,
        label=_("Communication logs"),
        group="communication",
        order=410,
        right=VIEW_MESSAGES,
        view=messages.messages,
        feature=COMMUNICATION,
        visible=is_on_broker,
        condition=_ON_BROKER,
    ),
    Tab(
        sheet=SHEET,
        slug=export.SLUG,
        label=_("OCPP export"),
        group="communication",
        order=420,
        right=EXPORT_MESSAGES,
        view=export.exports,
        feature=COMMUNICATION,
        visible=is_on_broker,
        condition=_ON_BROKER,
        actions=(Action("start", EXPORT_MESSAGES, export.start),),
    ),
    Tab(
        sheet=SHEET,
        slug=connections.SLUG,
        label=_("Connection history"),
        group="communication",
        order=430,
        right=VIEW_CONNECTIONS,
        view=connections.connections,
        feature=COMMUNICATION,
        visible=is_on_broker,
        condition=_ON_BROKER,
    ),
)

MENU = (
    MenuItem(
        "station.management",
        810,
        _("New password"),
        "key",
        CHANGE_CREDENTIALS,
        lambda station: reverse("station-password", args=[station.identity]),
    ),
    MenuItem(
        "station.management",
        820,
        _("Connection settings"),
        "plug-connected",
        CHANGE_CREDENTIALS,
        lambda station: reverse("connection-settings", args=[station.identity]),
    ),
    MenuItem(
        "station.management",
        830,
        _("Allow a lower security profile"),
        "lock-open",
        CHANGE_CREDENTIALS,
        lambda station: reverse("lower-profile", args=[station.identity]),
        visible=has_shown_more,
    ),
)


def session_exchanges(access: Access, session: Any) -> dict[str, Any]:
    end = (session.stop_received_at or timezone.now()) + _SESSION_MARGIN
    start = (session.start_received_at or session.started_at) - _SESSION_MARGIN
    found = selectors.exchanges(session.station, start, end).filter(session_id=session.pk)
    return {"exchanges": [messages.one(exchange) for exchange in found[:200]], "station": session.station}


def newest(access: Access, subject: Any) -> dict[str, Any]:
    since = timezone.now() - timedelta(days=1)
    return {
        "refusals": selectors.refused_handshakes(access.organisation.pk)[:_NEWEST],
        "lost": selectors.newest_disconnections(since)[:_NEWEST],
    }


FRAGMENTS = (
    Fragment(
        "ocpp_gateway.newest",
        VIEW_UNKNOWN,
        organisation_topics,
        load_organisation,
        "ocpp_gateway/newest.html",
        newest,
        pause_s=2,
    ),
)

PANELS = (
    Panel(
        "session.exchanges", 10, VIEW_MESSAGES, "ocpp_gateway/session_exchanges.html", session_exchanges, COMMUNICATION
    ),
    live_panel("dashboard", 40, VIEW_UNKNOWN, "ocpp_gateway.newest"),
)
