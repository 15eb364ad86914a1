"""Sessions judged by the rules of the error rate, the rollup behind it, and rules of one's own."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone
from django_scopes import scope

from accounts.choices import JobState
from accounts.models import Job
from accounts.services import jobs
from chargeports.models import StatusEvent
from charging.choices import Fault, SessionFlag, SessionState, SignedVerdict
from charging.faults import FAULT_TYPES, LIMITS
from charging.models import FaultDay, SessionDay
from charging.services import classify_closed, recount, save_fault_rules
from common.actor import SYSTEM
from tests import factories
from tests.charging.cases import at, meter, reading, sample, session, start, stop

pytestmark = pytest.mark.django_db
NOW = timezone.now()


@pytest.fixture
def port(station):
    station.ports.update(max_power_w=22_000)
    return station.ports.get(number=1)


def judged(station, **fields):
    """A session that ended after an hour with 10 kWh, but for `fields`, as it is judged."""
    minutes = fields.pop("minutes", 60)
    values = {"started_at": at(0), "ended_at": at(minutes), "start_received_at": at(0), "meter_stop_wh": 11_000}
    made = factories.session(station, **(values | {"counted_on": at(0).date()} | fields))
    classify_closed(NOW)
    return session(made.pk)


CASES = [
    ({}, []),
    ({"state": SessionState.ENDED_WITHOUT_STOP}, [1]),
    ({"state": SessionState.SUPERSEDED}, [1]),
    ({"minutes": 2, "energy_wh": 10, "stop_reason": "EVDisconnected"}, [2]),
    ({"minutes": 4, "energy_wh": 10, "stop_reason": "EVDisconnected"}, []),
    ({"minutes": 2, "energy_wh": 600, "stop_reason": "Local"}, []),
    ({"meter_start_wh": None}, [3]),
    ({"meter_stop_wh": None}, [3]),
    ({"start_received_at": at(-6)}, [4]),
    ({"start_received_at": at(-4)}, []),
    ({"start_received_at": at(0) + timedelta(days=61)}, [4]),
    ({"ended_at": at(-1), "energy_wh": 0}, [5]),
    ({"flags": [SessionFlag.NEGATIVE_ENERGY]}, [6]),
    ({"lowest_power_w": -11}, [7]),
    ({"lowest_power_w": -10}, []),
    ({"flags": [SessionFlag.REGISTER_RESET]}, [7]),
    ({"highest_power_w": 24_701}, [8]),
    ({"highest_power_w": 24_700}, []),
    ({"energy_wh": 24_701}, [8]),
    ({"energy_wh": 250_001}, [8, 9]),
    ({"flags": [SessionFlag.IMPLAUSIBLE_ENERGY]}, [9]),
    ({"signed_verdict": SignedVerdict.INVALID}, [10]),
    ({"stop_reason": "PowerLoss", "energy_wh": 0}, [11]),
    ({"stop_reason": "PowerLoss", "energy_wh": 1}, []),
    ({"authorization": "Invalid", "energy_wh": 0, "stop_reason": "PowerLoss"}, [0]),
    ({"stop_reason": "DeAuthorized", "energy_wh": 0}, [0]),
    ({"authorization": "Invalid", "energy_wh": 5000}, []),
]


@pytest.mark.parametrize(("fields", "faults"), CASES, ids=lambda value: str(value)[:60])
def test_each_type_hits_by_its_rule_and_no_other(station, port, fields, faults):
    found = judged(station, **fields)
    assert found.faults == faults
    assert found.fault == (faults[0] if faults else None)
    assert found.classified_at == NOW


def test_every_type_of_error_has_its_rule_in_order():
    assert [one.fault for one in FAULT_TYPES] == [fault for fault in Fault if fault]


def test_little_energy_counts_only_where_the_port_told_that_it_charges(station, port):
    assert judged(station, energy_wh=50).faults == []
    StatusEvent.objects.create(
        organisation_id=station.organisation_id,
        station=station,
        port_number=1,
        status="Charging",
        at=at(1),
        received_at=at(1),
    )
    assert judged(station, energy_wh=50).faults == [9]


def test_power_at_a_port_of_unknown_power_is_not_judged(station):
    assert judged(station, highest_power_w=900_000).faults == []


def test_a_port_under_calibration_law_needs_signed_values_that_stand_the_check(station, port):
    station.ports.update(calibration_law="ocmf")
    assert judged(station).faults == [10]
    assert judged(station, signed_verdict=SignedVerdict.UNCHECKED).faults == [10]
    assert judged(station, signed_verdict=SignedVerdict.VALID).faults == []


def test_a_real_session_keeps_the_extremes_of_its_power(station, token, port):
    begun = start(station)
    for minute, power in ((5, 11_000), (10, -40), (15, 7_000)):
        meter(station, reading(minute, sample(power, "Power.Active.Import")), transaction_id=begun.pk)
    stop(station, begun.pk)
    assert classify_closed(NOW) == 1
    ended = session(begun.pk)
    assert (ended.lowest_power_w, ended.highest_power_w, ended.faults) == (-40, 11_000, [7])


def rolled(station) -> dict[int, int]:
    return dict(FaultDay.objects.filter(station=station, sessions__gt=0).values_list("fault", "sessions"))


def test_a_late_record_takes_the_error_away(station, token):
    first = start(station, 0)
    start(station, 60)
    classify_closed(NOW)
    assert (session(first.pk).fault, rolled(station)) == (Fault.NO_RECORD, {1: 1})

    stop(station, first.pk, 50, received=70)
    classify_closed(NOW)

    assert (session(first.pk).faults, rolled(station)) == ([], {})


def test_the_rollup_holds_what_the_sessions_do_also_after_a_recount(station, port):
    judged(station, state=SessionState.SUPERSEDED)
    judged(station, lowest_power_w=-500)
    judged(station, lowest_power_w=-500, flags=[SessionFlag.NEGATIVE_ENERGY])
    judged(station)
    assert rolled(station) == {1: 1, 6: 1, 7: 1}

    recount([station.pk])
    classify_closed(NOW)

    assert rolled(station) == {1: 1, 6: 1, 7: 1}
    assert SessionDay.objects.get(station=station).sessions == 4


def test_a_running_session_and_an_orphan_are_not_judged(station, token):
    start(station)
    factories.session(station, state=SessionState.ORPHAN)
    assert classify_closed(NOW) == 0


# --- Rules of one's own -------------------------------------------------------------------------------------------
def defaults() -> dict:
    return {name: list(one.default) if one.is_words else one.default for name, one in LIMITS.items()}


def run(job: Job) -> Job:
    jobs.run_job(job.pk)
    return Job.objects.get(pk=job.pk)


def test_changed_rules_judge_all_sessions_anew(station, network, port):
    power = judged(station, lowest_power_w=-500)
    lost = judged(station, state=SessionState.SUPERSEDED)
    elsewhere = judged(factories.station(), lowest_power_w=-500)

    with scope(organisation=network):
        changed = defaults() | {"negative_power_w": 500}
        job = save_fault_rules(SYSTEM, network, changed, [Fault.NO_RECORD])
        assert run(job).state == JobState.FINISHED

    assert (session(power.pk).faults, session(lost.pk).faults, rolled(station)) == ([], [], {})
    assert session(elsewhere.pk).faults == [7]


def test_words_can_be_changed_and_new_sessions_follow_at_once(station, network, port):
    with scope(organisation=network):
        save_fault_rules(SYSTEM, network, defaults() | {"other_reasons": ["Reboot"]}, [])
    assert judged(station, stop_reason="PowerLoss", energy_wh=0).faults == []
    assert judged(station, stop_reason="Reboot", energy_wh=0).faults == [11]


def test_rules_that_differ_in_nothing_start_no_job(network):
    with scope(organisation=network):
        assert save_fault_rules(SYSTEM, network, defaults(), []) is None
        assert not Job.objects.exists()


def test_a_limit_out_of_its_range_is_refused(network):
    with scope(organisation=network), pytest.raises(ValidationError) as refused:
        save_fault_rules(SYSTEM, network, defaults() | {"power_percent": 1001}, [])
    assert set(refused.value.message_dict) == {"power_percent"}
