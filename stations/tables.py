from django.utils.translation import gettext_lazy as _

from common.tables import BulkAction, Column, Empty, Table
from stations import selectors
from stations.models import Station
from stations.rights import CHANGE_GROUPS, CHANGE_STATIONS, EXPORT_STATIONS


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
            value=lambda station: [group.name for group in station.groups.all()],
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

GROUPS = Table(
    name="station-groups",
    label=_("Station groups"),
    columns=(
        Column("name", _("Name"), template="stations/cells/group.html", sort="name"),
        Column("station_count", _("Stations"), css="number"),
    ),
    default_sort="name",
    row_actions="stations/cells/group_actions.html",
    empty=Empty(
        _("No station groups yet"),
        _("Groups order stations as you need it: by place, customer or contract."),
        _("New group"),
        "station-group-create",
        CHANGE_GROUPS,
    ),
)

CONTACTS = Table(
    name="contacts",
    label=_("Contacts"),
    columns=(
        Column("name", _("Name"), template="stations/cells/contact.html", sort="name"),
        Column("company", _("Company"), sort="company"),
        Column("phone", _("Telephone")),
        Column("email", _("E-mail address"), sort="email"),
    ),
    default_sort="name",
    row_actions="stations/cells/contact_actions.html",
    empty=Empty(
        _("No contacts yet"),
        _("Contacts are the owners, operators, service partners and contact persons of stations."),
        _("New contact"),
        "contact-create",
        CHANGE_STATIONS,
    ),
)
