"""The tab *Control* of a charge port: how it stands now, and what can be asked of it."""

from typing import Any

from django.http import HttpRequest, HttpResponseBase

from chargeports import selectors
from chargeports.models import ChargePort
from chargeports.views.sheet import port_tab
from common.access import Access, access_of
from common.sheets import menu
from stations.choices import LifeCycle

SLUG = "control"
LATEST = 5


def is_offered(port: ChargePort, access: Access) -> bool:
    """A planned station is not there yet."""
    return bool(port.station.life_cycle != LifeCycle.PLANNED)


def control(request: HttpRequest, port: ChargePort) -> HttpResponseBase:
    buttons = [(item, item.url(port), item.doubt(port)) for item in menu("port.control", port, access_of(request))]
    return port_tab(request, port, SLUG, "chargeports/control.html", {"buttons": buttons})


def state(access: Access, port: ChargePort) -> dict[str, Any]:
    """What the tab's live card and the page's live header show."""
    return {
        "port": port,
        "station": port.station,
        "status": selectors.status_of(port),
        "error": selectors.error_of(port),
    }


def header(access: Access, port: ChargePort) -> dict[str, Any]:
    """`ports` are the other ones of its station."""
    others = [other for other in selectors.ports_shown(port.station) if other.pk != port.pk]
    return {**state(access, port), "ports": others}


def latest_commands(access: Access, port: ChargePort) -> dict[str, Any]:
    commands = selectors.commands_of(port.station, port.number).order_by("-pk")[:LATEST]
    return {"port": port, "commands": list(commands)}
