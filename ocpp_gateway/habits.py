"""What chargers of one model and firmware were found to do, remembered for the next one of their kind."""

from typing import Any

from ocpp_gateway.models import ModelHabit
from stations.models import StationReport


def names_keys_only(station_id: int) -> bool:
    """Whether chargers like this one answer only for configuration keys that are named (C02, Q41)."""
    kind = _kind(station_id)
    return kind is not None and ModelHabit.objects.filter(**kind, names_keys_only=True).exists()


def note_names_keys_only(station_id: int) -> None:
    if kind := _kind(station_id):
        ModelHabit.objects.update_or_create(**kind, defaults={"names_keys_only": True})


def _kind(station_id: int) -> dict[str, Any] | None:
    """What the charger says that it is; None where it did not say it."""
    said = StationReport.objects.filter(pk=station_id).values("vendor", "model", "firmware_version").first()
    return dict(said) if said and said["model"] else None
