"""What chargers do not know is remembered for their manufacturer, model and firmware, until one of them does (C18)."""

from typing import Any

from chargeports.models import Command, UnknownCommand
from stations.models import StationReport


def note_unknown(command: Command) -> None:
    """The station answered that it does not know what it was asked."""
    if alike := _alike(command.station_id):
        UnknownCommand.objects.update_or_create(**alike, kind=command.kind)


def note_known(command: Command) -> None:
    """The station did what it was asked: a note that says otherwise is wrong."""
    if alike := _alike(command.station_id):
        UnknownCommand.objects.filter(**alike, kind=command.kind).delete()


def _alike(station_id: int) -> dict[str, Any] | None:
    """What the charger says that it is; None where it did not say it."""
    said = StationReport.objects.filter(pk=station_id).values("vendor", "model", "firmware_version").first()
    return dict(said) if said and said["model"] else None
