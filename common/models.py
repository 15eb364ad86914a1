"""Abstract bases. Concrete models live in the apps that own the subject."""

from functools import cache
from typing import Any

from django.db import models
from django.utils.encoding import force_str
from django_scopes import ScopedManager


class LabelledModel(models.Model):
    """Finds the label of a choice by its value. Django's own `get_…_display` translates the labels of all choices for
    each one that is shown, which was a quarter of what a list cost.
    """

    class Meta:
        abstract = True

    def _get_FIELD_display(self, field: "models.Field[Any, Any]") -> Any:  # noqa: N802
        value = getattr(self, field.attname)
        return force_str(_labels(field).get(value, value), strings_only=True)


@cache
def _labels(field: "models.Field[Any, Any]") -> dict[Any, Any]:
    return dict(field.flatchoices)


class TenantModel(LabelledModel):
    """Belongs to exactly one organisation. Its manager raises outside an organisation's scope (django-scopes)."""

    organisation = models.ForeignKey("accounts.Organisation", on_delete=models.PROTECT, related_name="+")

    objects = ScopedManager(organisation="organisation")

    class Meta:
        abstract = True
        default_permissions = ()
