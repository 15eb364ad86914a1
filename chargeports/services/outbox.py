"""The way of a command once it is queued: to the station and back. States move by conditional updates only, so that
of two that race exactly one wins, and an answer that comes twice counts once.

queued → sent → accepted / rejected / failed / timed out; queued → cancelled / expired. All functions work across
organisations; none of them opens a scope.
"""

from collections.abc import Collection, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F, Func, JSONField, Q, QuerySet, Value
from django.db.models.functions import Coalesce

from chargeports.choices import OPEN_STATES, CommandKind, CommandState
from chargeports.configuration import blank_secrets
from chargeports.models import Command
from chargeports.secret_values import SECRET, revealed
from chargeports.services.carried_out import SCHEDULED, follow_scheduled
from chargeports.services.settling import settle_reservations
from chargeports.services.transfers import follow_commands
from chargeports.signals import send_command_queued
from chargeports.webhooks import tell_of_commands
from common.declarations import declared
from common.live import announce
from common.text import fit, without_nul
from stations.choices import BootStatus, LifeCycle

# Not before the station's BootNotification was accepted (OCPP 1.6 §4.2).
SESSION_KINDS = (CommandKind.START_CHARGING, CommandKind.STOP_CHARGING)
_ANSWERED = (CommandState.ACCEPTED, CommandState.REJECTED, CommandState.FAILED, CommandState.TIMED_OUT)
# Beyond the gateway's own time-out: what is still open then belongs to a node that died.
_TIME_OUT_MARGIN_S = 30
_AT_ONCE = 1000


class _JsonOperator(Func):
    template = "(%(expressions)s)"
    output_field = JSONField()


def _without_secret() -> Func:
    return _JsonOperator(F("parameters"), Value(SECRET), arg_joiner=" - ")


def take_queued(station_id: int, connection_id: int, now: datetime) -> Command | None:
    """Take the station's oldest command that waits and did not expire: it is sent from now on.

    The returned command's `parameters` are complete, also with a secret value: they are for the wire, never to be
    saved or logged. A start or stop waits while the station's boot is not accepted.
    """
    with transaction.atomic():
        command = _waiting(now).filter(station_id=station_id).order_by("pk").first()
        if command is None:
            return None
        sent = {"state": CommandState.SENT, "connection_id": connection_id, "sent_at": now}
        Command.objects.filter(pk=command.pk).update(**sent)
        _announce([command])
    for name, value in sent.items():
        setattr(command, name, value)
    command.parameters = revealed(command.parameters)
    return command


def _waiting(now: datetime) -> QuerySet[Command]:
    boot_accepted = Q(station__state__boot_status=BootStatus.ACCEPTED)
    return (
        Command.objects.select_for_update(of=("self",), skip_locked=True)
        .filter(boot_accepted | ~Q(kind__in=SESSION_KINDS), state=CommandState.QUEUED, expires_at__gt=now)
        .exclude(station__life_cycle=LifeCycle.DECOMMISSIONED)
    )


def record_sent(command_id: int, message_id: str) -> None:
    """The command's frame is on its way under `message_id`; a secret value in it is forgotten."""
    Command.objects.filter(pk=command_id, state=CommandState.SENT).update(
        message_id=message_id, parameters=_without_secret(), called_at=datetime.now(UTC)
    )


def record_answer(
    command_id: int, state: CommandState, outcome: str, answer: dict[str, Any] | None, at: datetime
) -> bool:
    """The station answered, or never will: `outcome` is its own word, `answer` its payload (secrets are blanked).

    False where the command had ended before: then nothing changes (see `record_late_answer`).
    """
    if state not in _ANSWERED:
        raise ValueError(f"{state} is not the end of a command that was sent.")
    changes = {"outcome": fit(outcome, 255), "answer": _storable(answer), "ended_at": at}
    return move_command(command_id, (CommandState.SENT,), state, **changes)


def record_late_answer(command_id: int, outcome: str, answer: dict[str, Any] | None, at: datetime) -> None:
    """An answer to a command that ended before, kept beside what stands: `late` in `answer`. The first one stays."""
    late = {"outcome": fit(outcome, 255), "answer": _storable(answer), "at": at.isoformat()}
    commands = Command.objects.filter(pk=command_id).exclude(state__in=OPEN_STATES)
    first = Q(answer__isnull=True) | ~Q(answer__has_key="late")
    known = Coalesce(F("answer"), Value({}, JSONField()))
    if commands.filter(first).update(
        answer=_JsonOperator(known, Value({"late": late}, JSONField()), arg_joiner=" || ")
    ):
        _announce(Command.objects.filter(pk=command_id))


