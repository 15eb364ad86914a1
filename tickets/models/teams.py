"""Who works on tickets together, and what an organisation sorts them by."""

from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from common.models import TenantModel


class Team(TenantModel):
    """People to whom a ticket can be assigned together. Only members of the organisation count (`people.of_team`)."""

    name = models.CharField(_("name"), max_length=80)
    people = models.ManyToManyField(User, verbose_name=_("people"), related_name="+", blank=True)

    class Meta(TenantModel.Meta):
        ordering = ("name",)
        constraints = [
            models.UniqueConstraint(
                "organisation",
                Lower("name"),
                name="team_name_unique",
                violation_error_message=_("There is a team of this name already."),
            )
        ]

    def __str__(self) -> str:
        return self.name


class TicketCategory(TenantModel):
    name = models.CharField(_("name"), max_length=80)

    class Meta(TenantModel.Meta):
        ordering = ("name",)
        constraints = [
            models.UniqueConstraint(
                "organisation",
                Lower("name"),
                name="ticket_category_name_unique",
                violation_error_message=_("There is a category of this name already."),
            )
        ]

    def __str__(self) -> str:
        return self.name
