"""A session's energy from its meter register, and the session's other live figures.

Energy is always `register - base`. The base is the start value of the meter, unless the readings show another register:
some chargers send one that begins at 0 with each session under the same name as the meter's own (M10), some start with
a wrong value (Q64), and a register may fall (M11).
"""

from datetime import datetime, timedelta
from decimal import Decimal

from charging.choices import SessionFlag, SessionState
from charging.models import ChargingSession
from charging.services.readings import Values

# A register may lag behind by this without having fallen; more is no rounding.
TOLERANCE_WH = 10
# What no charge port can deliver, where its own power is not known.
MAX_POWER_W = 1_000_000
_SLACK_WH = 1000
_MARGIN = 1.1
_AHEAD = timedelta(minutes=5)
_LATE = timedelta(days=60)
_BEGIN_IS_OVER = timedelta(minutes=5)
_BIGINT, _INT = 2**63 - 1, 2**31 - 1


def add_flag(session: ChargingSession, flag: SessionFlag) -> None:
    if flag not in session.flags:
        session.flags = [*session.flags, flag]


def whole_wh(value: int | Decimal | None) -> int | None:
    """A register's value as it is kept; None for what no meter shows."""
    return None if value is None or not -_BIGINT <= value <= _BIGINT else round(value)


def moment_of(sampled_at: datetime, received_at: datetime) -> datetime:
    """The charger's time, or the time of arrival where the charger's lies in the future or is absurdly old."""
    return sampled_at if received_at - _LATE <= sampled_at <= received_at + _AHEAD else received_at


def register_wh(session: ChargingSession) -> int | None:
    """The newest known value of the register."""
    return None if session.meter_base_wh is None else session.meter_base_wh + session.energy_wh


def is_plausible(session: ChargingSession, energy_wh: int, until: datetime, max_power_w: int | None = None) -> bool:
    """Whether a port of `max_power_w` can have delivered `energy_wh` from the session's start to `until`."""
    hours = max(0.0, (until - session.began_at).total_seconds()) / 3600
    return energy_wh <= (max_power_w or MAX_POWER_W) * _MARGIN * hours + _SLACK_WH


def take_values(session: ChargingSession, values: Values, moment: datetime) -> None:
    """Let a reading change the session's energy and live figures, unless a newer one has.

    A session that a StopTransaction ended keeps its figures: what comes later is only stored (M03).
    """
    if session.stop_received_at is not None:
        return
    if moment - session.began_at <= _BEGIN_IS_OVER:
        if values.begin_wh is not None:
            _take_begin(session, round(values.begin_wh))
        if values.is_begin:
            return
    if session.last_value_at is None or moment >= session.last_value_at:
        _take_live(session, values, moment)


def _take_begin(session: ChargingSession, begin_wh: int) -> None:
    """Transaction.Begin says where the register stood, for those who left it out of the start or gave 0."""
    if session.energy_wh == 0 and not session.meter_base_wh and session.meter_base_wh != begin_wh:
        session.meter_base_wh = begin_wh
        if session.state != SessionState.ORPHAN:
            add_flag(session, SessionFlag.METER_START)


def _take_live(session: ChargingSession, values: Values, moment: datetime) -> None:
    if values.energy_wh is not None:
        _take_register(session, round(values.energy_wh), moment)
    if values.power_w is not None:
        _take_power(session, max(-_INT, min(_INT, round(values.power_w))))
    if values.soc_percent is not None:
        session.soc_percent = round(values.soc_percent)
    session.last_value_at = moment
    if session.state != SessionState.RUNNING and session.ended_at is not None:
        session.ended_at = max(session.ended_at, moment)
        session.meter_stop_wh = register_wh(session)


def _take_power(session: ChargingSession, power_w: int) -> None:
    if session.state in (SessionState.RUNNING, SessionState.ORPHAN):
        session.power_w = power_w
    session.lowest_power_w = power_w if session.lowest_power_w is None else min(session.lowest_power_w, power_w)
    session.highest_power_w = power_w if session.highest_power_w is None else max(session.highest_power_w, power_w)


def _take_register(session: ChargingSession, value_wh: int, moment: datetime) -> None:
    last_wh = register_wh(session)
    if session.meter_base_wh is None or last_wh is None:
        session.meter_base_wh = value_wh
    elif value_wh >= last_wh:
        _rise(session, session.meter_base_wh, value_wh, moment)
    elif last_wh - value_wh > TOLERANCE_WH:
        _fall(session, value_wh, moment)


def _rise(session: ChargingSession, base_wh: int, value_wh: int, moment: datetime) -> None:
    """Count the energy. A first value that cannot have been charged since a start at 0 is the meter's true start;
    and a register that fell by mistake may be back."""
    if base_wh == 0 and session.energy_wh == 0 and not is_plausible(session, value_wh, moment):
        session.meter_base_wh = value_wh
        add_flag(session, SessionFlag.METER_START)
    else:
        base_wh = _base_when_back(session, base_wh, value_wh)
        session.meter_base_wh, session.energy_wh = base_wh, value_wh - base_wh


def _base_when_back(session: ChargingSession, base_wh: int, value_wh: int) -> int:
    start_wh = session.meter_start_wh
    fell = SessionFlag.REGISTER_RESET in session.flags
    return start_wh if fell and start_wh is not None and value_wh - start_wh >= session.energy_wh else base_wh


def _fall(session: ChargingSession, value_wh: int, moment: datetime) -> None:
    """Below the start value at once: a register of the session's own. Later: a new baseline, the energy stays."""
    if session.energy_wh == 0 and value_wh >= 0 and is_plausible(session, value_wh, moment):
        session.meter_base_wh, session.energy_wh = 0, value_wh
    else:
        session.meter_base_wh = value_wh - session.energy_wh
        add_flag(session, SessionFlag.REGISTER_RESET)


def take_meter_stop(session: ChargingSession, meter_stop_wh: int | None, ended_at: datetime) -> None:
    """Settle the energy by the meter's end value: end less start wherever that makes sense, else by the readings."""
    last_wh = register_wh(session)
    session.meter_stop_wh = last_wh if meter_stop_wh is None else meter_stop_wh
    if meter_stop_wh is None:
        return
    start_wh = _trusted_start_wh(session)
    if start_wh is not None and meter_stop_wh >= start_wh - TOLERANCE_WH:
        session.energy_wh = max(0, meter_stop_wh - start_wh)
        if meter_stop_wh < start_wh:
            add_flag(session, SessionFlag.NEGATIVE_ENERGY)
    elif last_wh is None or session.meter_base_wh is None:
        session.meter_base_wh = meter_stop_wh
    elif meter_stop_wh >= last_wh:
        _rise(session, session.meter_base_wh, meter_stop_wh, ended_at)
    elif last_wh - meter_stop_wh > TOLERANCE_WH:
        add_flag(session, SessionFlag.NEGATIVE_ENERGY)


def _trusted_start_wh(session: ChargingSession) -> int | None:
    """The start value that the charger gave, unless the readings have shown that it does not count."""
    moved = session.meter_base_wh != session.meter_start_wh
    untrusted = {SessionFlag.METER_START, SessionFlag.REGISTER_RESET} & set(session.flags)
    return None if moved and untrusted else session.meter_start_wh
