"""Carrying out scheduled stops: what the clock does again and again, in bounded steps, across organisations.

A stop is asked for through the outbox while its station is online, and again after a growing pause, until the session
has ended, however that came about. All that is known stands in the database: a restart of the portal loses nothing.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet

from chargeports.choices import OPEN_STATES, CommandKind, CommandState
from chargeports.models import Command
from chargeports.services import Wish, request_each
from charging.choices import OPEN_STOPS, SessionState, StopCause, StopState
from charging.models import ChargingSession, ScheduledStop
from charging.services.scheduled import topics_of
from common.actor import task_actor
from common.bulk import update_rows
from common.live import announce
from stations.choices import OperatingKind
from stations.models import Station
from stations.schedules import HORIZON, operating_schedule

CLOCK = task_actor("scheduled_stops")
# Hours that were changed take effect on planned stops within this time, those of the tab Access at once.
PLANNED_ANEW_AFTER = timedelta(minutes=15)
# A session that begins later than this was not begun by that start.
FOLLOWS_START = timedelta(minutes=15)
_FIRST_PAUSE, _LONGEST_PAUSE = timedelta(minutes=1), timedelta(minutes=15)
_AT_ONCE = 500
_NOT_STARTED = (CommandState.REJECTED, CommandState.FAILED, CommandState.EXPIRED, CommandState.CANCELLED)


def keep_stops(now: datetime) -> None:
    """Plan, follow and carry out what is due at `now`."""
    with transaction.atomic():
        plan_by_hours(now)
        _plan_anew(now)
        _follow_starts(now)
        _settle(now)
        _carry_out(now)


# --- Operating hours ----------------------------------------------------------------------------------------------
def plan_by_hours(now: datetime) -> None:
    """Plan the stop of every running session whose station's operating hours end."""
    planned = ScheduledStop.objects.filter(session=OuterRef("pk"), cause=StopCause.HOURS)
    running = ChargingSession.objects.filter(state=SessionState.RUNNING, port_number__gt=0)
    wanted = running.filter(_has_hours("station__")).exclude(Exists(planned))
    sessions = list(_with_hours(wanted, "station__").order_by("pk")[:_AT_ONCE])
    stops = [
        ScheduledStop(
            organisation_id=session.organisation_id,
            station_id=session.station_id,
            port_number=session.port_number,
            session=session,
            cause=StopCause.HOURS,
            due_at=_end_of_hours(session.station, now),
            planned_at=now,
            actor_kind=CLOCK.kind,
            actor_label=CLOCK.label,
        )
        for session in sessions
    ]
    ScheduledStop.objects.bulk_create(stops, ignore_conflicts=True)
    _announce(stops)


def _plan_anew(now: datetime) -> None:
    """Let planned stops follow their station's hours, which may have changed since; also what is due is asked again."""
    old = Q(planned_at__lt=now - PLANNED_ANEW_AFTER) | Q(planned_at__lt=F("station__access__changed_at"))
    due = Q(due_at__lte=now, planned_at__lt=now)
    planned = _open_stops().filter(old | due, cause=StopCause.HOURS, state=StopState.PLANNED)
    without = planned.exclude(_has_hours("station__"))
    ScheduledStop.objects.filter(pk__in=without.values("pk")).delete()
    stops = list(_with_hours(planned, "station__").order_by("pk")[:_AT_ONCE])
    for stop in stops:
        ends_at = _end_of_hours(stop.station, now)
        # What is due already stays so while charging is not possible.
        stop.due_at, stop.planned_at = min(stop.due_at, ends_at) if ends_at <= now else ends_at, now
    update_rows(stops, ["due_at", "planned_at"])
    _announce(stops)


def _has_hours(station: str) -> Q:
    """Charging is not possible at all times."""
    kind, hours = f"{station}access__operating_kind", f"{station}opening_hours"
    always = Q(**{hours: {}}) | Q(**{f"{hours}__twentyfourseven": True})
    return Q(**{kind: OperatingKind.WEEKLY}) | (Q(**{kind: OperatingKind.OPENING}) & ~always)


def _with_hours(rows: QuerySet[Any], station: str) -> QuerySet[Any]:
    return rows.select_related(f"{station}access").prefetch_related(f"{station}hours_exceptions")


def _end_of_hours(station: Station, now: datetime) -> datetime:
    """When charging ceases to be possible: now where it is not, far away where that is not in sight."""
    schedule = operating_schedule(station)
    if not schedule.is_open(now):
        return now
    return schedule.next_change(now) or now + HORIZON


