"""Documents of a station: files with a description, each of them in versions."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import StoredFile
from common.models import TenantModel
from stations.models.stations import Station


class Document(TenantModel):
    """`current` is the file of its newest version; a deleted document can be brought back for a while."""

    station = models.ForeignKey(Station, on_delete=models.CASCADE, related_name="documents")
    name = models.CharField(_("name"), max_length=255)
    description = models.CharField(_("description"), max_length=500, blank=True)
    current = models.OneToOneField(StoredFile, on_delete=models.PROTECT, related_name="+")
    versions_count = models.PositiveIntegerField(_("versions"), default=1)
    changed_at = models.DateTimeField(_("uploaded"))
    deleted_at = models.DateTimeField(null=True)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["station", "name"],
                condition=models.Q(deleted_at=None),
                name="document_name_unique",
                violation_error_message=_("There is a document of this name already."),
            )
        ]
        indexes = [models.Index(fields=["station", "-changed_at", "-id"], name="document_by_station")]

    def __str__(self) -> str:
        return self.name


class DocumentVersion(TenantModel):
    """One of the files that a document was, the current one included."""

    document = models.ForeignKey(Document, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField(_("version"))
    file = models.OneToOneField(StoredFile, on_delete=models.PROTECT, related_name="+")

    class Meta(TenantModel.Meta):
        ordering = ("-number",)
        constraints = [models.UniqueConstraint(fields=["document", "number"], name="document_version_unique")]
