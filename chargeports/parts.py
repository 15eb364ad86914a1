"""What goes along with a station: its charge ports and the commands that wait for it."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from chargeports.choices import CommandState
from chargeports.models import ChargePort, Command, PortState
from chargeports.services import follow_certificates, follow_installations, index_ports, is_locked
from chargeports.services.importing import PORT_COLUMNS, check_ports, export_ports
from common.rights import Text
from stations.choices import LifeCycle
from stations.companions import StationPart
from stations.models import Station

# An EVSE ID belongs to one port alone.
_CLONED = (
    "number",
    "name",
    "current_type",
    "plugs",
    "max_power_w",
    "max_voltage_v",
    "max_current_a",
    "phases",
    "calibration_law",
    "authentication_required",
    "authentication_types",
)


def clone_ports(source: Station, copy: Station) -> None:
    ports = [
        ChargePort(
            organisation_id=copy.organisation_id, station=copy, **{name: getattr(port, name) for name in _CLONED}
        )
        for port in source.ports.order_by("number")
    ]
    PortState.objects.bulk_create(PortState(port=port) for port in ChargePort.objects.bulk_create(ports))
    index_ports([copy.pk])


def cancelled_commands(station: Station, life_cycle: LifeCycle) -> Sequence[Text]:
    if life_cycle != LifeCycle.DECOMMISSIONED:
        return ()
    count = Command.objects.filter(station=station, state=CommandState.QUEUED).count()
    cancelled = ngettext("%(count)d waiting command is cancelled.", "%(count)d waiting commands are cancelled.", count)
    return (cancelled % {"count": count},) if count else ()


def lock_of_station(station: Station, life_cycle: LifeCycle) -> Sequence[Text]:
    """What `services.follow_life_cycle` will ask of the station itself."""
    if life_cycle == LifeCycle.OUT_OF_OPERATION:
        return (_("The station is asked to lock itself (change availability); what runs there may end first."),)
    if life_cycle == LifeCycle.IN_OPERATION and is_locked(station):
        return (_("The station is asked to unlock itself (change availability)."),)
    return ()


def consequences(station: Station, life_cycle: LifeCycle) -> Sequence[Text]:
    return [*cancelled_commands(station, life_cycle), *lock_of_station(station, life_cycle)]


def published_ports(station_ids: Sequence[int]) -> Mapping[int, Mapping[str, Any]]:
    """The charge ports as the public is told of them; a status that is no news is unknown. One query."""
    ports = ChargePort.objects.filter(station_id__in=station_ids).select_related("state", "station__state")
    found: dict[int, dict[str, Any]] = {}
    for port in ports.order_by("station_id", "number"):
        found.setdefault(port.station_id, {"charge_points": []})["charge_points"].append(_published(port))
    return found


def _published(port: ChargePort) -> dict[str, Any]:
    return {
        "number": port.number,
        "evse_id": port.evse_id,
        "name": port.name,
        "status": (port.state.status if port.station.state.online else "") or "Unknown",
        "current": port.current_type,
        "plugs": port.plugs,
        "max_power_kw": port.max_power_w / 1000 if port.max_power_w else None,
    }


COMMAND_FOLLOWERS = (follow_certificates, follow_installations)

STATION_PARTS = (
    StationPart(
        clone=clone_ports,
        published=published_ports,
        consequences=consequences,
        columns=PORT_COLUMNS,
        check=check_ports,
        export=export_ports,
    ),
)
