from django.utils.translation import gettext_lazy as _

from common.tables import Column, Empty, Table
from stations.rights import CHANGE_GROUPS, CHANGE_STATIONS

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
