"""Meter values: which session they belong to, and what they say of its energy and power."""

from datetime import timedelta

import pytest

from chargeports.models import ChargePort, PortState
from charging.choices import SessionFlag, SessionState
from charging.models import MeterValue
from charging.services.readings import values_of
from tests.charging.cases import at, energy, meter, reading, sample, session, start, stop

POWER, CURRENT, VOLTAGE = "Power.Active.Import", "Current.Import", "Voltage"


def test_M02_without_a_transaction_values_are_stored_and_the_stations_own_meter_belongs_to_none(station, token):
    begun = start(station)

    assert meter(station, energy(1, 1500)) == begun.pk
    assert meter(station, energy(2, 99_000), port=0) is None
    assert meter(station, energy(3, 5), port=2) is None
    assert list(MeterValue.objects.order_by("received_at").values_list("session_id", flat=True)) == [
        begun.pk,
        None,
        None,
    ]
    assert session(begun.pk).energy_wh == 500


def test_M03_values_after_the_stop_are_stored_with_the_session_and_open_nothing(station, token):
    begun = start(station)
    ended = stop(station, begun.pk, 60, meter=6000)

    assert meter(station, energy(61, 7000), transaction_id=begun.pk) == begun.pk

    after = session(begun.pk)
    assert (after.state, after.energy_wh, after.ended_at) == (SessionState.ENDED, 5000, ended.ended_at)
    assert MeterValue.objects.filter(session_id=begun.pk).count() == 1


def test_M08_kilowatt_hours_and_kilowatts_are_converted(station, token):
    begun = start(station)
    meter(
        station, reading(10, sample("2.5", "Energy.Active.Import.Register", unit="kWh"), sample("9", POWER, unit="kW"))
    )

    assert (session(begun.pk).energy_wh, session(begun.pk).power_w) == (1500, 9000)


def test_M08_more_than_the_port_can_deliver_is_flagged(station, token):
    ChargePort.objects.filter(station=station).update(max_power_w=11_000)

    ended = stop(station, start(station).pk, 60, meter=111_000)

    assert (ended.energy_wh, ended.flags) == (110_000, [SessionFlag.IMPLAUSIBLE_ENERGY])


def phases(measurand, *values, unit=""):
    return [sample(value, measurand, phase=f"L{number}", unit=unit) for number, value in enumerate(values, 1)]


@pytest.mark.parametrize(
    "samples, field, expected",
    [
        (phases(VOLTAGE, 229, 230, 231), "voltage_v", 230),
        ([sample(400, VOLTAGE, phase="L1-L2")], "voltage_v", pytest.approx(230.94, abs=0.01)),
        (phases(CURRENT, 10, 16, 12), "current_a", 16),
        (phases(POWER, 1000, 2000, 3000), "power_w", 6000),
        ([sample(2000, POWER), *phases(POWER, 1000, 2000, 3000)], "power_w", 6000),
        ([sample(5900, POWER), *phases(POWER, 1000, 2000, 3000)], "power_w", 5900),
        ([*phases(CURRENT, 10, 10, 10), *phases(VOLTAGE, 230, 230, 230)], "power_w", 6900),
        ([sample(1500, "Energy.Active.Import.Register", phase="L1")], "energy_wh", 1500),
        (phases("Energy.Active.Import.Register", 1500, 1500, 1500), "energy_wh", 4500),
        ([sample(4, VOLTAGE, phase="N"), *phases(VOLTAGE, 229, 230, 231)], "voltage_v", 230),
        ([sample(6900, POWER), sample("0.98", "Power.Factor", unit="W")], "power_w", 6900),
        ([sample(6900, POWER, context="Transaction.Begin")], "soc_percent", None),
    ],
    ids=["mean", "between", "strongest", "sum", "total-off", "total", "Q93", "Q90", "Q89", "Q91", "Q92", "Q98"],
)
def test_M09_Q89_Q91_Q92_Q98_phases(samples, field, expected):
    found = getattr(values_of(reading(0, *samples)), field)
    assert (float(found) if field == "voltage_v" else found) == expected


def test_M10_Q83_a_register_of_the_sessions_own_is_told_by_its_first_value(station, token):
    begun = start(station, meter=500_000)
    meter(station, energy(5, 800))
    meter(station, energy(10, 1600))

    assert (session(begun.pk).energy_wh, session(begun.pk).flags) == (1600, [])


def test_M10_Q85_transaction_begin_is_no_live_value(station, token):
    begun = start(station, meter=1000)
    meter(
        station,
        reading(
            1,
            sample(1200, "Energy.Active.Import.Register", context="Sample.Periodic"),
            sample(1000, "Energy.Active.Import.Register", context="Transaction.Begin"),
        ),
    )

    assert session(begun.pk).energy_wh == 200


def test_M11_a_register_that_falls_is_a_new_baseline_and_the_energy_stays(station, token):
    begun = start(station, meter=1000)
    for minute, register in ((10, 3000), (20, 0), (30, 500)):
        meter(station, energy(minute, register))

    after = session(begun.pk)
    assert (after.energy_wh, after.flags) == (2500, [SessionFlag.REGISTER_RESET])


@pytest.mark.parametrize("minutes, belongs", [(-4, True), (-30, False)])
def test_M16_values_from_a_little_before_the_start_belong_to_the_session(station, token, minutes, belongs):
    begun = start(station)

    assert meter(station, energy(minutes, 1000), received=1) == (begun.pk if belongs else None)


def test_M16_values_out_of_order_are_stored_and_change_no_live_figure(station, token):
    begun = start(station)
    meter(station, energy(10, 3000))
    meter(station, energy(5, 2000), received=11)

    after = session(begun.pk)
    assert (after.energy_wh, after.last_value_at) == (2000, at(10))
    assert MeterValue.objects.filter(session_id=begun.pk).count() == 2


def test_many_reports_take_as_many_queries_as_one(station, token, django_assert_max_num_queries):
    begun = start(station)
    PortState.objects.update(since=at(0) - timedelta(days=1))
    with django_assert_max_num_queries(8):
        meter(station, *(energy(minute, 1000 + minute) for minute in range(200)), transaction_id=begun.pk)
