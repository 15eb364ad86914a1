from django.utils.translation import gettext_lazy as _

from common.tables import Column, Empty, Table
from stations.rights import EXPORT_STATIONS

HISTORY = Table(
    name="history",
    label=_("History"),
    columns=(
        Column("at", _("When"), template="stations/cells/moment.html", sort="at", css="nowrap"),
        Column("text", _("What happened"), value="sentence", template="stations/cells/history_text.html", css="breaks"),
        Column("kind", _("Kind"), value="get_kind_display", template="stations/cells/history_kind.html", sort="kind"),
        Column("actor_label", _("Author"), value="author", sort="actor_label"),
        Column("changed_at", _("Changed"), shown=False),
        Column("pinned", _("Pinned"), shown=False),
    ),
    default_sort="-at",
    row_actions="stations/cells/history_actions.html",
    csv_right=EXPORT_STATIONS,
    empty=Empty(
        _("Nothing has happened here yet"),
        _("Failures, notes, telephone calls and work that people write down stand here, with what the portal notices."),
    ),
)
