"""Sessions whose end never came: closed after a time of grace, so that no port and no token stays occupied for ever."""

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Case, DateTimeField, F, OuterRef, Q, QuerySet, Subquery, When

from accounts.models import AuditEntry
from accounts.services import audit_entry
from chargeports.choices import PortStatus
from chargeports.models import PortState
from charging.choices import SessionFlag, SessionState
from charging.models import ChargingSession
from charging.services.changes import Changes, lock_stations, locked_sessions
from charging.services.closing import close_without_stop
from common.actor import Actor
from common.live import announce

# The port is free again, but the stop may still be on its way (a queue of messages after an outage).
GRACE_WHEN_FREE = timedelta(minutes=10)
# The station booted: it may resume the session or send its stop, e.g. with reason PowerLoss (OCPP 1.6 errata 3.36).
GRACE_AFTER_BOOT = timedelta(hours=1)
_AT_ONCE = 500
_OCCUPIED = (PortStatus.CHARGING, PortStatus.SUSPENDED_EV, PortStatus.SUSPENDED_EVSE)


@transaction.atomic
def close_abandoned(actor: Actor, now: datetime) -> int:
    """Close the running sessions that have ended without a StopTransaction, and say how many; across organisations.

    Two signs: the port told that it is available after the session began; or the station booted since, and neither a
    value nor an occupied port speaks for a session that goes on. A late stop still corrects the session.
    """
    found = list(_abandoned(ChargingSession.objects.all(), now).values_list("pk", "station_id")[:_AT_ONCE])
    if not found:
        return 0
    lock_stations(station_id for _, station_id in found)
    changes, audit = Changes(), []
    for session in _abandoned(locked_sessions(), now).filter(pk__in=[pk for pk, _ in found]):
        changes.watch(session)
        close_without_stop(session, SessionState.ENDED_WITHOUT_STOP, _ended_at(session))
        audit.append(audit_entry(actor, session.organisation_id, "charging.closed_without_stop", session))
    changes.save()
    AuditEntry.objects.bulk_create(audit)
    return len(audit)


@transaction.atomic
def rest_idle_power(now: datetime) -> int:
    """Set the live power of running sessions to 0 where the port no longer charges; say how many; across organisations.

    Some chargers send no last value when the power falls away.
    """
    idle = (
        _with_port(ChargingSession.objects.filter(state=SessionState.RUNNING, power_w__gt=0))
        .exclude(port_status__in=("", PortStatus.CHARGING))
        .filter(port_since__gt=F("last_value_at"), port_since__lte=now)
    )
    found = list(idle.select_for_update(of=("self",), skip_locked=True, no_key=True))
    ChargingSession.objects.filter(pk__in=[session.pk for session in found]).update(power_w=0)
    announce(f"port.{session.station_id}.{session.port_number}" for session in found)
    return len(found)


def _with_port(sessions: QuerySet[ChargingSession]) -> QuerySet[Any]:
    port = PortState.objects.filter(port__station_id=OuterRef("station_id"), port__number=OuterRef("port_number"))
    return sessions.annotate(
        port_status=Subquery(port.values("status")[:1]),
        port_since=Subquery(port.values("since")[:1]),
        port_heard_at=Subquery(port.values("received_at")[:1]),
    )


def _abandoned(sessions: QuerySet[ChargingSession], now: datetime) -> QuerySet[Any]:
    began_at = Case(
        When(flags__contains=[SessionFlag.CLOCK], then="start_received_at"),
        default="started_at",
        output_field=DateTimeField(),
    )
    running = _with_port(sessions.filter(state=SessionState.RUNNING)).annotate(began=began_at)
    free = Q(port_status=PortStatus.AVAILABLE, port_since__gt=F("began"), port_since__lte=now - GRACE_WHEN_FREE)
    booted = Q(
        station__state__last_boot_at__gt=F("start_received_at"),
        station__state__last_boot_at__lte=now - GRACE_AFTER_BOOT,
    )
    silent = Q(last_value_at=None) | Q(last_value_at__lt=F("station__state__last_boot_at"))
    occupied = Q(port_status__in=_OCCUPIED, port_heard_at__gte=F("station__state__last_boot_at"))
    return running.filter(free | (booted & silent & ~occupied)).annotate(booted_at=F("station__state__last_boot_at"))


def _ended_at(session: Any) -> datetime | None:
    """When the port became free; else the last sign of the session, or the boot before which it must have ended."""
    if session.port_status == PortStatus.AVAILABLE and session.port_since > session.began_at:
        since: datetime = session.port_since
        return since
    return session.last_value_at or session.booted_at
