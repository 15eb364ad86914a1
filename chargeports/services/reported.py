"""Charge ports that a charger speaks of and nobody entered: they are made, never refused."""

from collections.abc import Collection

from chargeports.choices import PortSource
from chargeports.models import ChargePort, PortState
from chargeports.services.shown_locks import show_locks
from common.lookups import among

MAX_PORT_NUMBER = 99

# Station id, organisation id, port number.
PortKey = tuple[int, int, int]


def make_reported_ports(keys: Collection[PortKey]) -> None:
    """Make the ports that are missing. Many chargers may send their first status at once, also through several nodes:
    rows are inserted in one order, and the row of somebody who was first stands (S13).
    """
    missing = sorted(set(keys) - _existing(keys))
    if not missing:
        return
    ChargePort.objects.bulk_create(
        [
            ChargePort(
                station_id=station_id, organisation_id=organisation_id, number=number, source=PortSource.REPORTED
            )
            for station_id, organisation_id, number in missing
        ],
        ignore_conflicts=True,
    )
    made = ChargePort.objects.filter(station_id__in={key[0] for key in missing}, state__isnull=True).order_by("pk")
    PortState.objects.bulk_create([PortState(port=port) for port in made], ignore_conflicts=True)
    show_locks({key[0] for key in missing})


def _existing(keys: Collection[PortKey]) -> set[PortKey]:
    ports = ChargePort.objects.filter(among("station_id", {key[0] for key in keys}))
    return set(ports.values_list("station_id", "organisation_id", "number"))
