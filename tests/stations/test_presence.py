from datetime import UTC, datetime, timedelta

import pytest

from stations import services
from stations.models import StationState
from tests import factories

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
LATER = NOON + timedelta(minutes=5)


def test_a_station_is_online_since_it_connected(topics):
    station = factories.station(online=False)
    services.set_online([station.pk], NOON)
    assert topics() == {f"station.{station.pk}", f"organisation.{station.organisation_id}"}
    services.set_online([station.pk], LATER)
    assert topics() == set()
    state = StationState.objects.get()
    assert (state.online, state.online_changed_at, state.last_seen_at) == (True, NOON, NOON)


def test_a_station_is_offline_since_it_was_lost():
    station = factories.station(online=True)
    services.touch({station.pk: LATER})
    services.set_offline([station.pk], NOON)
    state = StationState.objects.get()
    assert (state.online, state.online_changed_at, state.last_seen_at) == (False, NOON, LATER)


def test_Q14_a_lost_station_is_announced_only_when_it_stays_away(topics):
    returns, stays_away = factories.station(online=True), factories.station(online=True)
    services.note_lost([returns.pk, stays_away.pk], NOON)
    services.set_online([returns.pk], LATER)
    assert topics() == set()
    services.give_up_lost(NOON)
    services.give_up_lost(LATER)
    assert topics() == {f"station.{stays_away.pk}", f"organisation.{stays_away.organisation_id}"}
    away = StationState.objects.get(online=False)
    assert (away.station_id, away.online_changed_at, away.lost_at) == (stays_away.pk, NOON, None)


def test_H02_whatever_is_heard_moves_last_seen_and_never_back():
    first, second, silent = (factories.station() for _ in range(3))
    services.touch({first.pk: LATER, second.pk: NOON})
    services.touch({first.pk: NOON, second.pk: LATER})
    seen = dict(StationState.objects.values_list("station_id", "last_seen_at"))
    assert seen == {first.pk: LATER, second.pk: LATER, silent.pk: None}


def test_Q103_a_flood_of_the_same_status_writes_once(topics, django_assert_max_num_queries):
    station = factories.station()
    services.record_diagnostics_status([(station.pk, "Uploading", NOON)])
    assert topics() == {f"station.{station.pk}"}
    with django_assert_max_num_queries(1):
        services.record_diagnostics_status([(station.pk, "Uploading", LATER)] * 50)
    assert topics() == set()
    assert StationState.objects.get().diagnostics_status == "Uploading"


def test_the_last_word_on_a_firmware_update_stands():
    station = factories.station()
    services.record_firmware_status([(station.pk, "Downloading", NOON), (station.pk, "Installed", LATER)])
    assert StationState.objects.get().firmware_status == "Installed"


@pytest.mark.parametrize(
    "write",
    [
        lambda ids: services.set_offline(ids, NOON),
        lambda ids: services.set_online(ids, LATER),
        lambda ids: services.touch(dict.fromkeys(ids, LATER)),
        lambda ids: services.record_firmware_status([(station_id, "Installing", NOON) for station_id in ids]),
    ],
)
def test_many_stations_take_as_many_queries_as_one(write, django_assert_max_num_queries):
    of = factories.organisation()
    ids = [factories.station(of, ports=0).pk for _ in range(50)]
    with django_assert_max_num_queries(2):
        write(ids[:1])
    with django_assert_max_num_queries(2):
        write(ids)
