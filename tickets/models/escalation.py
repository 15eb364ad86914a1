"""By which rules errors are escalated, and which were."""

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from chargeports.choices import Severity
from chargeports.models import EquipmentError
from common.models import TenantModel
from common.rights import Text
from stations.models import Station, StationGroup
from tickets.choices import Priority
from tickets.models.teams import Team, TicketCategory
from tickets.models.tickets import Ticket

_WEEK_MINUTES = 7 * 24 * 60


class EscalationRule(TenantModel):
    """Errors that go on for `after_minutes` are told to people, and a ticket is opened where the rule says so.

    An error must fit every condition that is not empty; of codes and manufacturers' codes one is enough, and so it is
    of stations and groups. `vendor_codes` are in upper case.
    """

    name = models.CharField(_("name"), max_length=80)
    active = models.BooleanField(_("active"), default=True)
    error_codes = ArrayField(models.CharField(max_length=60), default=list, blank=True, verbose_name=_("error codes"))
    vendor_codes = ArrayField(
        models.CharField(max_length=100), default=list, blank=True, verbose_name=_("manufacturers' codes")
    )
    severities = ArrayField(
        models.CharField(max_length=8, choices=Severity), default=list, blank=True, verbose_name=_("severities")
    )
    stations = models.ManyToManyField(Station, related_name="+", blank=True, verbose_name=_("stations"))
    groups = models.ManyToManyField(StationGroup, related_name="+", blank=True, verbose_name=_("station groups"))
    after_minutes = models.PositiveIntegerField(
        _("after minutes"), default=15, validators=[MaxValueValidator(_WEEK_MINUTES)]
    )
    people = models.ManyToManyField(User, related_name="+", blank=True, verbose_name=_("people"))
    teams = models.ManyToManyField(Team, related_name="+", blank=True, verbose_name=_("teams"))
    addresses = ArrayField(models.EmailField(), default=list, blank=True, verbose_name=_("further e-mail addresses"))
    opens_ticket = models.BooleanField(_("opens a ticket"), default=False)
    ticket_priority = models.PositiveSmallIntegerField(
        _("priority of the ticket"), choices=Priority, default=Priority.HIGH
    )
    ticket_category = models.ForeignKey(
        TicketCategory,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        verbose_name=_("category of the ticket"),
    )
    ticket_team = models.ForeignKey(
        Team, null=True, blank=True, on_delete=models.SET_NULL, related_name="+", verbose_name=_("team of the ticket")
    )

    class Meta(TenantModel.Meta):
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name

    @property
    def severity_labels(self) -> list[Text]:
        return [Severity(severity).label for severity in self.severities]

    @property
    def all_codes(self) -> list[str]:
        return [*self.error_codes, *self.vendor_codes]


class Escalation(TenantModel):
    """One error escalated by one rule: never twice. `cleared_at` is when its end was told."""

    rule = models.ForeignKey(EscalationRule, null=True, on_delete=models.SET_NULL, related_name="+")
    rule_name = models.CharField(max_length=80)
    error = models.ForeignKey(EquipmentError, on_delete=models.CASCADE, related_name="escalations")
    ticket = models.ForeignKey(Ticket, null=True, on_delete=models.SET_NULL, related_name="escalations")
    at = models.DateTimeField(default=timezone.now)
    cleared_at = models.DateTimeField(null=True)

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["rule", "error"], name="one_escalation_by_rule_and_error")]
        indexes = [
            models.Index(fields=["error"], condition=models.Q(cleared_at__isnull=True), name="escalation_not_cleared")
        ]
