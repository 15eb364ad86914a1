"""The energy of vouchers: used up, the portal stops the session. The longest duration is a scheduled stop
(`services/scheduled.py`).

Looked after by a periodic task, so that a restart of the portal forgets none, and asked for again until the session has
ended: a station that is offline is asked when it is back.
"""

from datetime import datetime, timedelta

from django.db.models import Exists, F, IntegerField, OuterRef, Q, QuerySet
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast

from accounts.services import record
from chargeports.choices import OPEN_STATES, CommandKind
from chargeports.models import Command
from chargeports.services import request_command
from charging.choices import LimitKind, PortalStartState, SessionState
from charging.models import PortalStart
from common.actor import Actor
from common.errors import Refused

_ASK_AGAIN = timedelta(minutes=1)
_WAITS_S = 3600
_AT_ONCE = 500


def stop_at_limits(actor: Actor, now: datetime) -> int:
    """Ask the stations to end the sessions that have reached a limit; how many. Works across organisations."""
    asked = 0
    for start in _due(now).select_related("station", "session")[:_AT_ONCE]:
        asked += _stop(actor, start)
    return asked


def _due(now: datetime) -> QuerySet[PortalStart]:
    running = PortalStart.objects.filter(state=PortalStartState.CHARGING, session__state=SessionState.RUNNING)
    used_up = running.filter(session__energy_wh__gte=F("limit_energy_wh"))
    asked = Command.objects.annotate(stopped=Cast(KeyTextTransform("session_id", "parameters"), IntegerField())).filter(
        Q(state__in=OPEN_STATES) | Q(created_at__gt=now - _ASK_AGAIN),
        station_id=OuterRef("station_id"),
        kind=CommandKind.STOP_CHARGING,
        stopped=OuterRef("session_id"),
    )
    return used_up.exclude(Exists(asked)).order_by("pk")


def _stop(actor: Actor, start: PortalStart) -> bool:
    session = start.session
    if session is None:
        return False
    if not start.limit_reached:
        start.limit_reached = LimitKind.ENERGY
        start.save(update_fields=["limit_reached"])
        record(actor, start.organisation_id, "charging.stopped_at_limit", session, after={"limit": start.limit_reached})
    try:
        request_command(
            actor,
            start.station,
            CommandKind.STOP_CHARGING,
            {"session_id": session.pk},
            start.port_number or None,
            _WAITS_S,
            wait_for_station=True,
        )
    except Refused:
        return False
    return True