# --- Starts from the portal ---------------------------------------------------------------------------------------
def _follow_starts(now: datetime) -> None:
    """Bind stops to the sessions that their starts have become; the duration counts from the session's beginning."""
    waiting = list(
        _open_stops().filter(session=None, start__isnull=False).select_related("start").order_by("pk")[:_AT_ONCE]
    )
    sessions = _begun(waiting)
    for stop in waiting:
        start = stop.start
        session = next((one for one in sessions if start and _is_of(one, start)), None)
        if session is not None:
            stop.session, stop.due_at = session, session.began_at + timedelta(seconds=stop.duration_s or 0)
        elif start is None or _came_to_nothing(start, now):
            stop.state, stop.ended_at = StopState.NOT_BEGUN, now
    changed = [stop for stop in waiting if stop.session_id or stop.ended_at]
    update_rows(changed, ["session", "due_at", "state", "ended_at"])
    _announce(changed)


def _begun(stops: Sequence[ScheduledStop]) -> list[ChargingSession]:
    sent = [stop.start.sent_at for stop in stops if stop.start and stop.start.sent_at]
    if not sent:
        return []
    here = {stop.station_id for stop in stops}
    begun = ChargingSession.objects.filter(station_id__in=here, started_at__gte=min(sent) - timedelta(days=1))
    return list(begun.filter(start_received_at__gte=min(sent)).order_by("start_received_at", "pk"))


def _is_of(session: ChargingSession, start: Command) -> bool:
    same = session.station_id == start.station_id and start.port_number in (None, session.port_number)
    tag = str(start.parameters.get("id_tag", "")).upper()
    received = session.start_received_at
    if not same or start.sent_at is None or received is None or session.id_tag.upper() != tag:
        return False
    return start.sent_at <= received <= start.sent_at + FOLLOWS_START


def _came_to_nothing(start: Command, now: datetime) -> bool:
    if start.state in _NOT_STARTED:
        return True
    return start.sent_at is not None and now > start.sent_at + FOLLOWS_START


# --- Carrying out -------------------------------------------------------------------------------------------------
def _settle(now: datetime) -> None:
    """End the stops whose sessions have ended: because of them, or before."""
    over = _open_stops().filter(session__isnull=False).exclude(session__state=SessionState.RUNNING)
    stops = list(over.order_by("pk")[:_AT_ONCE])
    for stop in stops:
        asked = stop.state == StopState.STOPPING and stop.attempts
        stop.state, stop.ended_at = StopState.STOPPED if asked else StopState.NOT_NEEDED, now
    update_rows(stops, ["state", "ended_at"])
    _announce(stops)


def _carry_out(now: datetime) -> None:
    """Ask for the stops that are due: at stations that are online, and where no stop waits for its answer."""
    due = Q(state=StopState.PLANNED, due_at__lte=now) & (Q(session__isnull=False) | Q(start=None))
    again = Q(state=StopState.STOPPING, station__state__online=True) & (Q(retry_at=None) | Q(retry_at__lte=now))
    answered = Q(command=None) | ~Q(command__state__in=OPEN_STATES)
    stops = list(_open_stops().filter(due | (again & answered)).order_by("due_at")[:_AT_ONCE])
    if not stops:
        return
    _find_sessions(stops)
    running = [stop for stop in stops if stop.session_id]
    for stop in stops:
        stop.state = StopState.STOPPING if stop.session_id else StopState.NOT_NEEDED
        stop.ended_at = None if stop.session_id else now
    _ask(running, now)
    update_rows(stops, ["session", "state", "ended_at", "command", "attempts", "retry_at"])
    _announce(stops)


def _find_sessions(stops: Sequence[ScheduledStop]) -> None:
    """A stop of whatever runs at a port means the session that runs there now."""
    open_ended = [stop for stop in stops if stop.session_id is None]
    if not open_ended:
        return
    running = ChargingSession.objects.filter(
        station_id__in={stop.station_id for stop in open_ended}, state=SessionState.RUNNING
    )
    by_place = {(session.station_id, session.port_number): session for session in running.order_by("pk")}
    for stop in open_ended:
        stop.session = by_place.get((stop.station_id, stop.port_number))


def _ask(stops: Sequence[ScheduledStop], now: datetime) -> None:
    by_session = {stop.session_id: stop for stop in stops}
    commands = request_each(
        CLOCK,
        [
            Wish(stop.station_id, CommandKind.STOP_CHARGING, {"session_id": session_id}, stop.port_number)
            for session_id, stop in by_session.items()
        ],
    )
    asked = {command.parameters["session_id"]: command for command in commands}
    for stop in stops:
        command = asked.get(stop.session_id)
        if command is not None:
            stop.command, stop.attempts = command, stop.attempts + 1
        stop.retry_at = now + min(_LONGEST_PAUSE, _FIRST_PAUSE * 2 ** min(max(stop.attempts - 1, 0), 8))


def _open_stops() -> QuerySet[ScheduledStop]:
    stops = ScheduledStop.objects.select_for_update(of=("self",), skip_locked=True)
    return stops.filter(state__in=OPEN_STOPS)


def _announce(stops: Iterable[ScheduledStop]) -> None:
    topics = {topic for stop in stops for topic in topics_of(stop)}
    if topics:
        announce(topics)
