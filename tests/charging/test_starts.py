from datetime import UTC, datetime

import pytest

from charging.choices import SessionFlag, SessionState, TokenStatus
from charging.models import ChargingSession
from charging.services import record_meter_values, start_sessions, stop_sessions
from tests import factories
from tests.charging.cases import (
    at,
    energy,
    meter,
    reading,
    report,
    sample,
    session,
    start,
    start_request,
    stop,
    stop_request,
)

pytestmark = pytest.mark.django_db


def test_X01_start_is_a_running_session_of_its_token(station, network):
    contract = factories.contract(network)
    token = factories.token(network, "CARD1", contract=contract)

    begun = start(station, port=2, tag="card1", meter=1234, reservation_id=7)

    assert (begun.state, begun.port_number, begun.token, begun.contract) == (SessionState.RUNNING, 2, token, contract)
    assert (begun.started_at, begun.start_received_at, begun.meter_start_wh) == (at(0), at(0), 1234)
    assert (begun.authorization, begun.reservation_id, begun.flags, begun.ended_at) == ("Accepted", 7, [], None)


def test_X02_refused_start_is_stored_and_gets_an_id(station, network):
    factories.token(network, "CARD1", status=TokenStatus.BLOCKED)

    outcome = start_sessions([start_request(station)])[0]

    stored = session(outcome.session_id)
    assert outcome.session_id > 0
    assert outcome.verdict.status == "Blocked"
    assert (stored.authorization, stored.flags) == ("Blocked", [SessionFlag.NOT_AUTHORISED])


def test_X03_retransmitted_start_is_one_session(station, token):
    first = start(station)

    again = start_sessions([start_request(station, received=3)])[0]

    assert (again.session_id, again.verdict.status) == (first.pk, "Accepted")
    assert ChargingSession.objects.count() == 1


def test_X03_retransmission_in_the_same_call(station, token):
    outcomes = start_sessions([start_request(station), start_request(station, received=1)])

    assert outcomes[0].session_id == outcomes[1].session_id
    assert ChargingSession.objects.count() == 1


def test_X03_retransmission_after_the_end_opens_nothing(station, token):
    first = start(station)
    stop(station, first.pk)

    again = start_sessions([start_request(station, received=90)])[0]

    assert again.session_id == first.pk
    assert session(first.pk).state == SessionState.ENDED


@pytest.mark.parametrize("other", [{"port": 2}, {"tag": "CARD2"}, {"minutes": 1}, {"meter": 1001}])
def test_X03_what_differs_is_another_session(station, token, other):
    first = start(station)

    second = start(station, **other)

    assert first.pk != second.pk


def test_X04_offline_start_keeps_its_time_and_is_judged_now(station, network):
    factories.token(network, "CARD1", expires_at=at(0))

    begun = start(station, started_at=at(-240), received=5, offline=True)

    assert (begun.started_at, begun.start_received_at) == (at(-240), at(5))
    assert begun.authorization == "Expired"
    assert SessionFlag.OFFLINE in begun.flags


def test_X05_whole_offline_session_in_a_burst(station, token):
    received = {"received": 600}
    begun = start(station, 0, offline=True, **received)
    meter(station, energy(10, 2000), energy(20, 3000), transaction_id=begun.pk, **received)
    ended = stop(station, begun.pk, 30, meter=4000, **received)

    assert (ended.state, ended.energy_wh, ended.duration_s) == (SessionState.ENDED, 3000, 1800)


def test_X06_start_supersedes_the_open_session_at_its_last_value(station, token):
    first = start(station, meter=1000)
    meter(station, energy(20, 3500), transaction_id=first.pk)

    second = start(station, 60, meter=4000)

    first = session(first.pk)
    assert (first.state, first.ended_at, first.meter_stop_wh) == (SessionState.SUPERSEDED, at(20), 3500)
    assert (first.energy_wh, first.power_w) == (2500, 0)
    assert session(second.pk).state == SessionState.RUNNING


def test_X06_late_stop_corrects_the_superseded_session(station, token):
    first = start(station, meter=1000)
    second = start(station, 60, meter=4000)

    late = stop(station, first.pk, 55, meter=3900, received=70, reason="EVDisconnected")

    assert (late.state, late.energy_wh, late.ended_at) == (SessionState.ENDED, 2900, at(55))
    assert late.flags == [SessionFlag.LATE_STOP]
    assert session(second.pk).state == SessionState.RUNNING


def test_X06_within_one_call(station, token):
    outcomes = start_sessions([start_request(station, 0), start_request(station, 30, meter=2000)])

    states = [session(outcome.session_id).state for outcome in outcomes]
    assert states == [SessionState.SUPERSEDED, SessionState.RUNNING]


def test_X06_ports_do_not_supersede_each_other(station, network):
    factories.token(network, "CARD1", concurrent_sessions=True)
    first = start(station, port=1)
    start(station, 5, port=2)

    assert session(first.pk).state == SessionState.RUNNING


def test_X06_an_older_start_that_arrives_later_is_the_superseded_one(station, network):
    factories.token(network, "CARD1", concurrent_sessions=True)
    running = start(station, 0)

    older = start(station, started_at=at(-300), received=10, offline=True, meter=500)

    assert session(running.pk).state == SessionState.RUNNING
    assert (older.state, older.ended_at) == (SessionState.SUPERSEDED, at(-300))
    assert stop(station, older.pk, -200, meter=900, received=11).energy_wh == 400


