"""Tickets, and what was said and changed about them."""

from django.contrib.postgres.fields import ArrayField
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.choices import ActorKind
from accounts.models import StoredFile, User
from chargeports.models import EquipmentError
from charging.models import ChargingSession
from common.actor import author
from common.models import TenantModel
from stations.models import Station
from tickets.choices import OPEN_STATES, EntryKind, Priority, TicketState
from tickets.models.teams import Team, TicketCategory


class TicketCounter(TenantModel):
    """The organisation's newest ticket number; its row is the lock under which numbers are given."""

    last = models.PositiveIntegerField(default=0)

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["organisation"], name="one_ticket_counter")]


class Ticket(TenantModel):
    """Something to do. `number` counts within the organisation and is never used again. `error` is what it was opened
    for; `port_numbers` are empty where it is about the whole station.
    """

    number = models.PositiveIntegerField(_("number"))
    title = models.CharField(_("title"), max_length=200)
    description = models.TextField(_("description"), max_length=20_000, blank=True)
    state = models.CharField(_("state"), max_length=12, choices=TicketState, default=TicketState.NEW)
    priority = models.PositiveSmallIntegerField(_("priority"), choices=Priority, default=Priority.NORMAL)
    category = models.ForeignKey(
        TicketCategory, null=True, blank=True, on_delete=models.SET_NULL, related_name="+", verbose_name=_("category")
    )
    assignee = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+", verbose_name=_("assignee")
    )
    team = models.ForeignKey(
        Team, null=True, blank=True, on_delete=models.SET_NULL, related_name="+", verbose_name=_("team")
    )
    station = models.ForeignKey(
        Station, null=True, blank=True, on_delete=models.PROTECT, related_name="tickets", verbose_name=_("station")
    )
    port_numbers = ArrayField(
        models.PositiveSmallIntegerField(), default=list, blank=True, verbose_name=_("charge ports")
    )
    session = models.ForeignKey(
        ChargingSession,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="tickets",
        verbose_name=_("session"),
    )
    error = models.ForeignKey(
        EquipmentError,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="tickets",
        verbose_name=_("error"),
    )
    due_on = models.DateField(_("due"), null=True, blank=True)
    files = models.ManyToManyField(StoredFile, related_name="+", blank=True)
    watchers = models.ManyToManyField(User, related_name="+", blank=True)
    actor_kind = models.CharField(max_length=8, choices=ActorKind)
    actor_id = models.BigIntegerField(null=True)
    actor_label = models.CharField(_("opened by"), max_length=200)
    created_at = models.DateTimeField(_("opened"), default=timezone.now)
    changed_at = models.DateTimeField(_("changed"), default=timezone.now)
    closed_at = models.DateTimeField(_("closed"), null=True)

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["organisation", "number"], name="ticket_number_unique")]
        indexes = [
            models.Index(fields=["organisation", "state", "-changed_at", "-id"], name="ticket_by_state"),
            models.Index(fields=["organisation", "-changed_at", "-id"], name="ticket_by_change"),
            models.Index(fields=["station", "-changed_at", "-id"], name="ticket_by_station"),
        ]

    def __str__(self) -> str:
        return f"#{self.number} {self.title}"

    @property
    def author(self) -> str:
        return author(self)

    @property
    def is_open(self) -> bool:
        return self.state in OPEN_STATES

    @property
    def is_overdue(self) -> bool:
        return self.is_open and self.due_on is not None and self.due_on < timezone.localdate()


class TicketEntry(TenantModel):
    """A comment, or a change as field → [before, after] in words. Internal comments are for those who may change
    tickets.
    """

    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="entries")
    kind = models.CharField(max_length=8, choices=EntryKind)
    internal = models.BooleanField(_("internal"), default=False)
    text = models.TextField(_("comment"), max_length=20_000, blank=True)
    changes = models.JSONField(default=dict, encoder=DjangoJSONEncoder)
    files = models.ManyToManyField(StoredFile, related_name="+", blank=True)
    actor_kind = models.CharField(max_length=8, choices=ActorKind)
    actor_id = models.BigIntegerField(null=True)
    actor_label = models.CharField(max_length=200)
    at = models.DateTimeField(default=timezone.now)

    class Meta(TenantModel.Meta):
        indexes = [models.Index(fields=["ticket", "at", "id"], name="ticket_entry_by_ticket")]

    @property
    def author(self) -> str:
        return author(self)
