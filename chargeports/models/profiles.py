"""Charging profiles: the organisation's library, what chargers have installed, and the schedules they make of it."""

from datetime import datetime, timedelta
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.utils.translation import gettext_lazy as _

from chargeports.choices import ProfilePurpose, RateUnit, Recurrency, ScheduleKind
from common.models import TenantModel
from common.rights import Text
from stations.models import Station


class ChargingProfile(TenantModel):
    """A profile of the library. `periods` are a list of `start_s`, `limit` and perhaps `phases` (docs/commands.md).

    A schedule that comes again begins at midnight of the station's zone, on a Monday where it comes every week.
    """

    name = models.CharField(_("name"), max_length=80)
    kind = models.CharField(_("times count"), max_length=10, choices=ScheduleKind, default=ScheduleKind.RECURRING)
    recurrency = models.CharField(_("repeats"), max_length=8, choices=Recurrency, blank=True)
    start_at = models.DateTimeField(_("begins"), null=True, blank=True)
    duration_s = models.PositiveIntegerField(_("lasts (s)"), null=True, blank=True)
    valid_from = models.DateTimeField(_("valid from"), null=True, blank=True)
    valid_to = models.DateTimeField(_("valid until"), null=True, blank=True)
    stack_level = models.PositiveSmallIntegerField(_("stack level"), null=True, blank=True)
    unit = models.CharField(_("unit"), max_length=1, choices=RateUnit, default=RateUnit.AMPERES)
    periods = models.JSONField(_("limits"), encoder=DjangoJSONEncoder)
    note = models.CharField(_("note"), max_length=300, blank=True)
    created_by = models.CharField(_("by"), max_length=200)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta(TenantModel.Meta):
        ordering = ("name",)
        constraints = [models.UniqueConstraint(fields=["organisation", "name"], name="profile_name_unique")]

    def __str__(self) -> str:
        return self.name


class InstalledProfile(TenantModel):
    """A profile that a charger accepted, as it was sent: it outlives restarts (P07). Port 0 is the whole station.

    `schedule` has the parameters of the command without its purpose; limits are as the charger was told them.
    """

    station = models.ForeignKey(Station, on_delete=models.CASCADE, related_name="installed_profiles")
    port_number = models.PositiveSmallIntegerField(_("charge port"), default=0)
    profile_id = models.PositiveIntegerField(_("profile id"))
    purpose = models.CharField(_("for"), max_length=16, choices=ProfilePurpose)
    stack_level = models.PositiveSmallIntegerField(_("stack level"))
    # The session that the profile ends with; none for one that waits for the session of a start.
    session_id = models.PositiveIntegerField(null=True)
    schedule = models.JSONField(encoder=DjangoJSONEncoder)
    actor_label = models.CharField(_("by"), max_length=200, blank=True)
    installed_at = models.DateTimeField(_("installed"))

    class Meta(TenantModel.Meta):
        ordering = ("port_number", "purpose", "-stack_level")
        constraints = [
            models.UniqueConstraint(fields=["station", "profile_id"], name="installed_profile_unique"),
            models.UniqueConstraint(
                fields=["station", "port_number", "purpose", "stack_level"], name="installed_profile_by_place"
            ),
        ]
        indexes = [
            models.Index(
                fields=["installed_at"],
                condition=models.Q(purpose=ProfilePurpose.SESSION.value),
                name="installed_session_profile",
            )
        ]

    def __str__(self) -> str:
        return self.schedule.get("name") or f"#{self.profile_id}"

    @property
    def kind_label(self) -> Text:
        return ScheduleKind(self.schedule["kind"]).label

    @property
    def start_at(self) -> datetime | None:
        return self._time("start_at")

    @property
    def valid_to(self) -> datetime | None:
        """When it ends by itself; one without validity may still last only so long."""
        if (
            (start := self.start_at)
            and self.schedule["kind"] == ScheduleKind.ABSOLUTE
            and "duration_s" in self.schedule
        ):
            return start + timedelta(seconds=self.schedule["duration_s"])
        return self._time("valid_to")

    def _time(self, name: str) -> datetime | None:
        text = self.schedule.get(name)
        return datetime.fromisoformat(text) if text else None


class CompositeSchedule(TenantModel):
    """What a charger said last that it will allow, of all its profiles together: one row for a port (0: the station).

    `promised` is what the accepted profiles allow at the beginning, in the same unit: a charger that allows more does
    not follow them (Q52).
    """

    station = models.ForeignKey(Station, on_delete=models.CASCADE, related_name="composite_schedules")
    port_number = models.PositiveSmallIntegerField(default=0)
    read_at = models.DateTimeField()
    starts_at = models.DateTimeField()
    duration_s = models.PositiveIntegerField()
    unit = models.CharField(max_length=1, choices=RateUnit)
    periods = models.JSONField(encoder=DjangoJSONEncoder)
    promised = models.FloatField(null=True)

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["station", "port_number"], name="composite_schedule_unique")]

    @property
    def is_exceeding(self) -> bool:
        """A little more is rounding."""
        return (
            bool(self.periods) and self.promised is not None and self.periods[0]["limit"] > self.promised * 1.02 + 0.5
        )

    @property
    def ends_at(self) -> datetime:
        return self.starts_at + timedelta(seconds=self.duration_s)

    @property
    def steps(self) -> list[tuple[datetime, float, Any]]:
        """When each limit begins, the limit, and its phases where they were said."""
        return [
            (self.starts_at + timedelta(seconds=one["start_s"]), one["limit"], one.get("phases"))
            for one in self.periods
        ]
