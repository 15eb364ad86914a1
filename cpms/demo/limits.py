"""The demo's charging limits: a library of profiles, one that a station has, and some on their way to others.

Those on their way are taken by the simulated chargers when they connect, so that these really have them.
"""

from datetime import datetime, timedelta
from typing import Any

from django_scopes import scope

from accounts.models import Organisation
from chargeports.choices import CommandKind
from chargeports.models import ChargingProfile, CompositeSchedule, InstalledProfile
from chargeports.profiles import schedule_of
from chargeports.services import create_profile, request_command
from common.actor import Actor
from cpms.demo.equipment import Unit

_GRETA = Actor(kind="user", label="Greta Lang")
_H = 3600
_DAILY = {"kind": "recurring", "recurrency": "daily"}
_PROFILES: tuple[tuple[str, dict[str, Any], tuple[tuple[int, float], ...]], ...] = (
    ("Evening peak", {**_DAILY, "unit": "A", "note": "As the grid operator wants it."}, ((0, 16), (17, 8), (21, 16))),
    ("Quiet nights", {**_DAILY, "unit": "W", "note": "The fan is loud."}, ((0, 7_400), (6, 22_000), (22, 7_400))),
    ("Weekdays only half", {"kind": "recurring", "recurrency": "weekly", "unit": "A"}, ((6, 16), (5 * 24, 32))),
    ("Gentle beginning", {"kind": "relative", "unit": "A", "note": "For old cars."}, ((0, 6), (1, 16))),
)
_WEEK_S = 7 * 24 * _H


def make_limits(organisation: Organisation, units: list[Unit], now: datetime) -> None:
    with scope(organisation=organisation):
        library = [_profile(organisation, *one) for one in _PROFILES]
        chosen = [unit for unit in units if unit.station.life_cycle == "in_operation" and unit.current_type == "AC"]
        for unit, profile in zip(chosen, library[:3], strict=False):
            _on_its_way(unit, profile)
        for unit in chosen[3:4]:
            _installed(unit, now)


def _profile(
    organisation: Organisation, name: str, fields: dict[str, Any], hours: tuple[tuple[int, float], ...]
) -> ChargingProfile:
    begin = [] if hours[0][0] == 0 else [(0, hours[-1][1])]
    periods = [{"start_s": hour * _H, "limit": limit} for hour, limit in (*begin, *hours)]
    return create_profile(_GRETA, organisation, name=name, periods=periods, **fields)


def _on_its_way(unit: Unit, profile: ChargingProfile) -> None:
    schedule = schedule_of(profile, unit.station.time_zone)
    request_command(
        _GRETA,
        unit.station,
        CommandKind.SET_CHARGING_PROFILE,
        {**schedule, "purpose": "session_default"},
        unit.ports[0].number,
        _WEEK_S,
        wait_for_station=True,
    )


def _installed(unit: Unit, now: datetime) -> None:
    """No more than the charger can do anyway, so that it holds although nobody told the simulated one."""
    here: dict[str, Any] = {"organisation_id": unit.station.organisation_id, "station": unit.station}
    limit, at = float(unit.power_w), now - timedelta(days=2)
    schedule = {
        "name": "Grid connection",
        "kind": "absolute",
        "start_at": at.isoformat(),
        "unit": "W",
        "periods": [{"start_s": 0, "limit": limit}],
    }
    InstalledProfile.objects.create(
        **here,
        purpose="station_maximum",
        stack_level=1,
        profile_id=1,
        schedule=schedule,
        actor_label=_GRETA.label,
        installed_at=at,
    )
    CompositeSchedule.objects.create(
        **here,
        read_at=at,
        starts_at=at,
        duration_s=24 * _H,
        unit="W",
        promised=limit,
        periods=[{"start_s": 0, "limit": limit}],
    )
