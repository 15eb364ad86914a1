"""Permanent locks: made and undone by people, held by the portal.

A lock outlives what makes a charger usable again: a restart, its BootNotification, ChangeAvailability from anywhere.
Whenever a locked port says that it can be used, the portal makes it inoperative again; each further attempt within an
hour waits twice as long, so that a charger that does not obey is not flooded.
"""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.services import record
from chargeports.choices import OPEN_STATES, CommandKind, LockReason, PortStatus
from chargeports.history import LOCKED, UNLOCKED
from chargeports.locks import Locks
from chargeports.models import Command, PortLock, PortState
from chargeports.parameters import Parameters
from chargeports.services.commands import MAX_EXPIRY_S, request_command
from chargeports.services.errors import Place
from chargeports.services.shown_locks import show_locks
from common.actor import Actor, task_actor
from common.errors import Refused
from stations.choices import LifeCycle
from stations.models import Station, StationState
from stations.services.history import record_event

# What a port reports where a car could begin to charge.
USABLE = (PortStatus.AVAILABLE, PortStatus.PREPARING, PortStatus.RESERVED, PortStatus.FINISHING)
KEEPER = task_actor("locks")
_FIRST_WAIT, _LONGEST_WAIT = timedelta(seconds=30), timedelta(minutes=15)
_REMEMBERED = timedelta(hours=1)
_AT_ONCE = 500
_LOCKED, _UNLOCKED = {"operative": False, "permanent": True}, {"operative": True, "permanent": True}


# --- What people ask for ------------------------------------------------------------------------------------------
def change_availability(
    actor: Actor,
    station: Station,
    kind: CommandKind,
    parameters: Parameters,
    port_number: int | None = None,
    expires_in_s: int | None = None,
    *,
    wait_for_station: bool = False,
) -> Command:
    """As `request_command`; with `permanent` in the parameters a lock is made or undone besides, and the command waits
    for a station that is offline. Raises ValidationError and Refused.
    """
    if parameters.get("permanent"):
        change = unlock if parameters.get("operative") else lock
        return change(actor, station, port_number)
    return request_command(
        actor, station, kind, parameters, port_number, expires_in_s, wait_for_station=wait_for_station
    )


def lock(actor: Actor, station: Station, port_number: int | None = None) -> Command:
    """Lock a port, or without a number the whole station, until somebody unlocks it. Raises Refused if it is already.

    The command that tells the charger is returned: it waits for a station that is offline.
    """
    number = port_number or 0
    with transaction.atomic():
        _serialise(station)
        known = next((one for one in _manual_locks(station) if one.covers(number)), None)
        if known:
            raise Refused(_("This is locked permanently already, by %(by)s.") % {"by": known.actor_label})
        made = PortLock.objects.create(
            organisation_id=station.organisation_id,
            station=station,
            port_number=number,
            since=timezone.now(),
            actor_kind=actor.kind,
            actor_id=actor.id,
            actor_label=actor.label[:200],
        )
        show_locks([station.pk])
        record(actor, station.organisation_id, "chargeports.locked", station, after={"port_number": made.port_number})
        record_event(station, LOCKED, actor, port=str(number))
        return _tell(actor, station, number, _LOCKED)


def unlock(actor: Actor, station: Station, port_number: int | None = None) -> Command:
    """Undo the lock of a port, or without a number all permanent locks of the station.

    Raises Refused where there is none, where the whole station is locked, and where a maintenance window locks it too.
    """
    number = port_number or 0
    with transaction.atomic():
        _serialise(station)
        ended = [one for one in _manual_locks(station) if number in (0, one.port_number)]
        _check_unlocking(station, number, ended)
        PortLock.objects.filter(pk__in=[one.pk for one in ended]).update(
            until=timezone.now(), ended_by=actor.label[:200]
        )
        show_locks([station.pk])
        record(actor, station.organisation_id, "chargeports.unlocked", station, before={"port_number": number})
        record_event(station, UNLOCKED, actor, port=str(number))
        first, *_others = [_tell(actor, station, one.port_number, _UNLOCKED) for one in ended]
        return first


def _serialise(station: Station) -> None:
    StationState.objects.select_for_update().get(station=station)


def _manual_locks(station: Station) -> list[PortLock]:
    return [one for one in Locks([station.pk]).at(station.pk) if one.reason == LockReason.MANUAL]


def _check_unlocking(station: Station, number: int, ended: list[PortLock]) -> None:
    if not ended and any(one.covers(number) for one in _manual_locks(station)):
        raise Refused(_("The whole station is locked: unlock the whole station."))
    if not ended:
        raise Refused(_("This is not locked permanently."))
    held = [one for one in Locks([station.pk]).at(station.pk) if one.reason == LockReason.MAINTENANCE]
    if any(one.covers(own.port_number) or own.covers(one.port_number) for one in held for own in ended):
        raise Refused(_("A maintenance window locks this too: end the maintenance window first."))


