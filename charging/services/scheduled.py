"""Stops planned by people: made, cancelled, brought forward. The clock carries them out (`scheduled_sweep.py`)."""

from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.services import record
from chargeports.models import ChargePort, Command
from charging.choices import OPEN_STOPS, SessionState, StopCause, StopState
from charging.models import ChargingSession, ScheduledStop
from common.actor import Actor
from common.errors import Refused
from common.live import announce

LONGEST = timedelta(days=7)


def schedule_stop(target: ChargingSession | ChargePort, at: datetime, cause: StopCause, actor: Actor) -> ScheduledStop:
    """Stop the session, or what runs at the port by then, at `at`; a time that has passed means now.

    Raises Refused for a session that has ended, ValidationError (`at`) for a time more than a week ahead.
    """
    now = timezone.now()
    if at > now + LONGEST:
        raise ValidationError({"at": _("A stop is planned at most a week ahead.")})
    session = target if isinstance(target, ChargingSession) else None
    if session is not None and session.state != SessionState.RUNNING:
        raise Refused(_("This session does not run any more."))
    number = target.port_number if isinstance(target, ChargingSession) else target.number
    return _keep(
        actor,
        ScheduledStop(
            organisation_id=target.organisation_id,
            station_id=target.station_id,
            port_number=number,
            session=session,
            cause=cause,
            due_at=max(at, now),
            planned_at=now,
        ),
    )


def schedule_stop_of_start(start: Command, duration: timedelta, actor: Actor) -> ScheduledStop:
    """Stop the session that the charger begins because of this start when it has lasted `duration`.

    Raises ValidationError (`duration_min`) for one of nothing or of more than a week.
    """
    if not timedelta(0) < duration <= LONGEST:
        raise ValidationError({"duration_min": _("A session lasts at least a minute and at most a week.")})
    now = timezone.now()
    return _keep(
        actor,
        ScheduledStop(
            organisation_id=start.organisation_id,
            station_id=start.station_id,
            port_number=start.port_number or 0,
            start=start,
            cause=StopCause.DURATION,
            duration_s=round(duration.total_seconds()),
            due_at=now + duration,
            planned_at=now,
        ),
    )


@transaction.atomic
def _keep(actor: Actor, stop: ScheduledStop) -> ScheduledStop:
    stop.actor_kind, stop.actor_id, stop.actor_label = actor.kind, actor.id, actor.label[:200]
    stop.save(force_insert=True)
    record(actor, stop.organisation_id, "charging.stop_scheduled", stop, after=_audited(stop))
    announce(topics_of(stop))
    return stop


@transaction.atomic
def cancel_stop(actor: Actor, stop: ScheduledStop) -> None:
    """Let the session go on. Raises Refused once the stop was carried out or is no longer needed."""
    changes = {"state": StopState.CANCELLED, "ended_at": timezone.now(), "ended_by": actor.label[:200]}
    _move(actor, stop, "charging.stop_cancelled", OPEN_STOPS, changes)


@transaction.atomic
def stop_now(actor: Actor, stop: ScheduledStop) -> None:
    """Carry a planned stop out at once. Raises Refused for one that is not planned, or whose session has not begun."""
    if stop.session_id is None and stop.start_id is not None:
        raise Refused(_("The session has not begun yet: cancel the start instead."))
    _move(
        actor,
        stop,
        "charging.stop_hastened",
        (StopState.PLANNED,),
        {"state": StopState.STOPPING, "due_at": timezone.now()},
    )


def _move(
    actor: Actor, stop: ScheduledStop, action: str, before: tuple[StopState, ...], changes: dict[str, Any]
) -> None:
    if not ScheduledStop.objects.filter(pk=stop.pk, state__in=before).update(**changes):
        raise Refused(_("This stop has been carried out, cancelled, or is no longer needed."))
    was = _audited(stop)
    stop.refresh_from_db()
    record(actor, stop.organisation_id, action, stop, before=was, after=_audited(stop))
    announce(topics_of(stop))


def topics_of(stop: ScheduledStop) -> list[str]:
    """What shows the stop."""
    return [f"station.{stop.station_id}", f"port.{stop.station_id}.{stop.port_number}"]


def _audited(stop: ScheduledStop) -> dict[str, Any]:
    return {
        "port_number": stop.port_number,
        "session_id": stop.session_id,
        "cause": stop.cause,
        "due_at": stop.due_at.isoformat(),
        "state": stop.state,
    }
