"""Maintenance windows: added and ended by people, opened and closed by the clock."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.services import record, record_change
from chargeports.choices import LockReason, WindowState
from chargeports.history import WINDOW_CLOSED, WINDOW_OPENED
from chargeports.models import ChargePort, MaintenanceWindow, PortLock
from chargeports.parameters import ID_TAG_LENGTH
from chargeports.services.locks import start_holding, stop_holding
from chargeports.services.shown_locks import show_locks
from chargeports.signals import send_windows_ended
from common.actor import Actor, task_actor
from common.errors import Refused
from common.live import announce
from stations.history import HistoryEvent
from stations.models import Station
from stations.selectors import has_service_package
from stations.services.history import Occurrence, record_events

LONGEST = timedelta(days=366)
MOST_TOKENS = 50
_AT_ONCE = 500
CLOCK = task_actor("maintenance_windows")


@dataclass(frozen=True)
class WindowWish:
    """What a person enters. No `port_numbers` means the whole station; a start that has passed means now. `tokens` may
    charge though the ports are locked.
    """

    starts_at: datetime
    ends_at: datetime
    port_numbers: Sequence[int] = ()
    comment: str = ""
    locks_ports: bool = False
    tokens: Sequence[str] = field(default=())


def add_windows(actor: Actor, station: Station, wish: WindowWish) -> list[MaintenanceWindow]:
    """Add a window for the station, or one for each port named. Raises ValidationError by the names of `WindowWish`,
    Refused for a station without a service package.
    """
    if not has_service_package(station):
        raise Refused(_("With a service package active, maintenance windows can be entered for the station."))
    now = timezone.now()
    _check(station, wish, now)
    with transaction.atomic():
        made = [_add(actor, station, number, wish, now) for number in wish.port_numbers or (0,)]
        open_windows([window for window in made if window.starts_at <= now], now)
        announce(_topics(station))
    return made


def _check(station: Station, wish: WindowWish, now: datetime) -> None:
    errors: dict[str, str] = {}
    known = set(ChargePort.objects.filter(station=station).values_list("number", flat=True))
    if set(wish.port_numbers) - known:
        errors["port_numbers"] = _("The station has no such charge port.")
    if wish.ends_at <= max(wish.starts_at, now):
        errors["ends_at"] = _("The end must lie after the start and in the future.")
    elif wish.ends_at - wish.starts_at > LONGEST:
        errors["ends_at"] = _("A maintenance window lasts a year at most.")
    if wish.tokens and not wish.locks_ports:
        errors["tokens"] = _("Tokens are named only where the ports are locked for all others.")
    if len(wish.tokens) > MOST_TOKENS or any(len(token) > ID_TAG_LENGTH for token in wish.tokens):
        errors["tokens"] = _("At most %(count)d tokens of at most %(length)d characters.") % {
            "count": MOST_TOKENS,
            "length": ID_TAG_LENGTH,
        }
    if errors:
        raise ValidationError(errors)


def _add(actor: Actor, station: Station, number: int, wish: WindowWish, now: datetime) -> MaintenanceWindow:
    window = MaintenanceWindow(
        organisation_id=station.organisation_id,
        station=station,
        port_number=number,
        starts_at=max(wish.starts_at, now),
        ends_at=wish.ends_at,
        comment=wish.comment,
        locks_ports=wish.locks_ports,
        tokens=list(wish.tokens),
        actor_kind=actor.kind,
        actor_id=actor.id,
        actor_label=actor.label[:200],
    )
    _save(window, "starts_at")
    record(actor, station.organisation_id, "chargeports.window_added", window, after=_audited(window))
    return window


def _save(window: MaintenanceWindow, at_field: str) -> None:
    """Raises ValidationError at this field where another window has the time already."""
    try:
        with transaction.atomic():
            window.save()
    except IntegrityError as error:
        if "one_window_for_one_port" not in str(error):
            raise
        overlaps = _("There is a maintenance window in this time already: two of one port cannot overlap.")
        raise ValidationError({at_field: overlaps}) from error


def change_window(actor: Actor, window: MaintenanceWindow, wish: WindowWish) -> None:
    """Change a window that has not ended; of an active one only its end and its comment. Its ports stay.

    Raises ValidationError by the names of `WindowWish`, and Refused for a window that is past.
    """
    with transaction.atomic():
        stored = _locked(window)
        now, before = timezone.now(), _audited(stored)
        if stored.state == WindowState.PAST:
            raise Refused(_("The maintenance window has ended: it cannot be changed any more."))
        is_planned = stored.state == WindowState.PLANNED
        if is_planned:
            stored.starts_at, stored.locks_ports = max(wish.starts_at, now), wish.locks_ports
            stored.tokens = list(wish.tokens)
        _check(stored.station, replace(wish, port_numbers=(), starts_at=stored.starts_at), now)
        stored.ends_at, stored.comment = wish.ends_at, wish.comment
        _save(stored, "starts_at" if is_planned else "ends_at")
        record_change(actor, stored, "chargeports.window_changed", before, _audited(stored))
        if is_planned and stored.starts_at <= now:
            open_windows([stored], now)
        announce(_topics(stored.station))


def end_window(actor: Actor, window: MaintenanceWindow) -> None:
    """End an active window now: its end becomes this moment. Raises Refused for one that is not active."""
    with transaction.atomic():
        stored = _locked(window)
        now = timezone.now()
        if stored.state != WindowState.ACTIVE:
            raise Refused(_("Only a maintenance window that is active can be ended."))
        before = {"ends_at": stored.ends_at.isoformat()}
        stored.ends_at, stored.ended_by = now, actor.label[:200]
        stored.save(update_fields=["ends_at", "ended_by"])
        after = {"ends_at": now.isoformat()}
        record(actor, stored.organisation_id, "chargeports.window_ended", stored, before=before, after=after)
        close_windows([stored], now)
        announce(_topics(stored.station))


def remove_window(actor: Actor, window: MaintenanceWindow) -> None:
    """Take back a window that has not begun. Raises Refused for another one."""
    with transaction.atomic():
        stored = _locked(window)
        if stored.state != WindowState.PLANNED:
            raise Refused(_("The maintenance window has begun: it can be ended, not removed."))
        record(actor, stored.organisation_id, "chargeports.window_removed", stored, before=_audited(stored))
        announce(_topics(stored.station))
        stored.delete()


def keep_windows(now: datetime) -> None:
    """Open and close the windows whose time has come. Works across organisations."""
    with transaction.atomic():
        open_windows(_due(Q(opened_at__isnull=True, starts_at__lte=now, ends_at__gt=now)), now)
        close_windows(_due(Q(closed_at__isnull=True, ends_at__lte=now)), now)


def _due(when: Q) -> list[MaintenanceWindow]:
    return list(_for_update().filter(when).select_related("station").order_by("pk")[:_AT_ONCE])


def _for_update() -> "QuerySet[MaintenanceWindow]":
    return MaintenanceWindow.objects.select_for_update(of=("self",), skip_locked=True)


def _locked(window: MaintenanceWindow) -> MaintenanceWindow:
    windows = MaintenanceWindow.objects.select_for_update(of=("self",)).select_related("station")
    return windows.get(pk=window.pk)


def open_windows(windows: Sequence[MaintenanceWindow], now: datetime) -> None:
    """Do what goes with the beginning of windows: lock their ports where they say so."""
    if not windows:
        return
    MaintenanceWindow.objects.filter(pk__in=[window.pk for window in windows]).update(opened_at=now)
    locks = PortLock.objects.bulk_create([_lock_of(window) for window in windows if window.locks_ports])
    show_locks({lock.station_id for lock in locks})
    for lock, window in zip(locks, [window for window in windows if window.locks_ports], strict=True):
        if not lock.tokens:
            start_holding(lock, window.ends_at)
    _tell(windows, WINDOW_OPENED, now)


def _lock_of(window: MaintenanceWindow) -> PortLock:
    return PortLock(
        organisation_id=window.organisation_id,
        station=window.station,
        port_number=window.port_number,
        reason=LockReason.MAINTENANCE,
        window=window,
        tokens=window.tokens,
        since=window.starts_at,
        actor_kind=window.actor_kind,
        actor_id=window.actor_id,
        actor_label=window.actor_label,
    )


def close_windows(windows: Sequence[MaintenanceWindow], now: datetime) -> None:
    """Do what goes with the end of windows: their locks end, and everybody is told."""
    if not windows:
        return
    ids = [window.pk for window in windows]
    MaintenanceWindow.objects.filter(pk__in=ids).update(closed_at=now)
    locks = list(PortLock.objects.filter(window_id__in=ids, until__isnull=True).select_related("station"))
    PortLock.objects.filter(pk__in=[lock.pk for lock in locks]).update(until=now)
    show_locks({lock.station_id for lock in locks})
    stop_holding(locks)
    send_windows_ended(ids)
    _tell(windows, WINDOW_CLOSED, now)


def _tell(windows: Sequence[MaintenanceWindow], event: HistoryEvent, now: datetime) -> None:
    """Write it into the stations' histories, and let everybody know."""
    record_events(
        Occurrence(
            window.station_id,
            event,
            CLOCK,
            now,
            {"port": str(window.port_number), "comment": window.comment},
        )
        for window in windows
    )
    announce(topic for window in windows for topic in _topics(window.station))


def _topics(station: Station) -> list[str]:
    return [f"station.{station.pk}"]


def _audited(window: MaintenanceWindow) -> dict[str, object]:
    return {
        "port_number": window.port_number,
        "starts_at": window.starts_at.isoformat(),
        "ends_at": window.ends_at.isoformat(),
        "comment": window.comment,
        "locks_ports": window.locks_ports,
        "tokens": window.tokens,
    }
