"""What chargers of one model and firmware were found to do, remembered for the next one of their kind."""

from dataclasses import dataclass
from typing import Any

from ocpp_gateway.models import ModelHabit
from stations.models import StationReport


@dataclass(frozen=True, slots=True)
class Habits:
    """`vendor` is what the charger calls its manufacturer. Chargers like it may answer only for configuration keys that
    are named (C02, Q41)."""

    vendor: str = ""
    names_keys_only: bool = False


def habits_of(station_id: int) -> Habits:
    kind = _kind(station_id)
    if kind is None:
        return Habits()
    return Habits(kind["vendor"], ModelHabit.objects.filter(**kind, names_keys_only=True).exists())


def note_names_keys_only(station_id: int) -> None:
    if kind := _kind(station_id):
        ModelHabit.objects.update_or_create(**kind, defaults={"names_keys_only": True})


def _kind(station_id: int) -> dict[str, Any] | None:
    """What the charger says that it is; None where it did not say it."""
    said = StationReport.objects.filter(pk=station_id).values("vendor", "model", "firmware_version").first()
    return dict(said) if said and said["model"] else None
