"""What the end of a command means for the reservation that it was about. Runs in the transaction that ends it."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.utils import timezone

from chargeports.choices import HOLDING, CommandKind, CommandState, ReservationState
from chargeports.models import Command, Reservation
from common.live import announce

_NOT_DONE = (CommandState.REJECTED, CommandState.FAILED)
_NEVER_SENT = (CommandState.CANCELLED, CommandState.EXPIRED)


def settle_reservations(commands: Iterable[Command]) -> None:
    """Let the reservations follow those of the commands that have ended: one query for each that is about one."""
    for command in commands:
        changes = _changes(command)
        if changes:
            held = Reservation.objects.filter(pk=command.parameters["reservation_id"], state__in=HOLDING)
            held.update(answer=command.outcome, **changes)
            announce([f"station.{command.station_id}"])


def _changes(command: Command) -> dict[str, Any]:
    now = timezone.now()
    if command.kind == CommandKind.RESERVE:
        return _after_reserving(command, now)
    if command.kind == CommandKind.CANCEL_RESERVATION:
        return _after_cancelling(command, now)
    return {}


def _after_reserving(command: Command, now: datetime) -> dict[str, Any]:
    if command.state == CommandState.ACCEPTED:
        return {"state": ReservationState.ACTIVE}
    if command.state in _NOT_DONE:
        return {"state": ReservationState.REFUSED, "ended_at": now}
    if command.state in _NEVER_SENT:
        return {"state": ReservationState.CANCELLED, "ended_at": now}
    return {"state": ReservationState.UNANSWERED} if command.state == CommandState.TIMED_OUT else {}


def _after_cancelling(command: Command, now: datetime) -> dict[str, Any]:
    """Rejected means that the station knows of no such reservation: it is gone as well."""
    if command.state in (CommandState.ACCEPTED, CommandState.REJECTED):
        return {"state": ReservationState.CANCELLED, "ended_at": now}
    return {}
