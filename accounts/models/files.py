"""Files that people upload and that the portal makes; their bytes lie in Django's storage."""

from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.models.people import User
from common.models import TenantModel


class StoredFile(TenantModel):
    """`content_type` is what the bytes are, not what the browser called them. `purpose` names the declaration
    (`common.files.FilePurpose`) that says who may have it.

    A deleted file can be brought back until its bytes are removed; then the row alone remembers it.
    """

    purpose = models.CharField(max_length=60)
    name = models.CharField(_("name"), max_length=255)
    content_type = models.CharField(_("type"), max_length=120)
    size_bytes = models.BigIntegerField(_("size"))
    sha256 = models.CharField(max_length=64)
    # Where the bytes lie in the storage.
    path = models.CharField(max_length=255, editable=False)
    created_at = models.DateTimeField(_("uploaded"), auto_now_add=True)
    created_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    created_by_label = models.CharField(_("by"), max_length=200)
    deleted_at = models.DateTimeField(null=True)
    removed_at = models.DateTimeField(null=True)

    class Meta(TenantModel.Meta):
        indexes = [
            models.Index(
                "organisation",
                name="file_counted",
                include=["size_bytes", "purpose"],
                condition=models.Q(deleted_at=None),
            ),
            models.Index(
                fields=["deleted_at"],
                name="file_to_remove",
                condition=models.Q(deleted_at__isnull=False, removed_at=None),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("file", args=[self.pk, self.name])

    @property
    def is_image(self) -> bool:
        """Whether browsers show it as a picture that cannot do anything."""
        return self.content_type in ("image/png", "image/jpeg", "image/webp", "image/gif")

    @property
    def is_shown(self) -> bool:
        """Whether it may be looked at in the browser; everything else is a download."""
        return self.is_image or self.content_type == "application/pdf"
