from django.utils.translation import gettext_lazy as _

from common.rights import Right

_INFRASTRUCTURE = _("Infrastructure")

VIEW_STATIONS = Right("stations.view_stations", _("See stations"), _INFRASTRUCTURE)
CHANGE_STATIONS = Right("stations.change_stations", _("Create and change stations"), _INFRASTRUCTURE)
IMPORT_STATIONS = Right("stations.import_stations", _("Import stations"), _INFRASTRUCTURE)
EXPORT_STATIONS = Right("stations.export_stations", _("Export stations"), _INFRASTRUCTURE)
CHANGE_GROUPS = Right("stations.change_groups", _("Create and change station groups"), _INFRASTRUCTURE)
VIEW_DEVICES = Right("stations.view_devices", _("See device details of stations"), _INFRASTRUCTURE)
CHANGE_DEVICES = Right("stations.change_devices", _("Change device details of stations"), _INFRASTRUCTURE)
VIEW_ASSIGNMENTS = Right(
    "stations.view_assignments", _("See to whom and to which groups stations are assigned"), _INFRASTRUCTURE
)
CHANGE_ASSIGNMENTS = Right("stations.change_assignments", _("Assign stations to people and groups"), _INFRASTRUCTURE)
VIEW_DOCUMENTS = Right("stations.view_documents", _("See documents of stations"), _INFRASTRUCTURE)
CHANGE_DOCUMENTS = Right("stations.change_documents", _("Upload, change and delete documents"), _INFRASTRUCTURE)
VIEW_HISTORY = Right("stations.view_history", _("See the history of stations"), _INFRASTRUCTURE)
WRITE_HISTORY = Right("stations.write_history", _("Write into the history of stations"), _INFRASTRUCTURE, "support")
VIEW_PACKAGES = Right("stations.view_packages", _("See service packages of stations"), _INFRASTRUCTURE)
CHANGE_PACKAGES = Right(
    "stations.change_packages", _("Activate and change service packages"), _INFRASTRUCTURE, "administrator"
)
VIEW_FREE_FIELDS = Right("stations.view_free_fields", _("See additional information of stations"), _INFRASTRUCTURE)
CHANGE_FREE_FIELDS = Right(
    "stations.change_free_fields", _("Change additional information of stations"), _INFRASTRUCTURE, "support"
)
CHANGE_FIELD_TEMPLATES = Right(
    "stations.change_field_templates", _("Offer descriptions for additional information"), _INFRASTRUCTURE
)

_ASSETS = _("Asset management")
VIEW_COMPONENTS = Right("stations.view_components", _("See articles and components"), _ASSETS)
CHANGE_COMPONENTS = Right("stations.change_components", _("Install, replace and remove components"), _ASSETS, "support")
CHANGE_ARTICLES = Right("stations.change_articles", _("Create and change articles and their groups"), _ASSETS)

RIGHTS: tuple[Right, ...] = (
    VIEW_STATIONS,
    CHANGE_STATIONS,
    IMPORT_STATIONS,
    EXPORT_STATIONS,
    CHANGE_GROUPS,
    VIEW_DEVICES,
    CHANGE_DEVICES,
    VIEW_ASSIGNMENTS,
    CHANGE_ASSIGNMENTS,
    VIEW_DOCUMENTS,
    CHANGE_DOCUMENTS,
    VIEW_HISTORY,
    WRITE_HISTORY,
    VIEW_PACKAGES,
    CHANGE_PACKAGES,
    VIEW_FREE_FIELDS,
    CHANGE_FREE_FIELDS,
    CHANGE_FIELD_TEMPLATES,
    VIEW_COMPONENTS,
    CHANGE_COMPONENTS,
    CHANGE_ARTICLES,
)

# Where stations stand, and what the public is told of them.
VIEW_LOCATION = Right("stations.view_location", _("See where stations stand"), _INFRASTRUCTURE)
CHANGE_LOCATION = Right("stations.change_location", _("Change where stations stand"), _INFRASTRUCTURE)
VIEW_ACCESS = Right("stations.view_access", _("See opening hours and access"), _INFRASTRUCTURE)
CHANGE_ACCESS = Right("stations.change_access", _("Change opening hours and access"), _INFRASTRUCTURE)
_PUBLICATION = _("Publication")
VIEW_INTERFACES = Right("stations.view_interfaces", _("See where stations are published"), _PUBLICATION)
CHANGE_INTERFACES = Right("stations.change_interfaces", _("Switch stations on and off for portals"), _PUBLICATION)
CHANGE_PORTALS = Right("stations.change_portals", _("Create and change portals"), _PUBLICATION)
VIEW_MARKETING = Right("stations.view_marketing", _("See marketing texts and pictures"), _PUBLICATION)
CHANGE_MARKETING = Right("stations.change_marketing", _("Change marketing texts and pictures"), _PUBLICATION)
VIEW_ROAMING = Right("stations.view_roaming", _("See data for roaming partners"), _PUBLICATION)
CHANGE_ROAMING = Right("stations.change_roaming", _("Change data for roaming partners"), _PUBLICATION)

RIGHTS += (VIEW_MARKETING, CHANGE_MARKETING, VIEW_ROAMING, CHANGE_ROAMING)
RIGHTS += (VIEW_INTERFACES, CHANGE_INTERFACES, CHANGE_PORTALS)
RIGHTS += (VIEW_LOCATION, CHANGE_LOCATION, VIEW_ACCESS, CHANGE_ACCESS)
