"""What a station says that it takes of charging profiles (OCPP 1.6 §9.4), and what that means for one profile."""

from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models.functions import Lower
from django.utils.translation import gettext as _

from chargeports.choices import ProfilePurpose
from chargeports.models import ConfigurationValue, InstalledProfile
from common.errors import Refused
from common.numbers import whole_number

STACK_LEVEL_KEY = "ChargeProfileMaxStackLevel"
RATE_UNIT_KEY = "ChargingScheduleAllowedChargingRateUnit"
MAX_PERIODS_KEY = "ChargingScheduleMaxPeriods"
MAX_INSTALLED_KEY = "MaxChargingProfilesInstalled"
SWITCHES_PHASES_KEY = "ConnectorSwitch3to1PhaseSupported"
_KEYS = (STACK_LEVEL_KEY, MAX_PERIODS_KEY, MAX_INSTALLED_KEY, SWITCHES_PHASES_KEY)


@dataclass(frozen=True)
class Abilities:
    """None where the station does not say."""

    max_stack_level: int | None = None
    max_periods: int | None = None
    max_installed: int | None = None
    switches_phases: bool | None = None


def abilities_of(station_id: int) -> Abilities:
    """One query."""
    rows = ConfigurationValue.objects.filter(station_id=station_id).annotate(name=Lower("key"))
    told = dict(rows.filter(name__in=[key.lower() for key in _KEYS]).values_list("name", "value"))
    switches = (told.get(SWITCHES_PHASES_KEY.lower()) or "").strip().lower()
    return Abilities(
        max_stack_level=whole_number(told.get(STACK_LEVEL_KEY.lower())),
        max_periods=whole_number(told.get(MAX_PERIODS_KEY.lower())),
        max_installed=whole_number(told.get(MAX_INSTALLED_KEY.lower())),
        switches_phases={"true": True, "false": False}.get(switches),
    )


def check_profile(abilities: Abilities, profile: dict[str, Any]) -> None:
    """Raise ValidationError by parameter where the station says that it does not take this."""
    errors: dict[str, Any] = {}
    level, highest = profile.get("stack_level"), abilities.max_stack_level
    if level is not None and highest is not None and level > highest:
        errors["stack_level"] = _("The station takes stack levels up to %(highest)d.") % {"highest": highest}
    count, most = len(profile["periods"]), abilities.max_periods
    if most is not None and count > most:
        errors["periods"] = _("The station takes at most %(most)d periods; these are %(count)d.") % {
            "most": most,
            "count": count,
        }
    phases = {period.get("phases") or 3 for period in profile["periods"]}
    if abilities.switches_phases is False and len(phases) > 1:
        errors["periods"] = _("The station says that it cannot switch phases while it charges.")
    if errors:
        raise ValidationError(errors)


def check_room(abilities: Abilities, station_id: int, profile: dict[str, Any], port_number: int) -> None:
    """Raise Refused where the station is full; a profile in the place of another one needs no room."""
    if abilities.max_installed is None:
        return
    installed = InstalledProfile.objects.filter(station_id=station_id)
    taken = [
        one
        for one in installed
        if one.profile_id != profile.get("profile_id")
        and (one.port_number, one.purpose) != (port_number, profile.get("purpose", ProfilePurpose.SESSION))
    ]
    if len(taken) >= abilities.max_installed:
        raise Refused(
            _("The station keeps at most %(most)d charging profiles: clear one first.")
            % {"most": abilities.max_installed}
        )
