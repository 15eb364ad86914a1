"""The end of a session for which no StopTransaction came: the last meter value stands in until one comes."""

from datetime import datetime

from charging.choices import SessionState
from charging.models import ChargingSession
from charging.services.register import register_wh


def close_without_stop(session: ChargingSession, state: SessionState, ended_at: datetime | None = None) -> None:
    """End the session at `ended_at`, or when its last value was sampled. An orphan stays one."""
    if session.state == SessionState.RUNNING:
        session.state = state
    session.ended_at = max(ended_at or session.last_value_at or session.began_at, session.began_at)
    session.meter_stop_wh = register_wh(session)
    session.power_w = 0
