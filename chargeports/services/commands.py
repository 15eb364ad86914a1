"""Asking a station to do something: checks, the row in the outbox, the audit row, and the poke after the commit."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import AuditEntry
from accounts.services import audit_entry, record
from chargeports.choices import OPEN_STATES, CommandKind, CommandState
from chargeports.configuration import is_secret
from chargeports.models import Command
from chargeports.parameters import checked
from chargeports.secret_values import SECRET, hidden
from chargeports.services import outbox, preconditions, transfers
from chargeports.signals import send_command_queued
from common.actor import Actor
from common.errors import Refused
from common.live import announce
from stations.models import Station, StationState

_MINUTE, _HOUR = 60, 3600
# How long a command waits for its station before it is no longer wanted.
DEFAULT_EXPIRY_S = {
    CommandKind.START_CHARGING: 2 * _MINUTE,
    CommandKind.STOP_CHARGING: 10 * _MINUTE,
    CommandKind.UNLOCK: 2 * _MINUTE,
    CommandKind.RESET: _HOUR,
    CommandKind.CHANGE_AVAILABILITY: _HOUR,
    CommandKind.READ_CONFIGURATION: _HOUR,
    CommandKind.CHANGE_CONFIGURATION: 24 * _HOUR,
    CommandKind.RESERVE: 2 * _MINUTE,
    CommandKind.CANCEL_RESERVATION: _HOUR,
    CommandKind.CLEAR_CACHE: _HOUR,
    CommandKind.TRIGGER_MESSAGE: 10 * _MINUTE,
    CommandKind.DATA_TRANSFER: _HOUR,
    CommandKind.EXTENDED_TRIGGER: 10 * _MINUTE,
    CommandKind.GET_LOCAL_LIST_VERSION: _HOUR,
    CommandKind.GET_DIAGNOSTICS: _HOUR,
    CommandKind.GET_LOG: _HOUR,
    CommandKind.UPDATE_FIRMWARE: 24 * _HOUR,
    CommandKind.SIGNED_UPDATE_FIRMWARE: 24 * _HOUR,
    CommandKind.SET_CHARGING_PROFILE: _HOUR,
    CommandKind.CLEAR_CHARGING_PROFILE: _HOUR,
    CommandKind.GET_COMPOSITE_SCHEDULE: 10 * _MINUTE,
    CommandKind.SEND_LOCAL_LIST: _HOUR,
    CommandKind.GET_INSTALLED_CERTIFICATE_IDS: _HOUR,
    CommandKind.INSTALL_CERTIFICATE: _HOUR,
    CommandKind.DELETE_CERTIFICATE: _HOUR,
    CommandKind.CERTIFICATE_SIGNED: 24 * _HOUR,
}
MAX_EXPIRY_S = 7 * 24 * _HOUR


def request_command(
    actor: Actor,
    station: Station,
    kind: CommandKind,
    parameters: dict[str, Any],
    port_number: int | None = None,
    expires_in_s: int | None = None,
    *,
    wait_for_station: bool = False,
) -> Command:
    """Queue a command for the station (docs/commands.md lists the parameters of each kind).

    Raises ValidationError for parameters that cannot be, by their names; Refused where the station cannot do it now. A
    station that is offline refuses at once, unless the command may `wait_for_station` until it expires.
    """
    clean = checked(kind, parameters)
    with transaction.atomic():
        state = StationState.objects.select_related("station").get(station=station)
        preconditions.check(state, kind, clean, port_number)
        if not (state.online or wait_for_station):
            raise Refused(_("The station is offline. It can be asked when it is back, or the command can wait for it."))
        command = _command(actor, station, kind, clean, port_number, expires_in_s)
        _queue(actor, [command])
    return command


def request_of_all(
    actor: Actor, station_ids: Iterable[int], kind: CommandKind, parameters: dict[str, Any]
) -> list[Command]:
    """Queue the same command for each of the stations that is online, can do it, and has none of its kind open.

    For kinds that name neither a port nor a setting: with these the number of queries is the same for any number of
    stations. Works across organisations. Raises ValidationError for parameters that cannot be.
    """
    clean = checked(kind, parameters)
    with transaction.atomic():
        asked = Command.objects.filter(station_id__in=station_ids, kind=kind, state__in=OPEN_STATES)
        states = StationState.objects.select_related("station").filter(station_id__in=station_ids, online=True)
        free = states.exclude(station_id__in=asked.values("station_id"))
        commands = [_command(actor, state.station, kind, clean) for state in free if _can(state, kind, clean)]
        if commands:
            _queue(actor, commands)
    return commands


@dataclass(frozen=True, slots=True)
class Wish:
    """A command for one station that names no port which has to exist."""

    station_id: int
    kind: CommandKind
    parameters: dict[str, Any]
    port_number: int | None = None


def request_each(actor: Actor, wishes: Iterable[Wish]) -> list[Command]:
    """Queue the wished commands of those stations that are online and can do it, with a constant number of queries.
    Works across organisations. Raises ValidationError for parameters that cannot be.
    """
    wanted = list(wishes)
    with transaction.atomic():
        states = StationState.objects.select_related("station").filter(
            station_id__in={wish.station_id for wish in wanted}, online=True
        )
        online = {state.station_id: state for state in states}
        commands = []
        for wish in wanted:
            state, clean = online.get(wish.station_id), checked(wish.kind, wish.parameters)
            if state is not None and _can(state, wish.kind, clean):
                commands.append(_command(actor, state.station, wish.kind, clean, wish.port_number))
        if commands:
            _queue(actor, commands)
    return commands


def queue_all(actor: Actor, wishes: Iterable[Wish]) -> list[Command]:
    """Queue wished commands that the caller has checked, in their order, with a constant number of queries: parameters,
    and that the stations can be asked (`chargeports.obstacles`). Call it inside a transaction.
    """
    wanted = list(wishes)
    stations = Station.objects.in_bulk({wish.station_id for wish in wanted})
    commands = [
        _command(actor, stations[wish.station_id], wish.kind, wish.parameters, wish.port_number) for wish in wanted
    ]
    if commands:
        _queue(actor, commands)
    return commands


def _can(state: StationState, kind: CommandKind, clean: dict[str, Any]) -> bool:
    try:
        preconditions.check(state, kind, clean, None)
    except Refused:
        return False
    return True


def _command(
    actor: Actor,
    station: Station,
    kind: CommandKind,
    clean: dict[str, Any],
    port_number: int | None = None,
    expires_in_s: int | None = None,
) -> Command:
    return Command(
        organisation_id=station.organisation_id,
        station=station,
        port_number=port_number or None,
        kind=kind,
        parameters=hidden(clean) if is_secret(clean.get("key", "")) else clean,
        actor_kind=actor.kind,
        actor_id=actor.id,
        actor_label=actor.label[:200],
        expires_at=datetime.now(UTC) + timedelta(seconds=_expiry_s(kind, expires_in_s)),
    )


def _queue(actor: Actor, commands: list[Command]) -> None:
    """Store, audit, announce, and poke whoever holds the stations' sockets."""
    Command.objects.bulk_create(commands)
    transfers.plan(commands)
    AuditEntry.objects.bulk_create(
        audit_entry(actor, one.organisation_id, "chargeports.command_requested", one, after=_audited(one))
        for one in commands
    )
    for command in commands:
        announce(outbox.topics(command))
    send_command_queued([command.station_id for command in commands])


def _expiry_s(kind: CommandKind, wanted_s: int | None) -> int:
    if wanted_s is None:
        return DEFAULT_EXPIRY_S[kind]
    if not 0 < wanted_s <= MAX_EXPIRY_S:
        raise ValidationError({"expires_in_s": _("A command can wait for at most 7 days.")})
    return wanted_s


def _audited(command: Command) -> dict[str, Any]:
    shown = {name: value for name, value in command.parameters.items() if name != SECRET}
    return {"kind": command.kind, "port_number": command.port_number, "parameters": shown}


def cancel_command(actor: Actor, command: Command) -> None:
    """Take the command back while it waits. Raises Refused once it was sent or has ended."""
    with transaction.atomic():
        now = datetime.now(UTC)
        if not outbox.move_command(command.pk, (CommandState.QUEUED,), CommandState.CANCELLED, ended_at=now):
            raise Refused(_("The command was sent already or has ended: it can no longer be cancelled."))
        record(actor, command.organisation_id, "chargeports.command_cancelled", command, after={"kind": command.kind})
    command.refresh_from_db()
