"""Where stations are published: portals, each with an address of its own, and the stations that each is given."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from common.models import TenantModel
from stations.choices import PortalKind
from stations.models.stations import Station


class Portal(TenantModel):
    """Somebody who is given stations. The feed's address holds `token`: who has it reads what is public anyway, and a
    new token ends that.

    `embedded_by` are the websites (origins) that may show the public map in a frame.
    """

    kind = models.CharField(_("kind"), max_length=16, choices=PortalKind, default=PortalKind.OTHER)
    name = models.CharField(_("name"), max_length=80)
    token = models.CharField(max_length=43, unique=True, editable=False)
    embedded_by = models.JSONField(_("websites that may embed the map"), default=list, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta(TenantModel.Meta):
        ordering = ("name",)
        constraints = [
            models.UniqueConstraint("organisation", Lower("name"), name="portal_name_unique"),
            models.UniqueConstraint(
                fields=["organisation", "kind"], condition=~Q(kind=PortalKind.OTHER.value), name="one_portal_of_a_kind"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Publication(TenantModel):
    """A station is switched on for a portal."""

    station = models.ForeignKey(Station, on_delete=models.CASCADE, related_name="publications")
    portal = models.ForeignKey(Portal, on_delete=models.CASCADE, related_name="publications")
    since = models.DateTimeField(auto_now_add=True)

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["portal", "station"], name="publication_unique")]