def _tell(actor: Actor, station: Station, number: int, parameters: Parameters) -> Command:
    return request_command(
        actor,
        station,
        CommandKind.CHANGE_AVAILABILITY,
        parameters,
        number or None,
        MAX_EXPIRY_S,
        wait_for_station=True,
    )


# --- What the portal does by itself -------------------------------------------------------------------------------
def hold_drifted(places: Iterable[Place], now: datetime) -> None:
    """Make ports inoperative again that say they can be used though a lock holds. Works across organisations."""
    wanted = list(places)
    locks = Locks(station_id for station_id, _number in wanted)
    drifted = [place for place in wanted if locks.keep_inoperative(*place)]
    tried = _recent(drifted, now)
    _make_inoperative([place for place in drifted if _is_due(_about(place, tried, locks), now)])


def hold_after_boot(station_ids: Collection[int], now: datetime) -> None:
    """Tell stations that have booted of the locks that hold: many chargers forget them when they restart."""
    locks = Locks(station_ids)
    held = [
        (station_id, lock.port_number)
        for station_id in locks.station_ids
        for lock in locks.at(station_id)
        if not lock.tokens
    ]
    tried = _recent(held, now)
    _make_inoperative([place for place in held if _is_due(_about(place, tried, locks)[-1:], now)])


def keep_locks(now: datetime) -> None:
    """Look at all locked ports that say they can be used: a report was missed, or a charger did not obey."""
    usable = PortState.objects.filter(
        locked_since__isnull=False, status__in=[status.value for status in USABLE], port__station__state__online=True
    )
    hold_drifted(usable.values_list("port__station_id", "port__number")[:_AT_ONCE], now)


def start_holding(lock: PortLock, expires_at: datetime) -> None:
    """Tell the charger of a lock that a maintenance window made; it waits for a station that is offline."""
    _ask(lock.station, lock.port_number, _LOCKED, max(1, int((expires_at - timezone.now()).total_seconds())))


def stop_holding(ended: Iterable[PortLock]) -> None:
    """Let ports be used again whose locks have ended, unless another lock keeps them."""
    ended = [lock for lock in ended if not lock.tokens and lock.station.life_cycle == LifeCycle.IN_OPERATION]
    locks = Locks(lock.station_id for lock in ended)
    for lock in ended:
        if not locks.keep_inoperative(lock.station_id, lock.port_number):
            _ask(lock.station, lock.port_number, {"operative": True}, MAX_EXPIRY_S)


def _recent(places: Collection[Place], now: datetime) -> list[Command]:
    """The commands of the last hour that make these stations inoperative, the oldest first."""
    if not places:
        return []
    asked = Command.objects.filter(
        station_id__in={station_id for station_id, _number in places},
        kind=CommandKind.CHANGE_AVAILABILITY,
        created_at__gte=now - _REMEMBERED,
        parameters__operative=False,
    )
    return list(asked.order_by("pk"))


def _about(place: Place, commands: Iterable[Command], locks: Locks) -> list[Command]:
    """The commands of the place since its newest lock: what was asked for an earlier one makes nobody wait."""
    station_id, number = place
    since = max((lock.since for lock in locks.on(station_id, number)), default=None)
    here = (one for one in commands if one.station_id == station_id and one.port_number in (None, number or None))
    return [one for one in here if since is None or one.created_at >= since]


def _is_due(tried: list[Command], now: datetime) -> bool:
    if not tried:
        return True
    if tried[-1].state in OPEN_STATES:
        return False
    wait = min(_FIRST_WAIT * 2 ** (len(tried) - 1), _LONGEST_WAIT)
    return (tried[-1].ended_at or tried[-1].created_at) + wait <= now


def _make_inoperative(places: Collection[Place]) -> None:
    stations = Station.objects.in_bulk({station_id for station_id, _number in places}) if places else {}
    for station_id, number in places:
        _ask(stations[station_id], number, _LOCKED, None)


def _ask(station: Station, number: int, parameters: Parameters, expires_in_s: int | None) -> None:
    """Ask in the portal's own name. A station that is away now is looked at again when it is back."""
    expiry_s = min(expires_in_s, MAX_EXPIRY_S) if expires_in_s else None
    try:
        request_command(
            KEEPER,
            station,
            CommandKind.CHANGE_AVAILABILITY,
            parameters,
            number or None,
            expiry_s,
            wait_for_station=expiry_s is not None,
        )
    except Refused:
        return
