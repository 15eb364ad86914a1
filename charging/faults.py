"""The types of errors of charging sessions: what each means, what to do, and its rule with its limits.

A rule is a condition in SQL over `s` (the session, with `duration_s`), `p` (its charge port) and `l` (the limits of its
organisation), so that thousands of sessions are judged by one statement (`services.classification`). Each limit can be
changed by the organisation; what is here are the defaults.
"""

from dataclasses import dataclass, field

from django.utils.translation import gettext_lazy as _

from charging.choices import Fault
from common.rights import Text


@dataclass(frozen=True)
class Limit:
    """A number in `unit`, or several words (OCPP's reasons for a stop), which an organisation may set."""

    name: str
    label: Text
    unit: str
    default: int | tuple[str, ...]
    highest: int = 1_000_000_000

    @property
    def is_words(self) -> bool:
        return isinstance(self.default, tuple)


@dataclass(frozen=True)
class FaultType:
    fault: Fault
    meaning: Text
    remedy: Text
    condition: str
    limits: tuple[Limit, ...] = field(default=())

    @property
    def label(self) -> Text:
        return self.fault.label


_CHARGED = """EXISTS (
    SELECT FROM chargeports_statusevent e
    WHERE e.station_id = s.station_id AND e.port_number = s.port_number AND e.status = 'Charging'
        AND e.at BETWEEN s.began_at AND s.finished_at)"""

# How long a charger waits for the plug where it does not tell (ConnectionTimeOut), and what is believed at most.
PLUG_PATIENCE_S, LONGEST_PLUG_PATIENCE_S = 120, 3600
# Upon the charger's own ConnectionTimeOut, after which an accepted card or start counts as cancelled.
PLUG_GRACE = Limit(
    "plug_grace_s", _("Or, from now on, not begun so long after the charger's time for plugging in"), "s", 60, 3600
)

