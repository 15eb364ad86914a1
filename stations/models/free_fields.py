"""Whatever an organisation wants to keep of its stations, and nobody thought of."""

from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from common.models import TenantModel
from stations.models.stations import Station


class FreeField(TenantModel):
    """A description and a value, in an order that people choose."""

    station = models.ForeignKey(Station, on_delete=models.CASCADE, related_name="free_fields")
    name = models.CharField(_("description"), max_length=120)
    value = models.TextField(_("value"), max_length=2_000)
    position = models.PositiveIntegerField(default=0)
    author = models.CharField(_("author"), max_length=200)
    changed_at = models.DateTimeField(_("changed"))

    class Meta(TenantModel.Meta):
        ordering = ("position", "id")
        indexes = [models.Index(fields=["station", "position", "id"], name="free_field_by_station")]

    def __str__(self) -> str:
        return self.name


class FieldTemplate(TenantModel):
    """A description that the organisation's stations should have in common."""

    name = models.CharField(_("description"), max_length=120)

    class Meta(TenantModel.Meta):
        ordering = ("name",)
        constraints = [models.UniqueConstraint("organisation", Lower("name"), name="field_template_name_unique")]

    def __str__(self) -> str:
        return self.name
