"""Reservations of charge ports for one token until a time (OCPP 1.6 §5.13, §5.2)."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.choices import ActorKind
from chargeports.choices import HOLDING, ReservationState
from chargeports.models.commands import Command
from chargeports.models.maintenance import Period
from common.models import TenantModel
from common.rights import Text
from stations.models import Station


class Reservation(TenantModel):
    """A port, or under number 0 any port of the station, kept free for a token.

    It begins when it is made; its key is the charger's reservation id. `command` is the newest one about it, `answer`
    the charger's own word. `session_id` is the charging session that used it; sessions belong to an app above.
    """

    station = models.ForeignKey(Station, on_delete=models.CASCADE, related_name="reservations")
    port_number = models.PositiveSmallIntegerField(_("charge port"), default=0)
    id_tag = models.CharField(_("id token"), max_length=20)
    parent_id_tag = models.CharField(max_length=20, blank=True)
    contact = models.CharField(_("contact"), max_length=120, blank=True)
    state = models.CharField(_("status"), max_length=10, choices=ReservationState, default=ReservationState.REQUESTED)
    answer = models.CharField(_("answer"), max_length=255, blank=True)
    command = models.ForeignKey(Command, null=True, on_delete=models.SET_NULL, related_name="+")
    session_id = models.BigIntegerField(null=True)
    created_at = models.DateTimeField(_("reserved"))
    expires_at = models.DateTimeField(_("until"))
    ended_at = models.DateTimeField(null=True)
    actor_kind = models.CharField(max_length=8, choices=ActorKind)
    actor_id = models.BigIntegerField(null=True)
    actor_label = models.CharField(_("by"), max_length=200)

    class Meta(TenantModel.Meta):
        constraints = [
            ExclusionConstraint(
                name="one_reservation_for_one_port",
                expressions=[
                    ("station", RangeOperators.EQUAL),
                    ("port_number", RangeOperators.EQUAL),
                    (Period("created_at", "expires_at"), RangeOperators.OVERLAPS),
                ],
                condition=models.Q(state__in=[state.value for state in HOLDING]),
            ),
            models.CheckConstraint(
                condition=models.Q(expires_at__gt=models.F("created_at")), name="reservation_has_a_length"
            ),
        ]
        indexes = [
            models.Index(fields=["station", "-id"], name="reservation_by_station"),
            models.Index(fields=["organisation", "-id"], name="reservation_by_organisation"),
            models.Index(
                fields=["expires_at"],
                condition=models.Q(state__in=[state.value for state in HOLDING]),
                name="reservation_to_expire",
            ),
        ]

    def __str__(self) -> str:
        return f"#{self.pk}"

    @property
    def holds(self) -> bool:
        return self.state in HOLDING

    @property
    def state_label(self) -> Text:
        return ReservationState(self.state).label
