"""The energy and the money of vouchers: used up, the portal stops the session. The longest duration is a scheduled stop
(`services/scheduled.py`).

Money is reckoned by the tariff that holds, in its currency; a session that is not billed uses up none.

Looked after by a periodic task, so that a restart of the portal forgets none, and asked for again until the session has
ended: a station that is offline is asked when it is back.
"""

from datetime import datetime, timedelta
from decimal import Decimal

from django.db import transaction
from django.db.models import Exists, F, IntegerField, OuterRef, Q, QuerySet
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast

from accounts.services import record
from chargeports.choices import OPEN_STATES, CommandKind
from chargeports.models import Command
from charging.choices import LimitKind, PortalStartState, SessionState
from charging.models import PortalStart
from charging.services.costs import Estimate, estimates
from charging.services.stopping import ask_to_stop
from common.actor import Actor
from common.errors import Refused

_ASK_AGAIN = timedelta(minutes=1)
_AT_ONCE = 500


def stop_at_limits(actor: Actor, now: datetime) -> int:
    """Ask the stations to end the sessions that have reached a limit; how many. Works across organisations."""
    running = _running(now)
    used_up = [(start, LimitKind.ENERGY) for start in running.filter(session__energy_wh__gte=F("limit_energy_wh"))]
    energy = {start.pk for start, _limit in used_up}
    used_up += [(start, LimitKind.AMOUNT) for start in _spent(running, now) if start.pk not in energy]
    return sum(_stop(actor, start, limit) for start, limit in used_up[:_AT_ONCE])


def _spent(running: QuerySet[PortalStart], now: datetime) -> list[PortalStart]:
    """Those whose session costs by now what they may cost at most."""
    starts = list(running.exclude(limit_amount=None))
    if not starts:
        return []
    found = estimates([start.session for start in starts if start.session], now)
    return [start for start in starts if _amount_of(found.get(start.session_id or 0)) >= (start.limit_amount or 0)]


def _amount_of(found: Estimate | None) -> Decimal:
    return found.cost.total if found and found.cost and not found.unbilled else Decimal(-1)


def _running(now: datetime) -> QuerySet[PortalStart]:
    """Those that charge and were not asked to stop a moment ago."""
    running = PortalStart.objects.filter(state=PortalStartState.CHARGING, session__state=SessionState.RUNNING)
    asked = Command.objects.annotate(stopped=Cast(KeyTextTransform("session_id", "parameters"), IntegerField())).filter(
        Q(state__in=OPEN_STATES) | Q(created_at__gt=now - _ASK_AGAIN),
        station_id=OuterRef("station_id"),
        kind=CommandKind.STOP_CHARGING,
        stopped=OuterRef("session_id"),
    )
    return running.exclude(Exists(asked)).select_related("station", "session__station").order_by("pk")


def _stop(actor: Actor, start: PortalStart, limit: LimitKind) -> bool:
    session = start.session
    if session is None:
        return False
    with transaction.atomic():
        if PortalStart.objects.filter(pk=start.pk, limit_reached="").update(limit_reached=limit):
            record(actor, start.organisation_id, "charging.stopped_at_limit", session, after={"limit": limit.value})
    try:
        ask_to_stop(actor, session, waits=True)
    except Refused:
        return False
    return True
