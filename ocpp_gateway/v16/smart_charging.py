"""Charging profiles as OCPP 1.6 messages (§5.6, §5.8, §5.16, §7.8, §7.13)."""

from datetime import UTC, datetime
from typing import Any

from django.utils import timezone

from chargeports.charging_schedules import in_unit
from chargeports.choices import CommandState, ProfilePurpose, RateUnit, Recurrency, ScheduleKind
from chargeports.models import Command
from chargeports.services import AcceptedProfile, ProfileFilter, ToldSchedule
from chargeports.smart_charging import RATE_UNIT_KEY, STACK_LEVEL_KEY
from common.numbers import whole_number
from ocpp_gateway import timestamps
from ocpp_gateway.conversation import (
    Ask,
    Context,
    Conversation,
    Ended,
    ProfileInstalled,
    ProfilesCleared,
    Reply,
    ScheduleTold,
)
from ocpp_gateway.pipe import Answered
from ocpp_gateway.v16.replies import ended_by

PURPOSES = {
    ProfilePurpose.STATION_MAXIMUM: "ChargePointMaxProfile",
    ProfilePurpose.SESSION_DEFAULT: "TxDefaultProfile",
    ProfilePurpose.SESSION: "TxProfile",
}
KINDS = {
    ScheduleKind.ABSOLUTE: "Absolute",
    ScheduleKind.RECURRING: "Recurring",
    ScheduleKind.RELATIVE: "Relative",
}
RECURRENCIES = {Recurrency.DAILY: "Daily", Recurrency.WEEKLY: "Weekly"}

USUAL_LEVEL = 1
"""Some chargers cannot clear level 0 (Q48)."""
ONLY_LEVEL_0 = ("wallbox", "wall box")
"""How manufacturers call themselves whose chargers ignore every other level (Q50)."""
READ_BACK_S = 24 * 3600


def set_charging_profile(command: Command, context: Context) -> Conversation:
    """What was accepted is asked for again as the charger's schedule: some accept and do nothing (Q52)."""
    said, port_number = command.parameters, command.port_number or 0
    profile = _as_sent(command, said, ProfilePurpose(said["purpose"]), port_number, context)
    payload = {"connectorId": port_number, "csChargingProfiles": in_words_of_ocpp(profile)}
    ended = ended_by((yield Ask("SetChargingProfile", payload)), good=["Accepted"])
    is_accepted = ended.state == CommandState.ACCEPTED
    if is_accepted:
        yield ProfileInstalled(profile)
    yield ended
    if is_accepted:
        reply = yield _asking_for_schedule(port_number, READ_BACK_S, profile.schedule["unit"])
        if told := _schedule_of(reply, port_number, READ_BACK_S):
            yield ScheduleTold(told)


def clear_charging_profile(command: Command, context: Context) -> Conversation:
    """Its filters add up; an id alone decides. Unknown means that there is none of the kind (P05)."""
    said = command.parameters
    which = ProfileFilter(
        profile_id=said.get("profile_id"),
        port_number=0 if said.get("station_itself") else command.port_number,
        purpose=said.get("purpose"),
        stack_level=said.get("stack_level"),
    )
    ended = ended_by((yield Ask("ClearChargingProfile", _filter(which))), good=["Accepted"])
    if ended.outcome in ("Accepted", "Unknown"):
        yield ProfilesCleared(which)
    yield ended
    if ended.state == CommandState.ACCEPTED:
        port_number = which.port_number or 0
        reply = yield _asking_for_schedule(port_number, READ_BACK_S, None)
        if told := _schedule_of(reply, port_number, READ_BACK_S):
            yield ScheduleTold(told)


def get_composite_schedule(command: Command, context: Context) -> Conversation:
    port_number, duration_s = command.port_number or 0, command.parameters["duration_s"]
    wanted = command.parameters.get("unit")
    reply = yield _asking_for_schedule(port_number, duration_s, _unit(context, wanted) if wanted else None)
    told = _schedule_of(reply, port_number, duration_s)
    if told:
        yield ScheduleTold(told)
    ended = ended_by(reply, good=["Accepted"])
    if told and not told.periods:
        ended = Ended(CommandState.ACCEPTED, "No schedule", ended.answer)
    yield ended


def profile_of_start(command: Command, context: Context) -> AcceptedProfile | None:
    """The profile that goes along with a start: a TxProfile without a transaction (C11)."""
    said = command.parameters
    if said.get("profile"):
        schedule = said["profile"]
    elif said.get("limit_a") is not None:
        periods = [{"start_s": 0, "limit": float(said["limit_a"])}]
        schedule = {"kind": ScheduleKind.RELATIVE, "unit": RateUnit.AMPERES, "periods": periods}
    else:
        return None
    return _as_sent(command, schedule, ProfilePurpose.SESSION, command.port_number or 0, context)


