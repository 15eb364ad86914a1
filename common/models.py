"""Abstract bases. Concrete models live in the apps that own the subject."""

from django.db import models
from django_scopes import ScopedManager


class TenantModel(models.Model):
    """Belongs to exactly one organisation. Its manager raises outside an organisation's scope (django-scopes)."""

    organisation = models.ForeignKey("accounts.Organisation", on_delete=models.PROTECT, related_name="+")

    objects = ScopedManager(organisation="organisation")

    class Meta:
        abstract = True
        default_permissions = ()
