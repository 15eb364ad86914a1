from django.utils.translation import gettext_lazy as _

from common.tables import Column, Empty, Table

DOCUMENTS = Table(
    name="documents",
    label=_("Documents"),
    columns=(
        Column("name", _("Name"), template="stations/cells/document.html", sort="name", css="breaks"),
        Column("description", _("Description"), css="breaks"),
        Column(
            "size",
            _("Size"),
            "current.size_bytes",
            "stations/cells/document_size.html",
            "current__size_bytes",
            "number",
        ),
        Column("versions_count", _("Versions"), template="stations/cells/document_versions.html", css="number"),
        Column("changed_at", _("Uploaded"), template="stations/cells/moment.html", sort="changed_at", css="nowrap"),
        Column("by", _("By"), value="current.created_by_label"),
    ),
    default_sort="-changed_at",
    row_actions="stations/cells/document_actions.html",
    empty=Empty(
        _("No documents yet"),
        _("Plans, photographs, protocols and contracts of the station: drop them on the field above."),
    ),
)