def _as_sent(
    command: Command, said: dict[str, Any], purpose: ProfilePurpose, port_number: int, context: Context
) -> AcceptedProfile:
    """The profile as this charger takes it: its unit, its stack levels, and an id of its own."""
    unit = _unit(context, said["unit"])
    schedule = {name: value for name, value in said.items() if name not in _BESIDE}
    schedule["unit"] = unit
    schedule["periods"] = [
        {**one, "limit": round(in_unit(one["limit"], said["unit"], unit, one.get("phases")), 1)}
        for one in said["periods"]
    ]
    if "minimum" in said:
        schedule["minimum"] = round(in_unit(said["minimum"], said["unit"], unit), 1)
    return AcceptedProfile(
        port_number=port_number,
        profile_id=said.get("profile_id") or command.pk % (2**31 - 1) + 1,
        purpose=purpose,
        stack_level=_level(context, said.get("stack_level")),
        session_id=said.get("session_id"),
        schedule=schedule,
    )


_BESIDE = ("purpose", "session_id", "profile_id", "stack_level")


def _unit(context: Context, wanted: str) -> str:
    """The wanted unit where the charger takes it; amperes where it does not say what it takes (P04, Q45, Q94)."""
    told = {word.strip() for word in (context.configuration.get(RATE_UNIT_KEY) or "").lower().split(",")}
    takes = {unit for unit, words in _UNIT_WORDS.items() if told & words} or {RateUnit.AMPERES}
    return wanted if wanted in takes else next(iter(takes))


_UNIT_WORDS = {RateUnit.AMPERES: {"current", "a"}, RateUnit.WATTS: {"power", "w"}}


def _level(context: Context, wanted: int | None) -> int:
    """Within what the charger takes (P03, Q48, Q49, Q50)."""
    if context.vendor.casefold().startswith(ONLY_LEVEL_0):
        return 0
    level = USUAL_LEVEL if wanted is None else wanted
    highest = whole_number(context.configuration.get(STACK_LEVEL_KEY))
    return level if highest is None else min(level, highest)


def in_words_of_ocpp(profile: AcceptedProfile) -> dict[str, Any]:
    """Only what is needed: some chargers refuse optional parts (Q54)."""
    said = profile.schedule
    optional = {
        "transactionId": profile.session_id,
        "recurrencyKind": RECURRENCIES.get(said.get("recurrency", "")),
        "validFrom": _wire_time(said.get("valid_from")),
        "validTo": _wire_time(said.get("valid_to")),
    }
    return {
        "chargingProfileId": profile.profile_id,
        "stackLevel": profile.stack_level,
        "chargingProfilePurpose": PURPOSES[ProfilePurpose(profile.purpose)],
        "chargingProfileKind": KINDS[said["kind"]],
        **_given(optional),
        "chargingSchedule": _schedule(said),
    }


def _schedule(said: dict[str, Any]) -> dict[str, Any]:
    optional = {
        "duration": said.get("duration_s"),
        "startSchedule": _wire_time(said.get("start_at")),
        "minChargingRate": said.get("minimum"),
    }
    periods = [
        _given({"startPeriod": one["start_s"], "limit": one["limit"], "numberPhases": one.get("phases")})
        for one in said["periods"]
    ]
    return {**_given(optional), "chargingRateUnit": str(said["unit"]), "chargingSchedulePeriod": periods}


def _filter(which: ProfileFilter) -> dict[str, Any]:
    if which.profile_id is not None:
        return {"id": which.profile_id}
    purpose = PURPOSES[ProfilePurpose(which.purpose)] if which.purpose else None
    return _given(
        {"connectorId": which.port_number, "chargingProfilePurpose": purpose, "stackLevel": which.stack_level}
    )


def _given(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


def _wire_time(text: str | None) -> str | None:
    return timestamps.wire_format(datetime.fromisoformat(text)) if text else None


def _asking_for_schedule(port_number: int, duration_s: int, unit: str | None) -> Ask:
    return Ask(
        "GetCompositeSchedule",
        _given({"connectorId": port_number, "duration": duration_s, "chargingRateUnit": unit and str(unit)}),
    )


def _schedule_of(reply: Reply | None, port_number: int, duration_s: int) -> ToldSchedule | None:
    """What the charger said; without periods it has no schedule (Q55). None where it said nothing."""
    if not isinstance(reply, Answered) or reply.payload["status"] != "Accepted":
        return None
    said = reply.payload.get("chargingSchedule") or {}
    begins = said.get("startSchedule") or reply.payload.get("scheduleStart") or ""
    periods = tuple(
        _given({"start_s": one["startPeriod"], "limit": one["limit"], "phases": one.get("numberPhases")})
        for one in said.get("chargingSchedulePeriod", ())
    )
    return ToldSchedule(
        port_number=port_number,
        starts_at=timestamps.parse(begins, UTC).moment or timezone.now(),
        duration_s=said.get("duration") or duration_s,
        unit=said.get("chargingRateUnit") or RateUnit.AMPERES,
        periods=periods,
    )
