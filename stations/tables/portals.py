from django.utils.translation import gettext_lazy as _

from common.tables import Column, Empty, Table
from stations.rights import CHANGE_PORTALS

PORTALS = Table(
    name="portals",
    label=_("Portals"),
    columns=(
        Column("name", _("Name"), sort="name"),
        Column("kind", _("Kind"), value="get_kind_display"),
        Column("station_count", _("Stations"), css="number"),
        Column("addresses", _("Public addresses"), value="token", template="stations/cells/portal_addresses.html"),
    ),
    default_sort="name",
    row_actions="stations/cells/portal_actions.html",
    empty=Empty(
        _("No portals yet"),
        _("GeoJSON, OpenChargeMap and Google Places appear when the first station is switched on for them."),
        _("New portal"),
        "portal-create",
        CHANGE_PORTALS,
    ),
)
