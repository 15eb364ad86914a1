from datetime import UTC, datetime

import pytest

from charging.choices import SessionFlag, SessionState
from charging.models import ChargingSession, MeterValue
from charging.services import start_sessions, stop_sessions
from tests import factories
from tests.charging.cases import at, energy, meter, session, start, start_request, stop, stop_request

pytestmark = pytest.mark.django_db


def test_stop_ends_the_session_with_its_energy(station, token):
    begun = start(station, meter=1000)

    ended = stop(station, begun.pk, 90, meter=8500, tag="CARD1", reason="EVDisconnected")

    assert (ended.state, ended.energy_wh, ended.duration_s) == (SessionState.ENDED, 7500, 5400)
    assert (ended.stop_reason, ended.stop_id_tag, ended.meter_stop_wh) == ("EVDisconnected", "CARD1", 8500)
    assert (ended.ended_at, ended.stop_received_at, ended.power_w, ended.flags) == (at(90), at(90), 0, [])


def test_retransmitted_stop_changes_nothing_and_stores_no_value_twice(station, token):
    begun = start(station)
    data = [energy(30, 3000)]
    stop(station, begun.pk, readings=data)

    again = stop_sessions([stop_request(station, begun.pk, readings=data, received=80)] * 2)

    assert {outcome.session_id for outcome in again} == {begun.pk}
    assert session(begun.pk).stop_received_at == at(60)
    assert MeterValue.objects.count() == 1


def test_transaction_data_is_stored_with_the_session(station, token):
    begun = start(station, port=2)

    stop(station, begun.pk, readings=[energy(0, 1000, context="Transaction.Begin"), energy(60, 6000)])

    rows = MeterValue.objects.order_by("sampled_at")
    assert [(row.session_id, row.port_number, row.context) for row in rows] == [
        (begun.pk, 2, "Transaction.Begin"),
        (begun.pk, 2, "Sample.Periodic"),
    ]


@pytest.mark.parametrize("transaction_id", [-1, 0, -77])
def test_X08_X09_stop_without_our_id_ends_the_open_session_of_its_tag(station, token, transaction_id):
    begun = start(station)
    other = start(station, 5, port=2, tag="OTHER")

    ended = stop(station, transaction_id, tag="CARD1")

    assert (ended.pk, ended.state, ended.energy_wh) == (begun.pk, SessionState.ENDED, 5000)
    assert ended.flags == [SessionFlag.NO_TRANSACTION_ID]
    assert ended.charger_transaction_id == transaction_id
    assert session(other.pk).state == SessionState.RUNNING


def test_X08_retransmitted_stop_without_our_id_is_one_stop(station, token):
    begun = start(station)
    stop(station, -1, tag="CARD1")

    outcomes = stop_sessions([stop_request(station, -1, tag="CARD1", received=70)] * 2)

    assert {outcome.session_id for outcome in outcomes} == {begun.pk}
    assert ChargingSession.objects.count() == 1


def test_X08_offline_start_and_stop_with_minus_one_in_one_call_each(station, token):
    begun = start_sessions([start_request(station, 0), start_request(station, 100, meter=6000)])

    ended = stop_sessions([stop_request(station, -1, 160, tag="CARD1", meter=9000)])

    assert ended[0].session_id == begun[1].session_id
    assert session(begun[0].session_id).state == SessionState.SUPERSEDED


@pytest.mark.parametrize("later", [{"meter": 10_000}, {"minutes": 90}, {"tag": "OTHER"}])
def test_X08_a_session_that_cannot_be_meant_is_left_alone(station, token, later):
    running = start(station, **later)

    orphan = stop(station, -1, 60, tag="CARD1", meter=6000)

    assert session(running.pk).state == SessionState.RUNNING
    assert (orphan.state, orphan.charger_transaction_id) == (SessionState.ORPHAN, -1)


def test_X08_without_tag_two_open_sessions_are_too_many(station, network):
    start(station, port=1, tag="A")
    start(station, port=2, tag="B")

    assert stop(station, -1).state == SessionState.ORPHAN


def test_X09_orphans_are_stored_once(station):
    outcomes = stop_sessions([stop_request(station, 0), stop_request(station, 0, received=61)])
    again = stop_sessions([stop_request(station, 0, received=99)])

    assert {outcome.session_id for outcome in outcomes + again} == {outcomes[0].session_id}
    assert ChargingSession.objects.get().state == SessionState.ORPHAN


def test_X10_Q68_unknown_id_is_kept_for_reconciliation(station):
    orphan = stop(station, 987_654, tag="FREE", meter=7000)

    assert (orphan.state, orphan.charger_transaction_id, orphan.id_tag) == (SessionState.ORPHAN, 987_654, "FREE")
    assert (orphan.ended_at, orphan.meter_stop_wh, orphan.energy_wh) == (at(60), 7000, 0)


def test_X10_the_id_of_another_station_ends_nothing_there(station, token, network):
    elsewhere = start(factories.station(network), tag="OTHER")

    orphan = stop(station, elsewhere.pk, tag="CARD1")

    assert orphan.pk != elsewhere.pk
    assert session(elsewhere.pk).state == SessionState.RUNNING


@pytest.mark.parametrize("transaction_id", [2**31, 2**70, -(2**70)])
def test_X10_ids_beyond_any_number_are_stored_too(station, transaction_id):
    assert stop(station, transaction_id).state == SessionState.ORPHAN


