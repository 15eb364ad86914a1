"""Who was let to charge and did not begin: told from the activations, counted as cancelled."""

from datetime import timedelta

import pytest
from django.utils import timezone

from charging.choices import AttemptOccasion, AuthorizationStatus, Fault, Refusal, StartMethod
from charging.error_rates import Place, ranking, rate_of, rates_by_day
from charging.models import Activation, FaultDay, FaultRules, NotBegunDay, SessionDay
from charging.services import judge_attempts
from charging.services.activations import Attempt, write_attempts
from tests import factories

NOW = timezone.now()
SHOWN_AT = NOW - timedelta(minutes=30)


def attempt(station, minutes=0.0, tag="CARD1", **fields):
    values = {"occasion": AttemptOccasion.READER, "method": StartMethod.TOKEN, "port_number": None} | fields
    at = SHOWN_AT + timedelta(minutes=minutes)
    write_attempts(
        [Attempt(received_at=at, organisation_id=station.organisation_id, station_id=station.pk, id_tag=tag, **values)]
    )


def begin(station, minutes=1.0, tag="CARD1", **fields):
    at = SHOWN_AT + timedelta(minutes=minutes)
    return factories.session(station, **({"id_tag": tag, "started_at": at, "ended_at": NOW} | fields))


def judged():
    judge_attempts(NOW)
    return list(Activation.objects.order_by("received_at").values_list("followed", flat=True))


def test_a_card_that_nobody_plugged_in_for_is_counted_once(station):
    attempt(station)
    assert judged() == [False]
    day = NotBegunDay.objects.get()
    assert (day.station, day.port_number, day.attempts) == (station, 0, 1)
    assert judge_attempts(NOW) == 0
    total = rate_of(rates_by_day(Place(station=station), day.day, day.day))
    assert (total.ended, total.sessions, total.by_fault) == (1, 0, {Fault.CANCELLED: 1})
    assert (total.percent, total.percent_without_cancelled) == (100, None)


def test_at_the_only_port_of_a_station_it_is_that_ports(network):
    attempt(factories.station(network))
    judged()
    assert NotBegunDay.objects.get().port_number == 1


@pytest.mark.parametrize(
    "session",
    [
        {},
        {"tag": "card1"},
        {"minutes": -20, "tag": "CARD1"},
        {"minutes": -20, "tag": "OTHER", "stop_id_tag": "CARD1"},
        {"minutes": 2.9, "ended_at": None, "state": "running"},
    ],
)
def test_a_session_of_the_card_that_begins_or_runs_follows(station, session):
    attempt(station)
    begin(station, **session)
    assert judged() == [True]
    assert not NotBegunDay.objects.exists()


@pytest.mark.parametrize(
    "session", [{"tag": "OTHER"}, {"minutes": 3.1}, {"minutes": -20, "ended_at": SHOWN_AT - timedelta(minutes=2)}]
)
def test_another_session_does_not(station, session):
    attempt(station)
    begin(station, **session)
    assert judged() == [False]


def test_a_card_of_the_same_group_was_shown_to_stop(station, network):
    group = factories.token_group(network)
    mine, other = factories.token(network, "CARD1", group=group), factories.token(network, "CARD2", group=group)
    attempt(station, token_id=mine.pk)
    begin(station, -10, tag="CARD2", token=other)
    assert judged() == [True]


def test_of_a_card_shown_twice_the_last_time_decides(station):
    attempt(station)
    attempt(station, 1)
    assert judged() == [True, False]


def test_the_chargers_own_time_for_plugging_in_counts(station):
    factories.setting(station, "ConnectionTimeOut", "1200")
    attempt(station)
    begin(station, 15)
    assert judged() == [True]
    attempt(station, 15)
    assert judged() == [True, None], "there is time to plug in still"


def test_failed_authorisations_and_starts_of_sessions_are_left_alone(station):
    attempt(station, outcome=AuthorizationStatus.INVALID, reason=Refusal.UNKNOWN)
    attempt(station, 1, tag="CARD2", occasion=AttemptOccasion.START, port_number=1)
    assert judged() == [None, None]


def test_a_start_from_the_portal_has_longer_and_is_known_by_its_kind(station):
    portal = {"occasion": AttemptOccasion.PORTAL, "method": StartMethod.GOODWILL, "port_number": 2}
    attempt(station, tag="Ida Horn", **portal)
    attempt(station, 8, tag="Udo Horn", **portal | {"port_number": 1})
    attempt(station, 20, tag="Eva Horn", **portal)
    begin(station, 10, tag="G1234", method="goodwill", port_number=2)
    assert judged() == [True, False, None]
    assert NotBegunDay.objects.get().port_number == 1


def test_they_stand_in_the_ranking_beside_its_rate(station, network):
    lost = begin(station, state="superseded", fault=Fault.NO_RECORD)
    attempt(station, 5, tag="CARD9", occasion=AttemptOccasion.PORTAL, port_number=1)
    judged()
    from_day = NotBegunDay.objects.get().day
    rollups(station, lost, from_day)
    (line,) = ranking(network, Place(), from_day, from_day, "ports")
    assert (line.ended, line.faulty, line.cancelled) == (1, 1, 1)
    assert (line.percent, line.percent_with_cancelled) == (100, 100)


def rollups(station, session, day):
    where = {"organisation": station.organisation, "station": station, "port_number": session.port_number, "day": day}
    SessionDay.objects.create(**where, sessions=1)
    FaultDay.objects.create(**where, fault=Fault.NO_RECORD, sessions=1)


def test_who_counts_no_cancelled_ones_counts_none_of_these(station, network):
    FaultRules.objects.create(organisation=network, left_out=[Fault.CANCELLED])
    attempt(station)
    assert judged() == [False]
    day = NotBegunDay.objects.get().day
    assert rate_of(rates_by_day(Place(), day, day)).ended == 0
    FaultRules.objects.update(left_out=[])
    assert rate_of(rates_by_day(Place(), day, day)).ended == 1


def test_many_take_as_many_queries_as_few(station, django_assert_num_queries):
    for number in range(30):
        attempt(station, tag=f"CARD{number}")
    with django_assert_num_queries(3):  # the statement and its savepoint
        assert judge_attempts(NOW) == 30
