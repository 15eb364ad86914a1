from django.utils.translation import gettext_lazy as _

from common.tables import Column, Empty, Table
from stations.rights import CHANGE_ARTICLES, EXPORT_STATIONS

ARTICLES = Table(
    name="articles",
    label=_("Articles"),
    columns=(
        Column("name", _("Article"), template="stations/cells/article.html", sort="name"),
        Column("article_number", _("Article number"), sort="article_number"),
        Column("manufacturer", _("Manufacturer"), sort="manufacturer"),
        Column("group", _("Group"), value="group.name", sort="group__name"),
        Column("component_count", _("Components"), template="stations/cells/article_count.html", css="number"),
    ),
    default_sort="name",
    row_actions="stations/cells/article_actions.html",
    csv_right=EXPORT_STATIONS,
    empty=Empty(
        _("No articles yet"),
        _("Articles are the products that you install: routers, meters, modems, spare parts. Make a group first."),
        _("Article groups"),
        "article-groups",
        CHANGE_ARTICLES,
    ),
)

ARTICLE_GROUPS = Table(
    name="article-groups",
    label=_("Article groups"),
    columns=(
        Column("name", _("Name"), sort="name"),
        Column("kind", _("Kind"), value="get_kind_display", sort="kind"),
        Column("fields", _("Form fields"), template="stations/cells/groups.html"),
    ),
    default_sort="name",
    row_actions="stations/cells/article_group_actions.html",
    empty=Empty(
        _("No article groups yet"),
        _("A group says what is asked of its articles, e.g. the number of SIM slots of routers."),
        _("New group"),
        "article-group-create",
        CHANGE_ARTICLES,
    ),
)

COMPONENTS = Table(
    name="components",
    label=_("Installed components"),
    columns=(
        Column("article", _("Component"), template="stations/cells/component.html", sort="article__name"),
        Column("serial_number", _("Serial number"), sort="serial_number", css="mono"),
        Column("state", _("State"), value="get_state_display", template="stations/cells/component_state.html"),
        Column("station", _("Station"), value="station.identity", template="stations/cells/component_station.html"),
        Column("port_number", _("Charge port"), css="number"),
        Column("installation_number", _("Installation number")),
        Column("installed_by", _("Installed by")),
        Column("installed_on", _("Installed on"), css="nowrap"),
        Column("warranty_until", _("Warranty until"), css="nowrap"),
        Column("changed_at", _("Last update"), template="accounts/cells/moment.html", sort="changed_at", css="nowrap"),
    ),
    default_sort="-changed_at",
    csv_right=EXPORT_STATIONS,
    empty=Empty(
        _("No components yet"),
        _("Install one on a station's tab Components, or take one into stock."),
    ),
)
