"""What the charging app adds to pages of the apps below it, and the live parts of its own."""

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from chargeports.rights import CONTROL_CHARGING
from chargeports.sheets import load_port, load_station, menu_items, port_topics, station_topics
from chargeports.views.sheet import SHEET as PORT
from charging import selectors
from charging.forms import COMMAND_FORMS
from charging.models import ChargingSession
from charging.rights import VIEW_ERROR_RATE, VIEW_SCHEDULED, VIEW_SESSIONS, VIEW_STATISTICS, VIEW_TOKENS
from charging.views import (
    admissions,
    control,
    error_rates,
    local_lists,
    reboots,
    scheduled,
    sessions,
    statistics,
    stopping,
)
from common.access import Access
from common.live import Fragment, by_pk, load_organisation, organisation_topics
from common.sheets import MenuItem, Panel, Tab, live_panel
from stations.views.sheet import SHEET as STATION

# What runs in a whole fleet changes all the time.
_PAUSE_S = 2

TABS = (
    Tab(STATION, sessions.SLUG, _("Charge logs"), "charging", 25, VIEW_SESSIONS, sessions.station_logs),
    Tab(STATION, statistics.SLUG, _("Statistics"), "charging", 130, VIEW_STATISTICS, statistics.station_statistics),
    Tab(
        STATION,
        scheduled.SLUG,
        _("Scheduled jobs"),
        "charging",
        120,
        VIEW_SCHEDULED,
        scheduled.station_stops,
        visible=scheduled.has_operating_hours,
        condition=_("only where operating or opening hours are active"),
    ),
    Tab(
        STATION,
        error_rates.SLUG,
        _("Error rate"),
        "service",
        205,
        VIEW_ERROR_RATE,
        error_rates.station_error_rate,
    ),
    Tab(PORT, error_rates.SLUG, _("Error rate"), "service", 50, VIEW_ERROR_RATE, error_rates.port_error_rate),
)


# --- Live fragments -----------------------------------------------------------------------------------------------
def session_topics(session: ChargingSession) -> list[str]:
    return [f"port.{session.station_id}.{session.port_number}"]


def session_rows(access: Access) -> QuerySet[ChargingSession]:
    return selectors.sessions()


def load_session(access: Access, key: str) -> ChargingSession | None:
    return by_pk(selectors.sessions(), key)


FRAGMENTS = (
    Fragment(
        "charging.pending-reboot",
        VIEW_SESSIONS,
        station_topics,
        load_station,
        "charging/pending_reboot.html",
        reboots.pending,
    ),
    Fragment(
        "charging.local-list",
        VIEW_TOKENS,
        station_topics,
        load_station,
        "charging/local_list.html",
        local_lists.panel,
    ),
    Fragment(
        "charging.port-session",
        VIEW_SESSIONS,
        port_topics,
        load_port,
        "charging/port_session.html",
        control.port_session,
    ),
    Fragment(
        "charging.session", VIEW_SESSIONS, session_topics, load_session, "charging/session_card.html", sessions.itself
    ),
    Fragment("charging.cost", VIEW_SESSIONS, session_topics, load_session, "charging/session_cost.html", sessions.cost),
    Fragment("charging.curves", VIEW_SESSIONS, session_topics, load_session, "charging/curves.html", sessions.curves),
    Fragment(
        "charging.energy",
        VIEW_SESSIONS,
        session_topics,
        load_session,
        "charging/live_energy.html",
        sessions.itself,
        tag="span",
        rows=session_rows,
    ),
    Fragment(
        "charging.state",
        VIEW_SESSIONS,
        session_topics,
        load_session,
        "charging/live_state.html",
        sessions.itself,
        tag="span",
        rows=session_rows,
    ),
    Fragment(
        "charging.running-here",
        VIEW_SESSIONS,
        station_topics,
        load_station,
        "charging/running_here.html",
        sessions.running_here,
    ),
    Fragment(
        "charging.running-card",
        VIEW_SESSIONS,
        station_topics,
        load_station,
        "charging/running_card.html",
        sessions.running_here,
    ),
    Fragment(
        "charging.log-changes",
        VIEW_SESSIONS,
        station_topics,
        load_station,
        "charging/log_changes.html",
        sessions.log_changes,
    ),
    Fragment(
        "charging.station-figures",
        VIEW_SESSIONS,
        station_topics,
        load_station,
        "charging/station_figures.html",
        sessions.station_figures,
    ),
    Fragment(
        "charging.running-now",
        VIEW_SESSIONS,
        organisation_topics,
        load_organisation,
        "charging/running_now.html",
        sessions.running_now,
        pause_s=_PAUSE_S,
    ),
    Fragment(
        "charging.dashboard",
        VIEW_SESSIONS,
        organisation_topics,
        load_organisation,
        "charging/dashboard.html",
        sessions.dashboard,
        pause_s=_PAUSE_S,
    ),
    Fragment(
        "charging.hours-now",
        VIEW_SCHEDULED,
        station_topics,
        load_station,
        "charging/hours_now.html",
        scheduled.hours_now,
    ),
    Fragment(
        "charging.next-stop",
        VIEW_SCHEDULED,
        station_topics,
        load_station,
        "charging/next_stop.html",
        scheduled.next_of_station,
    ),
    Fragment(
        "charging.port-stops", VIEW_SCHEDULED, port_topics, load_port, "charging/port_stops.html", scheduled.of_port
    ),
)


# --- Panels and menus ---------------------------------------------------------------------------------------------
PANELS = (
    Panel("port.control-head", 10, VIEW_SESSIONS, "charging/control_head.html", control.head),
    Panel("port.charging-limit", 10, VIEW_SESSIONS, "charging/over_limit.html", control.over_limit),
    live_panel("port.control", 10, VIEW_SESSIONS, "charging.port-session"),
    Panel(
        "command.progress",
        10,
        VIEW_SESSIONS,
        "charging/start_progress.html",
        control.start_progress,
        visible=control.was_started_here,
    ),
    Panel(
        "command.progress",
        11,
        VIEW_SESSIONS,
        "charging/stop_progress.html",
        control.stop_progress,
        visible=control.was_stopped_here,
    ),
    Panel("station.access", 10, VIEW_TOKENS, "charging/who_may_charge.html", admissions.panel),
    live_panel("station.access", 20, VIEW_TOKENS, "charging.local-list"),
    Panel(
        "command.progress",
        12,
        VIEW_TOKENS,
        "charging/local_list_progress.html",
        local_lists.progress,
        visible=local_lists.is_sending,
    ),
    Panel("station.charge-points", 10, VIEW_SESSIONS, "charging/circles.html", control.circles),
    live_panel("station.information", 20, VIEW_SESSIONS, "charging.station-figures"),
    live_panel("station.now", 20, VIEW_SESSIONS, "charging.running-card"),
    live_panel("station.information", 50, VIEW_SCHEDULED, "charging.next-stop"),
    live_panel("port.control", 12, VIEW_SCHEDULED, "charging.port-stops"),
    live_panel("dashboard", 20, VIEW_SESSIONS, "charging.dashboard"),
)

MENU = (
    *menu_items(COMMAND_FORMS),
    MenuItem("port.control", 20, _("Stop charging"), "player-stop", CONTROL_CHARGING, stopping.url_of, shortcut="x"),
)
