from django.utils.translation import gettext_lazy as _

from common.tables import Column, Empty, Table
from stations.rights import CHANGE_FIELD_TEMPLATES

FIELD_TEMPLATES = Table(
    name="field-templates",
    label=_("Descriptions of free fields"),
    columns=(Column("name", _("Description"), sort="name"),),
    default_sort="name",
    row_actions="stations/cells/field_template_actions.html",
    empty=Empty(
        _("No descriptions yet"),
        _("Descriptions that you put here are offered at every station, so that the same thing has the same name."),
        _("New description"),
        "field-template-create",
        CHANGE_FIELD_TEMPLATES,
    ),
)
