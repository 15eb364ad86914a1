from django.utils.translation import gettext_lazy as _

from common.tables import BulkAction, Column, Empty, Table
from stations import selectors
from stations.models import Station
from stations.rights import CHANGE_PACKAGES, CHANGE_STATIONS, EXPORT_STATIONS


def vendor_of(station: Station) -> str:
    return selectors.entered_or_reported(station, "vendor")


def model_of(station: Station) -> str:
    return selectors.entered_or_reported(station, "model")


def product_of(station: Station) -> str:
    return " ".join(filter(None, [vendor_of(station), model_of(station)]))


def firmware_of(station: Station) -> str:
    return selectors.reported(station, "firmware_version") or station.firmware_version


STATIONS = Table(
    name="stations",
    label=_("Stations"),
    columns=(
        Column("identity", _("Station id"), template="stations/cells/identity.html", sort="identity"),
        Column("name", _("Name"), sort="name"),
        Column(
            "status", _("Status"), value=selectors.status_of, template="stations/cells/state.html", sort="state__status"
        ),
        Column("online", _("Online"), value="state.online", sort="state__online", shown=False),
        Column("last_seen_at", _("Last seen"), value="state.last_seen_at", template="stations/cells/last_seen.html"),
        Column("product", _("Manufacturer, model"), value=product_of, sort="vendor", css="nowrap", exported=False),
        Column("vendor", _("Manufacturer"), value=vendor_of, shown=False),
        Column("model", _("Model"), value=model_of, shown=False),
        Column("firmware_version", _("Firmware"), value=firmware_of, css="nowrap"),
        Column("city", _("City"), sort="city"),
        Column(
            "groups",
            _("Groups"),
            value=lambda station: [group.name for group in station.group_list],
            template="stations/cells/groups.html",
        ),
        Column(
            "life_cycle",
            _("Life cycle"),
            value="get_life_cycle_display",
            template="stations/cells/life_cycle.html",
            sort="life_cycle",
        ),
        Column("protocol", _("Protocol"), value="get_protocol_display", css="nowrap"),
    ),
    default_sort="identity",
    bulk_actions=(
        BulkAction(_("Groups …"), "stations-groups", CHANGE_STATIONS, "sitemap"),
        BulkAction(_("Life cycle …"), "stations-life-cycle", CHANGE_STATIONS, "switch-horizontal"),
        BulkAction(_("Service package …"), "stations-packages", CHANGE_PACKAGES, "headset"),
        BulkAction(_("Export for import (CSV)"), "station-export", EXPORT_STATIONS, "file-export"),
    ),
    csv_right=EXPORT_STATIONS,
    empty=Empty(
        _("No stations yet"),
        _("Create one, import many from a CSV file, or adopt a charger that calls: see Unknown stations."),
        _("New station"),
        "station-create",
        CHANGE_STATIONS,
    ),
)
