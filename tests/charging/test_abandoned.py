"""Sessions whose end never came, and power that nobody told to have fallen."""

from datetime import timedelta

import pytest

from accounts.models import AuditEntry
from chargeports.models import PortState
from charging.choices import SessionFlag, SessionState
from charging.services import close_abandoned, rest_idle_power
from common.actor import task_actor
from stations.models import StationState
from tests.charging.cases import at, energy, meter, reading, sample, session, start, stop

ACTOR = task_actor("charging.close_abandoned")


def port_is(station, status, minutes, number=1):
    PortState.objects.filter(port__station=station, port__number=number).update(
        status=status, since=at(minutes), status_at=at(minutes), received_at=at(minutes)
    )


def close(minutes) -> int:
    return close_abandoned(ACTOR, at(minutes))


def test_S10_Q65_a_session_at_a_port_that_is_free_ends_after_a_grace_at_its_last_value(station, token):
    begun = start(station)
    meter(station, energy(30, 4000))
    port_is(station, "Available", 40)

    assert close(49) == 0
    assert close(51) == 1

    after = session(begun.pk)
    assert (after.state, after.energy_wh, after.meter_stop_wh) == (SessionState.ENDED_WITHOUT_STOP, 3000, 4000)
    assert after.ended_at == at(40)
    assert AuditEntry.objects.filter(action="charging.closed_without_stop").count() == 1
    assert close(60) == 0


def test_S10_a_late_stop_corrects_it(station, token):
    begun = start(station)
    port_is(station, "Available", 40)
    close(60)

    after = stop(station, begun.pk, 45, meter=6000, received=90)

    assert (after.state, after.energy_wh, after.ended_at) == (SessionState.ENDED, 5000, at(45))
    assert after.flags == [SessionFlag.LATE_STOP]


def test_S10_a_port_that_was_free_before_the_session_ends_nothing(station, token):
    port_is(station, "Available", -5)
    start(station)

    assert close(600) == 0


@pytest.mark.parametrize(
    "value_after, status, closed",
    [(False, "Available", 1), (True, "Charging", 0), (False, "SuspendedEV", 0), (False, "", 1)],
)
def test_C08_B06_a_boot_ends_a_session_only_if_nothing_speaks_for_it(station, token, value_after, status, closed):
    start(station)
    meter(station, energy(10, 2000))
    StationState.objects.filter(station=station).update(last_boot_at=at(20))
    port_is(station, status, -5 if status == "Available" else 21)
    if value_after:
        meter(station, energy(30, 2500))

    assert close(79) == 0
    assert close(81) == closed


def test_Q96_power_rests_where_the_port_no_longer_charges(station, token):
    begun = start(station)
    meter(station, reading(10, sample(7000, "Power.Active.Import")))
    port_is(station, "Charging", 5)
    assert rest_idle_power(at(20)) == 0

    port_is(station, "SuspendedEV", 15)
    assert rest_idle_power(at(20) + timedelta(seconds=1)) == 1
    assert session(begun.pk).power_w == 0