FAULT_TYPES = (
    FaultType(
        Fault.NO_RECORD,
        _("The charger never told the end of the session; the portal had to close it by the last meter value."),
        _("Look for lost connections at that time. A record that arrives late corrects the session by itself."),
        "s.state IN ('ended_without_stop', 'superseded')",
    ),
    FaultType(
        Fault.CANCELLED,
        _(
            "The driver gave up, or the plug was not connected in time: the session ended at once and without energy, "
            "or none began after a card or a start from the portal was accepted."
        ),
        _("Nothing, as long as it is rare. Where it is frequent, check display, cable lock and instructions on site."),
        "s.state = 'ended' AND s.stop_reason = ANY(l.cancelled_reasons)"
        " AND s.energy_wh <= l.cancelled_energy_wh AND s.duration_s <= l.cancelled_within_s",
        (
            Limit("cancelled_within_s", _("Ended within"), "s", 180),
            Limit("cancelled_energy_wh", _("With at most"), "Wh", 50),
            PLUG_GRACE,
            Limit("cancelled_reasons", _("Stop reasons"), "", ("EVDisconnected", "Local", "Remote", "Timeout")),
        ),
    ),
    FaultType(
        Fault.INCOMPLETE,
        _("The record came without the meter's start or end value, or without any reading in between."),
        _("Check the meter's connection inside the charger and which values the charger is set to send."),
        "s.state = 'ended' AND (s.meter_start_wh IS NULL OR s.meter_stop_wh IS NULL"
        " OR (l.readings_needed > 0 AND s.last_value_at IS NULL))",
        (Limit("readings_needed", _("Readings are needed (1: yes, 0: no)"), "", 0, 1),),
    ),
    FaultType(
        Fault.FUTURE_START,
        _("The start lies in the future, or long before its message arrived: the charger's clock was wrong."),
        _("Check the clock after the next boot and with every heartbeat; exchange the battery of the controller."),
        "s.started_at > s.start_received_at + make_interval(secs => l.future_s)"
        " OR s.started_at < '2010-01-01' OR s.started_at < s.start_received_at - make_interval(days => l.late_days)",
        (
            Limit("future_s", _("Later than its arrival by"), "s", 300),
            Limit("late_days", _("Earlier than its arrival by"), "d", 60, 36_500),
        ),
    ),
    FaultType(
        Fault.NEGATIVE_DURATION,
        _("The charger's end lies before its start: its clock was set in between."),
        _("Check how the charger gets its time, and its firmware."),
        "s.ended_at < s.started_at - make_interval(secs => l.clock_step_s)",
        (Limit("clock_step_s", _("By more than"), "s", 0),),
    ),
    FaultType(
        Fault.NEGATIVE_ENERGY,
        _("The meter's end value lies below its start value."),
        _("Check the meter and how it is connected; do not bill the session before that."),
        "'negative_energy' = ANY(s.flags)",
    ),
    FaultType(
        Fault.NEGATIVE_POWER,
        _("A power below zero was measured, or the register fell while the car was charged."),
        _("Check the meter's wiring: direction of current transformers, order of phases."),
        "s.lowest_power_w < -l.negative_power_w OR 'register_reset' = ANY(s.flags)",
        (Limit("negative_power_w", _("Below zero by more than"), "W", 10),),
    ),
    FaultType(
        Fault.IMPLAUSIBLE_POWER,
        _("More power was measured, or follows from energy and duration, than the charge port can deliver."),
        _("Check the entered power of the charge port, then the meter's unit and factor."),
        "greatest(s.highest_power_w, CASE WHEN s.duration_s >= 60 THEN s.energy_wh * 3600.0 / s.duration_s END)"
        " > p.max_power_w * l.power_percent / 100.0 + l.power_slack_w",
        (
            Limit("power_percent", _("Above the charge port's power by a factor of"), "%", 110, 1000),
            Limit("power_slack_w", _("And by more than"), "W", 500),
        ),
    ),
    FaultType(
        Fault.IMPLAUSIBLE_ENERGY,
        _("Hardly any energy although the charge port told that it charges, or more than a car can take."),
        _("Little energy: check cable, contactor and the car's messages. Much: check the meter's unit and factor."),
        "(s.energy_wh < l.low_energy_wh AND s.duration_s > l.low_energy_after_s AND " + _CHARGED + ")"
        " OR s.energy_wh > CASE WHEN p.current_type = 'DC' THEN l.most_energy_dc_wh ELSE l.most_energy_ac_wh END"
        " OR 'implausible_energy' = ANY(s.flags)",
        (
            Limit("low_energy_wh", _("Less than"), "Wh", 100),
            Limit("low_energy_after_s", _("After"), "s", 300),
            Limit("most_energy_ac_wh", _("More than, at AC"), "Wh", 250_000),
            Limit("most_energy_dc_wh", _("More than, at DC"), "Wh", 1_000_000),
        ),
    ),
    FaultType(
        Fault.CALIBRATION_LAW,
        _("The signed meter values are missing or do not stand the check, so that the session may not be billed."),
        _("See the reason on the session's page; compare the meter's public key with the one at the device."),
        "s.signed_verdict = 'invalid'"
        " OR (l.signed_needed > 0 AND p.calibration_law = 'ocmf' AND s.signed_verdict <> 'valid' AND s.energy_wh > 0)",
        (Limit("signed_needed", _("Needed where the method is OCMF (1: yes, 0: no)"), "", 1, 1),),
    ),
    FaultType(
        Fault.OTHER,
        _("The charger ended the session for a reason of its own and without energy, e.g. an emergency stop."),
        _("Look at the errors and messages of the station at that time."),
        "s.stop_reason = ANY(l.other_reasons) AND s.energy_wh <= l.other_energy_wh",
        (
            Limit("other_energy_wh", _("With at most"), "Wh", 0),
            Limit("other_reasons", _("Stop reasons"), "", ("PowerLoss", "EmergencyStop", "HardReset", "Other")),
        ),
    ),
)

# What nobody was let to charge for is no technical matter.
FAILED_AUTHORISATION = (
    "(s.authorization NOT IN ('', 'Accepted') OR s.stop_reason = 'DeAuthorized') AND s.energy_wh <= 100"
)

LIMITS = {limit.name: limit for fault_type in FAULT_TYPES for limit in fault_type.limits}


def fault_type(fault: int) -> FaultType | None:
    """The type of that number; None for a failed authorisation, which is none."""
    return next((one for one in FAULT_TYPES if one.fault == fault), None)
