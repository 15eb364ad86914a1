"""What the charging app adds to pages of the apps below it."""

from chargeports.sheets import load_port, menu_items, port_topics
from charging.forms import COMMAND_FORMS
from charging.rights import VIEW_SESSIONS
from charging.views import control
from common.live import Fragment
from common.sheets import Panel

FRAGMENTS = (
    Fragment(
        "charging.port-session",
        VIEW_SESSIONS,
        port_topics,
        load_port,
        "charging/port_session.html",
        control.port_session,
    ),
)

PANELS = (
    Panel("port.control", 10, VIEW_SESSIONS, "charging/port_session_panel.html", control.session_panel),
    Panel(
        "command.progress",
        10,
        VIEW_SESSIONS,
        "charging/start_progress.html",
        control.start_progress,
        visible=control.was_started_here,
    ),
    Panel("station.charge-points", 10, VIEW_SESSIONS, "charging/circles.html", control.circles),
)

MENU = menu_items(COMMAND_FORMS)
