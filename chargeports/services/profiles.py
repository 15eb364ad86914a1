"""Charging profiles: the organisation's library, and what chargers accepted. The latter works across organisations."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from accounts.models import Organisation
from accounts.services import record, record_change
from chargeports.charging_schedules import promised
from chargeports.models import ChargingProfile, Command, CompositeSchedule, InstalledProfile
from chargeports.parameters import check_schedule
from chargeports.profiles import AUDITED, schedule_of
from common.actor import Actor
from common.live import announce
from common.text import fit


@dataclass(frozen=True, slots=True)
class AcceptedProfile:
    """A profile as it was sent and accepted: `schedule` in the neutral words of the command, port 0 the station."""

    port_number: int
    profile_id: int
    purpose: str
    stack_level: int
    session_id: int | None
    schedule: dict[str, Any]


@dataclass(frozen=True, slots=True)
class ProfileFilter:
    """Which profiles: what is given adds up, an id alone decides (OCPP 1.6 §5.6). Port 0 is the station itself."""

    profile_id: int | None = None
    port_number: int | None = None
    purpose: str | None = None
    stack_level: int | None = None

    @property
    def conditions(self) -> dict[str, Any]:
        if self.profile_id is not None:
            return {"profile_id": self.profile_id}
        given = {"port_number": self.port_number, "purpose": self.purpose, "stack_level": self.stack_level}
        return {name: value for name, value in given.items() if value is not None}


@dataclass(frozen=True, slots=True)
class ToldSchedule:
    """What a charger says that it will allow from `starts_at` on, for `duration_s`; without periods it said nothing."""

    port_number: int
    starts_at: datetime
    duration_s: int
    unit: str
    periods: tuple[dict[str, Any], ...] = field(default=())


# --- The library --------------------------------------------------------------------------------------------------
def create_profile(actor: Actor, organisation: Organisation, **fields: Any) -> ChargingProfile:
    """Put a profile into the library; `fields` are those of ChargingProfile. Raises ValidationError by field."""
    made = ChargingProfile(organisation=organisation, created_by=actor.label[:200], **fields)
    _check(made)
    with transaction.atomic():
        made.save()
        record(actor, organisation, "chargeports.profile_created", made, after=_values(made))
    return made


def change_profile(actor: Actor, profile: ChargingProfile, /, **fields: Any) -> None:
    """Change it here; chargers that have it keep it as it was sent. Raises ValidationError by field."""
    before = _values(profile)
    for name, value in fields.items():
        setattr(profile, name, value)
    _check(profile)
    with transaction.atomic():
        profile.save()
        record_change(actor, profile, "chargeports.profile_changed", before, _values(profile))


@transaction.atomic
def delete_profile(actor: Actor, profile: ChargingProfile) -> None:
    """Offer it no more; chargers that have it keep it."""
    record(actor, profile.organisation_id, "chargeports.profile_deleted", profile, before=_values(profile))
    profile.delete()


def _check(profile: ChargingProfile) -> None:
    """Its fields, and the same rules as for a command that carries it."""
    profile.full_clean(exclude=["periods"], validate_constraints=False)
    if ChargingProfile.objects.filter(name=profile.name).exclude(pk=profile.pk).exists():
        raise ValidationError({"name": _("There is a charging profile of this name already.")})
    try:
        profile.periods = check_schedule(schedule_of(profile))["periods"]
    except ValidationError as error:
        fields = {field.name for field in profile._meta.fields}
        raise ValidationError(
            {name if name in fields else "periods": texts for name, texts in error.message_dict.items()}
        ) from None


def _values(profile: ChargingProfile) -> dict[str, Any]:
    return {name: getattr(profile, name) for name in AUDITED}


# --- What chargers have -------------------------------------------------------------------------------------------
@transaction.atomic
def note_installed(command: Command, profile: AcceptedProfile, at: datetime) -> None:
    """The charger accepted it: it took the place of the one with the same id, or the same level at the same place."""
    mine = InstalledProfile.objects.filter(station_id=command.station_id)
    same_place = Q(port_number=profile.port_number, purpose=profile.purpose, stack_level=profile.stack_level)
    mine.filter(Q(profile_id=profile.profile_id) | same_place).delete()
    InstalledProfile.objects.create(
        organisation_id=command.organisation_id,
        station_id=command.station_id,
        port_number=profile.port_number,
        profile_id=profile.profile_id,
        purpose=profile.purpose,
        stack_level=profile.stack_level,
        session_id=profile.session_id,
        schedule=profile.schedule,
        actor_label=fit(command.actor_label, 200),
        installed_at=at,
    )
    _forget_schedules(command.station_id, profile.port_number)


@transaction.atomic
def note_cleared(command: Command, which: ProfileFilter) -> None:
    """The charger has none of these any more."""
    InstalledProfile.objects.filter(station_id=command.station_id, **which.conditions).delete()
    _forget_schedules(command.station_id, which.port_number or 0)


def _forget_schedules(station_id: int, port_number: int) -> None:
    """What the charger said before holds no more; a profile of the station concerns every port."""
    concerned = CompositeSchedule.objects.filter(station_id=station_id)
    (concerned.filter(port_number__in=(0, port_number)) if port_number else concerned).delete()
    announce([f"station.{station_id}"])


def record_schedule(command: Command, told: ToldSchedule, at: datetime) -> None:
    """What the charger said that it will allow, beside what its profiles promise at that moment."""
    installed = list(InstalledProfile.objects.filter(station_id=command.station_id))
    values: Mapping[str, Any] = {
        "organisation_id": command.organisation_id,
        "read_at": at,
        "starts_at": told.starts_at,
        "duration_s": told.duration_s,
        "unit": told.unit,
        "periods": list(told.periods),
        "promised": promised(installed, told.port_number, at, told.unit),
    }
    CompositeSchedule.objects.update_or_create(
        station_id=command.station_id, port_number=told.port_number, defaults=values
    )
    announce([f"station.{command.station_id}", f"command.{command.pk}"])