@pytest.mark.parametrize("port", [0, 3, 99, -1, 70_000])
def test_X07_start_on_an_unknown_port_is_stored_and_flagged(station, token, port):
    begun = start(station, port=port)

    assert begun.flags == [SessionFlag.UNKNOWN_PORT]
    assert start_sessions([start_request(station, port=port, received=1)])[0].session_id == begun.pk
    assert stop(station, begun.pk).energy_wh == 5000


def test_X07_port_0_supersedes_nothing(station, network):
    factories.token(network, "CARD1", concurrent_sessions=True)
    first, second = start(station, port=0), start(station, 5, port=0)

    assert [session(one.pk).state for one in (first, second)] == ["running", "running"]


def test_X20_wrong_clock_keeps_both_times_and_counts_by_ours(station, token):
    long_ago = datetime(1970, 1, 1, 0, 5, tzinfo=UTC)

    begun = start(station, started_at=long_ago, clock_is_wrong=True)
    ended = stop(station, begun.pk, 45)

    assert (ended.started_at, ended.start_received_at) == (long_ago, at(0))
    assert (ended.flags, ended.duration_s) == ([SessionFlag.CLOCK], 45 * 60)


def test_X20_a_wrong_clock_does_not_make_a_session_older(station, token):
    first = start(station)
    second = start(station, 30, started_at=datetime(1970, 1, 1, tzinfo=UTC), clock_is_wrong=True)

    assert [session(one.pk).state for one in (first, second)] == ["superseded", "running"]


def test_X24_a_start_that_was_rolled_back_left_no_id_behind(station, token, django_db_blocker):
    assert ChargingSession.objects.count() == 0
    first, second = start(station), start(station, port=2)

    assert 0 < first.pk < second.pk


def test_X25_ids_are_positive_and_below_2_to_the_31(station, token):
    field = ChargingSession._meta.pk
    assert field.db_type(__import__("django.db").db.connection) == "integer"
    assert 0 < start(station).pk < 2**31


def test_X26_a_start_that_never_comes_leaves_no_session(station, token):
    assert start_sessions([]) == stop_sessions([]) == record_meter_values([]) == []
    assert ChargingSession.objects.count() == 0


def test_Q64_start_at_the_very_end_with_meter_0_uses_the_readings(station, token):
    begun = start(station, 0, meter=0)

    ended = stop(
        station,
        begun.pk,
        60,
        meter=5_008_000,
        readings=[
            energy(0, 5_000_000, context="Transaction.Begin"),
            energy(30, 5_004_000),
        ],
    )

    assert (ended.energy_wh, ended.flags) == (8000, [SessionFlag.METER_START])


def test_Q67_readings_without_a_start_become_a_provisional_session(station):
    factories.port(station, 3, status="Charging")

    pk = meter(station, energy(0, 1000), port=3)
    again = meter(station, energy(10, 2500), port=3, transaction_id=-1)

    provisional = session(pk)
    assert again == pk
    assert (provisional.state, provisional.energy_wh, provisional.port_number) == (SessionState.ORPHAN, 1500, 3)


def test_Q67_the_start_that_comes_after_all_takes_the_provisional_session_over(station, token):
    factories.port(station, 3, status="Charging")
    pk = meter(station, energy(1, 1200), port=3)

    begun = start(station, 0, port=3, meter=1000, received=2)

    assert (begun.pk, begun.state, begun.token) == (pk, SessionState.RUNNING, token)
    assert (begun.energy_wh, begun.started_at) == (200, at(0))
    assert ChargingSession.objects.count() == 1


def test_Q67_an_idle_port_makes_no_session(station):
    assert meter(station, energy(0, 1000)) is None
    assert ChargingSession.objects.count() == 0


def test_Q67_the_next_start_closes_the_provisional_session(station, token):
    factories.port(station, 3, status="Charging")
    pk = meter(station, energy(0, 1000), energy(20, 3000), port=3)

    begun = start(station, 60, port=3, meter=3000)

    orphan = session(pk)
    assert begun.pk != pk
    assert (orphan.state, orphan.ended_at, orphan.energy_wh) == (SessionState.ORPHAN, at(20), 2000)


def test_sessions_of_many_stations_in_one_call_do_not_mix(network, token):
    stations = [factories.station(network) for _ in range(3)]

    begun = start_sessions([start_request(one, tag=f"T{place}") for place, one in enumerate(stations)])
    ended = stop_sessions(
        [stop_request(one, begun[place].session_id, meter=2000 + place) for place, one in enumerate(stations)]
    )

    assert [session(outcome.session_id).station for outcome in ended] == stations
    assert [session(outcome.session_id).energy_wh for outcome in ended] == [1000, 1001, 1002]


def test_live_figures_start_empty(station, token):
    begun = start(station)
    meter(station, reading(0, sample(0, "Power.Active.Import", context="Transaction.Begin")), transaction_id=begun.pk)

    begun = session(begun.pk)
    assert (begun.power_w, begun.soc_percent, begun.last_value_at, begun.energy_wh) == (None, None, None, 0)


def test_hostile_numbers_and_texts_cost_no_session(station):
    begun = start(station, tag="\x00" + "x" * 400, meter=10**30, reservation_id=10**30)
    meter(station, energy(5, "1e40"), energy(6, "NaN"), reading(7, sample("\x00", "\x00")), transaction_id=begun.pk)
    ended = stop(station, begun.pk, tag="\x00", meter=-(10**30), reason="r" * 300)

    assert (len(begun.id_tag), begun.meter_start_wh, ended.state, ended.energy_wh) == (255, None, "ended", 0)
    assert report(station).first_at == at(0)
