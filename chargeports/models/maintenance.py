"""Maintenance windows: times in which errors are expected and nobody is to be woken by them."""

from datetime import UTC, datetime

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, DateTimeRangeField, IntegerRangeField, RangeOperators
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.choices import ActorKind
from chargeports.choices import WindowState
from common.models import TenantModel
from stations.models import Station

# Beyond every number of a port: a window of the whole station covers all ports.
_ALL_PORTS = 32_767


class Period(models.Func):
    """From one time to another, without the second one."""

    function = "TSTZRANGE"
    output_field = DateTimeRangeField()


class PortRange(models.Func):
    """The numbers that a window covers, as a range: what overlaps in it and in time is refused by the database."""

    function = "INT4RANGE"
    output_field = IntegerRangeField()


def _ports_covered() -> PortRange:
    end = models.Case(models.When(port_number=0, then=_ALL_PORTS), default=models.F("port_number") + 1)
    return PortRange("port_number", end)


class MaintenanceWindow(TenantModel):
    """From `starts_at` to `ends_at` work is done at one port, or under number 0 at the whole station.

    It ends by itself. `opened_at` and `closed_at` say when the portal did what goes with its beginning and its end.
    """

    station = models.ForeignKey(Station, on_delete=models.CASCADE, related_name="maintenance_windows")
    port_number = models.PositiveSmallIntegerField(_("charge port"), default=0)
    starts_at = models.DateTimeField(_("start"))
    ends_at = models.DateTimeField(_("end"))
    comment = models.CharField(_("comment"), max_length=500, blank=True)
    locks_ports = models.BooleanField(_("locks the ports"), default=False)
    tokens = ArrayField(models.CharField(max_length=20), default=list, blank=True, verbose_name=_("may charge"))
    actor_kind = models.CharField(max_length=8, choices=ActorKind)
    actor_id = models.BigIntegerField(null=True)
    actor_label = models.CharField(_("by"), max_length=200)
    created_at = models.DateTimeField(auto_now_add=True)
    opened_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    ended_by = models.CharField(_("ended early by"), max_length=200, blank=True)

    class Meta(TenantModel.Meta):
        constraints = [
            models.CheckConstraint(condition=models.Q(ends_at__gt=models.F("starts_at")), name="window_has_a_length"),
            ExclusionConstraint(
                name="one_window_for_one_port",
                expressions=[
                    ("station", RangeOperators.EQUAL),
                    (_ports_covered(), RangeOperators.OVERLAPS),
                    (Period("starts_at", "ends_at"), RangeOperators.OVERLAPS),
                ],
            ),
        ]
        indexes = [
            models.Index(fields=["station", "-starts_at"], name="window_by_station"),
            models.Index(fields=["organisation", "-starts_at"], name="window_by_organisation"),
            models.Index(fields=["starts_at"], condition=models.Q(opened_at__isnull=True), name="window_to_open"),
            models.Index(fields=["ends_at"], condition=models.Q(closed_at__isnull=True), name="window_to_close"),
        ]

    def covers(self, port_number: int, at: datetime) -> bool:
        """Whether the window is about what happened at the port, or under number 0 in the station, at that time."""
        return self.port_number in (0, port_number) and self.starts_at <= at < self.ends_at

    @property
    def state(self) -> WindowState:
        now = datetime.now(UTC)
        if now < self.starts_at:
            return WindowState.PLANNED
        return WindowState.ACTIVE if now < self.ends_at else WindowState.PAST