def test_X12_orphan_takes_its_beginning_from_transaction_data(station):
    orphan = stop(
        station,
        4711,
        60,
        meter=9000,
        readings=[energy(0, 2000, context="Transaction.Begin"), energy(60, 9000, context="Transaction.End")],
    )

    assert (orphan.started_at, orphan.meter_start_wh, orphan.energy_wh) == (at(0), 2000, 7000)
    assert MeterValue.objects.filter(session_id=orphan.pk).count() == 2


def test_X14_Q69_stop_without_tag_has_no_verdict(station, token):
    begun = start(station)

    for tag in (None, ""):
        assert stop_sessions([stop_request(station, begun.pk, tag=tag)])[0].verdict is None


def test_X15_stop_by_a_foreign_tag_ends_it_and_is_flagged(station, token, network):
    factories.token(network, "STRANGER")
    begun = start(station)

    outcome = stop_sessions([stop_request(station, begun.pk, tag="STRANGER")])[0]

    assert outcome.verdict.status == "Accepted"
    ended = session(begun.pk)
    assert (ended.state, ended.flags) == (SessionState.ENDED, [SessionFlag.OTHER_TOKEN])


def test_X16_no_reason_means_local(station, token):
    assert stop(station, start(station).pk).stop_reason == "Local"


@pytest.mark.parametrize("meter_stop, energy_wh", [(999, 0), (995, 0), (-5, 0), (400, 0)])
def test_X17_Q63_meter_below_its_start_is_no_energy_and_flagged(station, token, meter_stop, energy_wh):
    ended = stop(station, start(station, meter=1000).pk, meter=meter_stop)

    assert (ended.energy_wh, ended.state) == (energy_wh, SessionState.ENDED)
    assert SessionFlag.NEGATIVE_ENERGY in ended.flags


def test_X17_far_below_the_readings_still_count(station, token):
    begun = start(station, meter=100_000)
    meter(station, energy(30, 104_000), transaction_id=begun.pk)

    ended = stop(station, begun.pk, meter=0)

    assert (ended.energy_wh, ended.flags) == (4000, [SessionFlag.NEGATIVE_ENERGY])


def test_X20_wrong_clock_at_the_end(station, token):
    begun = start(station)
    wrong = datetime(2038, 1, 19, tzinfo=UTC)

    ended = stop(station, begun.pk, 30, ended_at=wrong, clock_is_wrong=True)

    assert (ended.ended_at, ended.stop_received_at, ended.duration_s) == (wrong, at(30), 1800)
    assert ended.flags == [SessionFlag.CLOCK]


def test_X20_end_before_start_is_flagged(station, token):
    ended = stop(station, start(station).pk, -10, received=10, meter=1500)

    assert (ended.duration_s, ended.flags) == (0, [SessionFlag.NEGATIVE_DURATION])


def test_X22_power_loss(station, token):
    begun = start(station)

    assert stop(station, begun.pk, reason="PowerLoss").stop_reason == "PowerLoss"


def test_Q56_Q59_stop_with_0_among_two_ports_takes_the_tags_session(station, network):
    factories.token(network, "CARD1", concurrent_sessions=True)
    first, second = start(station, port=1, meter=1000), start(station, 10, port=2, meter=50_000)

    assert stop(station, 0, tag="CARD1", meter=52_000).pk == second.pk
    assert stop(station, 0, 61, tag="CARD1", meter=5000).pk == first.pk


def test_Q62_Q65_stop_after_the_session_was_superseded_finds_it_without_id(station, token):
    first = start(station)
    second = start(station, 90, tag="OTHER", meter=6000)

    late = stop(station, -1, 60, tag="CARD1", received=95)

    assert (late.pk, late.state) == (first.pk, SessionState.ENDED)
    assert set(late.flags) == {SessionFlag.NO_TRANSACTION_ID, SessionFlag.LATE_STOP}
    assert session(second.pk).state == SessionState.RUNNING


def test_Q66_unknown_id_with_the_tag_of_the_running_session_ends_it(station, token):
    begun = start(station)

    assert stop(station, 555_555, tag="CARD1").pk == begun.pk


def test_one_session_is_ended_once_by_id_and_by_tag_in_one_call(station, token):
    begun = start(station)

    outcomes = stop_sessions([stop_request(station, -1, tag="CARD1"), stop_request(station, begun.pk, 61, meter=9999)])

    assert [outcome.session_id for outcome in outcomes] == [begun.pk, begun.pk]
    assert session(begun.pk).energy_wh == 5000


def test_stop_of_an_unknown_transaction_ends_the_orphan_of_its_readings(station):
    pk = meter(station, energy(0, 1000), energy(30, 4000), transaction_id=4711)

    orphan = stop(station, 4711, 60, meter=6000, tag="FREE")

    assert (orphan.pk, orphan.energy_wh, orphan.port_number, orphan.id_tag) == (pk, 5000, 1, "FREE")
    assert orphan.state == SessionState.ORPHAN
    assert meter(station, energy(61, 6000), transaction_id=4711) == pk


def test_Q87_Q88_energy_beyond_the_ports_power_is_flagged(network, token):
    station = factories.station(network, ports=0)
    factories.port(station, 1, max_power_w=11_000)

    ended = stop(station, start(station, meter=0).pk, 60, meter=110_000)

    assert (ended.energy_wh, ended.flags) == (110_000, [SessionFlag.IMPLAUSIBLE_ENERGY])
