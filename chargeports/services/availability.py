"""A station's life cycle, carried out on the station itself: it locks itself while it is out of operation.

Without that, the new life cycle would count only from the station's next boot (B02), and until then whoever stands
before it could charge.
"""

from chargeports.choices import CommandKind, CommandState
from chargeports.models import Command
from chargeports.services.commands import MAX_EXPIRY_S, request_command
from common.actor import SYSTEM
from common.errors import Refused
from stations.choices import BootStatus, LifeCycle
from stations.models import Station

_LOCKED = (CommandState.QUEUED, CommandState.SENT, CommandState.ACCEPTED, CommandState.TIMED_OUT)


def follow_life_cycle(station: Station) -> None:
    """Ask the station to lock itself where it is out of operation now, and to take that back where it is in operation
    again; then it is also asked to boot, so that its boot is accepted. Who is offline is asked when it is back.
    """
    if station.life_cycle == LifeCycle.OUT_OF_OPERATION:
        _ask(station, CommandKind.CHANGE_AVAILABILITY, {"operative": False})
    elif station.life_cycle == LifeCycle.IN_OPERATION:
        if is_locked(station):
            _ask(station, CommandKind.CHANGE_AVAILABILITY, {"operative": True})
        if station.state.online and station.state.boot_status == BootStatus.PENDING:
            _ask(station, CommandKind.TRIGGER_MESSAGE, {"message": "boot"})


def is_locked(station: Station) -> bool:
    """Whether the last that the whole station was asked for is to be inoperative. What others locked stays locked."""
    asked = Command.objects.filter(
        station=station, kind=CommandKind.CHANGE_AVAILABILITY, port_number=None, state__in=_LOCKED
    )
    last = asked.order_by("-pk").values_list("parameters", flat=True).first()
    return last is not None and not last["operative"]


def _ask(station: Station, kind: CommandKind, parameters: dict[str, object]) -> None:
    """A station that may not be asked now keeps its answer to the next boot."""
    try:
        request_command(SYSTEM, station, kind, parameters, expires_in_s=MAX_EXPIRY_S, wait_for_station=True)
    except Refused:
        return
