"""Whom stations belong to and how an organisation groups them."""

from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from common.models import TenantModel


class StationGroup(TenantModel):
    """A group of stations that an organisation makes for itself."""

    name = models.CharField(_("name"), max_length=120)

    class Meta(TenantModel.Meta):
        ordering = ("name",)
        constraints = [models.UniqueConstraint("organisation", Lower("name"), name="station_group_name_unique")]

    def __str__(self) -> str:
        return self.name


class Contact(TenantModel):
    """A company or person that a station is assigned to."""

    name = models.CharField(_("name"), max_length=120)
    company = models.CharField(_("company"), max_length=120, blank=True)
    phone = models.CharField(_("telephone"), max_length=40, blank=True)
    email = models.EmailField(_("e-mail address"), blank=True)

    class Meta(TenantModel.Meta):
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name
