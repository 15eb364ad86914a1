"""The demo's scheduled stops: done ones around sessions that were, and some that are to come."""

import random
from datetime import datetime, timedelta

from accounts.models import Organisation
from charging.choices import SessionState, StopCause, StopState
from charging.models import ChargingSession, ScheduledStop
from stations.choices import OperatingKind
from stations.models import StationAccess

_PERSON = {"actor_kind": "user", "actor_label": "Oskar Operator"}
_CLOCK = {"actor_kind": "task", "actor_label": "charging.keep_stops"}
_SESSIONS_EACH = 12
# What became of a stop, why it was planned, how often.
_OUTCOMES = (
    (StopState.STOPPED, StopCause.HOURS, 6),
    (StopState.STOPPED, StopCause.DURATION, 3),
    (StopState.STOPPED, StopCause.ASKED, 1),
    (StopState.NOT_NEEDED, StopCause.DURATION, 3),
    (StopState.CANCELLED, StopCause.HOURS, 1),
)


def make_stops(chance: random.Random, organisation: Organisation, now: datetime) -> None:
    """For the stations that have operating hours."""
    accesses = StationAccess.objects.filter(organisation=organisation).exclude(operating_kind=OperatingKind.ALWAYS)
    stops = []
    for access in accesses.order_by("station_id"):
        ended = ChargingSession.objects.filter(station=access.station_id, state=SessionState.ENDED)
        stops += [_done(chance, session) for session in ended.order_by("-started_at")[:_SESSIONS_EACH]]
        stops.append(_to_come(access, now + timedelta(hours=chance.randint(6, 40))))
    ScheduledStop.objects.bulk_create(stops)


def _done(chance: random.Random, session: ChargingSession) -> ScheduledStop:
    state, cause, _weight = chance.choices(_OUTCOMES, weights=[one[2] for one in _OUTCOMES])[0]
    end = session.ended_at or session.started_at
    due = end if state == StopState.STOPPED else end + timedelta(minutes=chance.randint(10, 90))
    return ScheduledStop(
        organisation_id=session.organisation_id,
        station_id=session.station_id,
        port_number=session.port_number,
        session=session,
        cause=cause,
        duration_s=max(60, round((due - session.started_at).total_seconds())) if cause == StopCause.DURATION else None,
        due_at=due,
        state=state,
        attempts=1 if state == StopState.STOPPED else 0,
        planned_at=session.started_at,
        ended_at=end,
        ended_by=_PERSON["actor_label"] if state == StopState.CANCELLED else "",
        **(_PERSON if cause == StopCause.ASKED else _CLOCK),
    )


def _to_come(access: StationAccess, due: datetime) -> ScheduledStop:
    """Of whatever charges at the first port then."""
    return ScheduledStop(
        organisation_id=access.organisation_id,
        station_id=access.station_id,
        port_number=1,
        cause=StopCause.ASKED,
        due_at=due.replace(minute=0, second=0),
        planned_at=due - timedelta(days=2),
        **_PERSON,
    )
