"""What webhooks are told of stations."""

from datetime import UTC, datetime, timedelta

from stations import services
from tests import factories

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)


def test_connections_are_told_once_each_to_who_listens():
    station, unheard = factories.station(online=False), factories.station(online=False)
    factories.webhook(station.organisation, "station.connected", "station.disconnected")
    services.set_online([station.pk, unheard.pk], NOON)
    services.set_online([station.pk], NOON + timedelta(minutes=1))
    services.set_offline([station.pk], NOON + timedelta(minutes=2))
    [connected] = factories.told("station.connected")
    [disconnected] = factories.told("station.disconnected")
    assert connected["data"]["station"] == {"identity": station.identity, "name": station.name}
    assert connected["timestamp"] == "2026-05-04T12:00:00Z"
    assert disconnected["timestamp"] == "2026-05-04T12:02:00Z"


def test_a_lost_station_is_told_when_it_stays_away_with_the_time_of_the_loss():
    station = factories.station(online=True)
    factories.webhook(station.organisation, "station.disconnected")
    services.note_lost([station.pk], NOON)
    assert not factories.told("station.disconnected")
    services.give_up_lost(NOON + timedelta(minutes=5))
    [told] = factories.told("station.disconnected")
    assert told["timestamp"] == "2026-05-04T12:00:00Z"
