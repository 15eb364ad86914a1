"""Ending sessions that do not end by themselves: without the charger's word, and those that nobody knows here."""

from datetime import UTC, datetime

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.services import record
from chargeports.choices import CommandKind
from chargeports.models import Command
from chargeports.services import request_command
from charging.choices import SessionState
from charging.models import ChargingSession
from charging.services.changes import Changes, lock_stations, locked_sessions
from charging.services.closing import close_without_stop
from common.actor import Actor
from common.errors import Refused

FORCED = "ForcedByPortal"
_WAITS_S = 3600


def stop_session(actor: Actor, session: ChargingSession, *, waits: bool) -> Command:
    """As `ask_to_stop`, for a session that runs. Raises Refused where it has ended, too."""
    if session.state != SessionState.RUNNING:
        raise Refused(_("The session has ended already."))
    return ask_to_stop(actor, session, waits=waits)


def ask_to_stop(actor: Actor, session: ChargingSession, *, waits: bool) -> Command:
    """Ask the station to end the session; where it `waits`, a station that is offline is asked when it is back, within
    an hour. Raises Refused where it cannot be asked.
    """
    return request_command(
        actor,
        session.station,
        CommandKind.STOP_CHARGING,
        {"session_id": session.pk},
        session.port_number or None,
        _WAITS_S if waits else None,
        wait_for_station=waits,
    )


def force_stop(actor: Actor, session: ChargingSession) -> Command | None:
    """End the session here and now with its last value, and ask the station all the same; None where it cannot be.

    A StopTransaction that comes after all still corrects the session. Raises Refused where it has ended already.
    """
    with transaction.atomic():
        lock_stations([session.station_id])
        found = locked_sessions().get(pk=session.pk)
        if found.state != SessionState.RUNNING:
            raise Refused(_("The session has ended already."))
        changes = Changes()
        changes.watch(found)
        close_without_stop(found, SessionState.ENDED_WITHOUT_STOP, datetime.now(UTC))
        found.stop_reason = FORCED
        changes.save()
        record(actor, found.organisation_id, "charging.session_forced", found, after={"energy_wh": found.energy_wh})
    try:
        return ask_to_stop(actor, session, waits=True)
    except Refused:
        return None
