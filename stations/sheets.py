"""What the stations app adds to pages: the first tab of its own sheet, its menus and its live fragments."""

from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from common.access import Access
from common.live import Fragment, by_pk, load_organisation, organisation_topics
from common.sheets import Action, MenuItem, Tab, live_panel
from stations import selectors
from stations.choices import LifeCycle
from stations.models import Station
from stations.publication_tabs import PUBLICATION_TABS
from stations.record_tabs import RECORD_TABS
from stations.rights import (
    CHANGE_DOCUMENTS,
    CHANGE_STATIONS,
    VIEW_DOCUMENTS,
    VIEW_STATIONS,
)
from stations.services import address_line
from stations.views import documents, information
from stations.views.sheet import SHEET

# Of a large fleet some station changes all the time.
_FLEET_PAUSE_S = 2
_MAP_PAUSE_S = 5

TABS = (
    Tab(
        sheet=SHEET,
        slug=information.SLUG,
        label=_("Information"),
        group="overview",
        order=10,
        right=VIEW_STATIONS,
        view=information.information,
        actions=(Action("confirm-hardware", CHANGE_STATIONS, information.confirm_hardware),),
    ),
    Tab(
        sheet=SHEET,
        slug=documents.SLUG,
        label=_("Documents"),
        group="overview",
        order=90,
        right=VIEW_DOCUMENTS,
        view=documents.documents,
        actions=(Action("upload", CHANGE_DOCUMENTS, documents.upload),),
    ),
    *RECORD_TABS,
    *PUBLICATION_TABS,
)


def topics(station: Station) -> list[str]:
    return [f"station.{station.pk}"]


def rows(access: Access) -> QuerySet[Station]:
    return selectors.station_list(access.organisation)


def load(access: Access, key: str) -> Station | None:
    return by_pk(rows(access), key)


def load_whole(access: Access, key: str) -> Station | None:
    found = load(access, key)
    return selectors.with_assignments(found) if found else None


def state(access: Access, station: Station) -> dict[str, Any]:
    return {"state": station.state, "status": selectors.status_of(station)}


def header(access: Access, station: Station) -> dict[str, Any]:
    product = (selectors.entered_or_reported(station, field) for field in ("vendor", "model"))
    return {
        "station": station,
        "state": station.state,
        "product": " ".join(filter(None, product)),
        "address": address_line(station),
    }


def fleet(access: Access, organisation: Any) -> dict[str, Any]:
    found = selectors.fleet_of(organisation)
    stages = [(stage, found.by_life_cycle.get(stage, 0)) for stage in LifeCycle]
    return {"fleet": found, "stages": stages, "in_operation": LifeCycle.IN_OPERATION}


def map_legend(access: Access, organisation: Any) -> dict[str, Any]:
    return {"fleet": selectors.fleet_on_map(organisation)}


FRAGMENTS = (
    Fragment("stations.state", VIEW_STATIONS, topics, load, "stations/state.html", state, tag="span", rows=rows),
    Fragment("stations.header", VIEW_STATIONS, topics, load, "stations/header.html", header),
    Fragment(
        "stations.information", VIEW_STATIONS, topics, load_whole, "stations/information_card.html", information.card
    ),
    Fragment(
        "stations.fleet",
        VIEW_STATIONS,
        organisation_topics,
        load_organisation,
        "stations/fleet.html",
        fleet,
        pause_s=_FLEET_PAUSE_S,
    ),
    Fragment(
        "stations.map-legend",
        VIEW_STATIONS,
        organisation_topics,
        load_organisation,
        "stations/map_legend.html",
        map_legend,
        pause_s=_MAP_PAUSE_S,
    ),
)


PANELS = (live_panel("dashboard", 10, VIEW_STATIONS, "stations.fleet"),)


def _form_url(name: str) -> Any:
    return lambda station: reverse(name, args=[station.identity])


MENU = (
    MenuItem("station.management", 10, _("Clone"), "copy", CHANGE_STATIONS, _form_url("station-clone")),
    MenuItem(
        "station.management",
        20,
        _("Change life cycle"),
        "switch-horizontal",
        CHANGE_STATIONS,
        _form_url("station-life-cycle"),
    ),
)