def _storable(answer: dict[str, Any] | None) -> Any:
    return None if answer is None else blank_secrets(without_nul(answer))


def move_command(command_id: int, before: Collection[CommandState], state: CommandState, **changes: Any) -> bool:
    """Move the command to `state` if it is in one of the states `before`; whether it was."""
    moved = Command.objects.filter(pk=command_id, state__in=before).update(
        state=state, parameters=_without_secret(), **changes
    )
    if moved:
        _follow(Command.objects.filter(pk=command_id))
    return bool(moved)


def requeue_unsent(connection_ids: Collection[int]) -> None:
    """Commands that a lost connection had taken, and whose frame never left, wait again."""
    taken = Command.objects.filter(connection_id__in=connection_ids, state=CommandState.SENT, message_id="")
    _move_all(taken, CommandState.QUEUED, connection_id=None, sent_at=None)


def expire_commands(now: datetime) -> int:
    """End the commands that waited too long; how many."""
    due = Command.objects.filter(state=CommandState.QUEUED, expires_at__lte=now)
    return _move_all(due, CommandState.EXPIRED, ended_at=now, parameters=_without_secret())


def time_out_commands(now: datetime) -> int:
    """End the commands that were sent and never answered, where their node is not there to notice; how many.

    Whether the station did what it was asked stays unknown.
    """
    latest = now - timedelta(seconds=settings.GATEWAY_CALL_TIMEOUT_S + _TIME_OUT_MARGIN_S)
    due = Command.objects.alias(called=Coalesce("called_at", "sent_at")).filter(
        state=CommandState.SENT, called__lte=latest
    )
    return _move_all(due, CommandState.TIMED_OUT, ended_at=now, parameters=_without_secret())


def cancel_all(station_id: int, now: datetime) -> int:
    """Cancel what waits for a station that will never connect again; how many."""
    waiting = Command.objects.filter(station_id=station_id, state=CommandState.QUEUED)
    return _move_all(waiting, CommandState.CANCELLED, ended_at=now, parameters=_without_secret())


def cancel_queued(commands: QuerySet[Command], now: datetime) -> int:
    """Cancel those of the commands that wait; how many."""
    waiting = commands.filter(state=CommandState.QUEUED)
    cancelled = 0
    while moved := _move_all(waiting, CommandState.CANCELLED, ended_at=now, parameters=_without_secret()):
        cancelled += moved
    return cancelled


def _move_all(commands: QuerySet[Command], state: CommandState, **changes: Any) -> int:
    """Move the given commands, at most `_AT_ONCE`; those that somebody else moves at this moment are left to him."""
    with transaction.atomic():
        due = list(commands.select_for_update(skip_locked=True).order_by("pk")[:_AT_ONCE])
        Command.objects.filter(pk__in=[command.pk for command in due]).update(state=state, **changes)
        for command in due:
            command.state, command.ended_at = state, changes.get("ended_at")
        _follow(due)
    return len(due)


def poke_waiting(now: datetime) -> int:
    """Tell again of commands that wait for stations that are online: a poke may have been lost. How many stations."""
    waiting = Command.objects.filter(state=CommandState.QUEUED, expires_at__gt=now, station__state__online=True)
    station_ids = list(waiting.order_by("station_id").values_list("station_id", flat=True).distinct()[:_AT_ONCE])
    if station_ids:
        send_command_queued(station_ids)
    return len(station_ids)


def topics(command: Command) -> list[str]:
    """What shows the command."""
    shown = [f"command.{command.pk}", f"station.{command.station_id}"]
    return [*shown, f"port.{command.station_id}.{command.port_number}"] if command.port_number else shown


def _follow(commands: Iterable[Command]) -> None:
    """Let everybody know of commands that moved, and what they were about follow."""
    moved = list(commands)
    settle_reservations(moved)
    follow_commands(moved)
    for follow in declared("parts", "COMMAND_FOLLOWERS"):
        follow(moved)
    tell_of_commands(moved)
    if scheduled := {one.station_id for one in moved if one.outcome == SCHEDULED}:
        follow_scheduled(scheduled, datetime.now(UTC))
    _announce(moved)


def _announce(commands: Iterable[Command]) -> None:
    for command in commands:
        announce(topics(command))
