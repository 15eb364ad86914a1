"""A change of availability that a charger answered with *Scheduled* is followed until the status tells of it (C15)."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Exists, F, OuterRef, QuerySet
from django.db.models.functions import Coalesce

from chargeports.choices import CommandKind, CommandState, PortStatus
from chargeports.models import Command, PortState
from common.live import announce
from stations.models import StationState

SCHEDULED = "Scheduled"
_TELLS_NOTHING = ("", PortStatus.FAULTED)


@dataclass
class _Told:
    """What a station last said of itself (connector 0) and of its ports, by number."""

    own: str = ""
    ports: dict[int, str] = field(default_factory=dict)

    def says(self, *, operative: bool, number: int) -> bool:
        statuses = [self.ports.get(number, "")] if number else list(self.ports.values())
        if not number and not operative and self.own == PortStatus.UNAVAILABLE:
            return True
        if not statuses or any(status in _TELLS_NOTHING for status in statuses):
            return False
        return all((status != PortStatus.UNAVAILABLE) is operative for status in statuses)


def follow_scheduled(station_ids: Collection[int], at: datetime) -> None:
    """Note of the stations' scheduled changes which are done now, in the caller's transaction: one query where none is
    pending. Only the newest change of a place is followed: it replaced those before it.
    """
    pending = list(_pending(station_ids))
    if not pending:
        return
    told = _told({command.station_id for command in pending})
    done = [
        command
        for command in pending
        if told[command.station_id].says(operative=command.parameters["operative"], number=command.port_number or 0)
    ]
    Command.objects.filter(pk__in=[command.pk for command in done]).update(carried_out_at=at)
    announce(f"command.{command.pk}" for command in done)


def _pending(station_ids: Collection[int]) -> QuerySet[Command]:
    changes = Command.objects.filter(kind=CommandKind.CHANGE_AVAILABILITY, state=CommandState.ACCEPTED)
    later = changes.filter(station_id=OuterRef("station_id"), pk__gt=OuterRef("pk")).annotate(
        place=Coalesce(F("port_number"), 0)
    )
    return changes.filter(
        ~Exists(later.filter(place=Coalesce(OuterRef("port_number"), 0))),
        station_id__in=station_ids,
        outcome=SCHEDULED,
        carried_out_at=None,
    )


def _told(station_ids: Collection[int]) -> dict[int, _Told]:
    told: dict[int, _Told] = defaultdict(_Told)
    own = StationState.objects.filter(station_id__in=station_ids)
    for station_id, status in own.values_list("station_id", "own_status"):
        told[station_id].own = status
    ports = PortState.objects.filter(port__station_id__in=station_ids)
    for station_id, number, status in ports.values_list("port__station_id", "port__number", "status"):
        told[station_id].ports[number] = status
    return told
