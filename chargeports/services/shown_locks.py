"""Writes the locks that hold beside the status of the ports, which is where people look."""

from collections.abc import Collection, Sequence
from datetime import datetime

from chargeports.choices import LockReason
from chargeports.locks import Locks
from chargeports.models import PortLock, PortState
from common.bulk import update_rows
from common.live import announce

_FIELDS = ("locked_since", "locked_by", "lock_reason")


def show_locks(station_ids: Collection[int]) -> None:
    """Let the ports of the stations show the locks that hold now. A constant number of queries."""
    locks = Locks(station_ids)
    states = PortState.objects.select_for_update(of=("self",)).select_related("port").order_by("port_id")
    changed = [
        state
        for state in states.filter(port__station_id__in=station_ids)
        if _take_over(state, locks.on(state.port.station_id, state.port.number))
    ]
    if changed:
        update_rows(changed, _FIELDS)
        announce(f"station.{state.port.station_id}" for state in changed)
        announce(f"port.{state.port.station_id}.{state.port.number}" for state in changed)


def _take_over(state: PortState, locks: Sequence[PortLock]) -> bool:
    """Whether the port shows something else now. A person's lock is shown before one of a maintenance window."""
    shown = next((lock for lock in locks if lock.reason == LockReason.MANUAL), locks[0] if locks else None)
    wanted: tuple[datetime | None, str, str] = (
        (shown.since, shown.actor_label, shown.reason) if shown else (None, "", "")
    )
    if wanted == (state.locked_since, state.locked_by, state.lock_reason):
        return False
    state.locked_since, state.locked_by, state.lock_reason = wanted
    return True
