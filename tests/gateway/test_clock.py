"""What the messages of a connection tell of the charger's clock (Q36)."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone
from django_scopes import scopes_disabled

from ocpp_gateway import clock
from ocpp_gateway.clock import ClockWatch
from ocpp_gateway.messages import InboundCall, Peer
from stations.models import StationState
from stations.views.information import clock_of
from tests import factories
from tests.gateway.charger import Charger, eventually

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
PEER = Peer(connection_id=1, station_id=1, organisation_id=1, identity="A", zone=UTC)
HOUR = 3600


def heard(*messages: tuple[float, float]) -> list[float | None]:
    """What is told after each message: (seconds after noon at which it came, how far its time is ahead then)."""
    watch = ClockWatch()
    told = [watch.hear(status(NOON + timedelta(seconds=at), ahead_s)) for at, ahead_s in messages]
    return [None if ahead is None else ahead.total_seconds() for ahead in told]


def status(at: datetime, ahead_s: float) -> InboundCall:
    said = (at + timedelta(seconds=ahead_s)).isoformat()
    return InboundCall(PEER, "1", "StatusNotification", {"timestamp": said}, "", at)


@pytest.mark.parametrize("ahead_s", [2 * HOUR, -5 * HOUR, 1])
def test_Q36_messages_that_agree_tell_the_offset_once(ahead_s):
    assert heard((0, ahead_s), (60, ahead_s), (120, ahead_s), (180, ahead_s)) == [None, None, ahead_s, None]


def test_Q36_a_backlog_is_no_clock_that_is_behind():
    burst = [(second, -HOUR + 60 * second) for second in range(30)]
    assert heard(*burst) == [None] * 30
    assert heard(*burst, (100, -1), (160, -1), (220, -1))[-3:] == [None, None, -1]


def test_Q36_what_comes_late_does_not_move_the_offset():
    assert heard((0, HOUR), (60, HOUR), (120, HOUR), (180, -HOUR), (240, 0), (300, HOUR))[2:] == [
        HOUR,
        None,
        None,
        None,
    ]


def test_Q36_after_a_boot_the_clock_is_another():
    watch = ClockWatch()
    for second in (0, 60, 120):
        watch.hear(status(NOON + timedelta(seconds=second), HOUR))
    watch.forget()
    after = [watch.hear(status(NOON + timedelta(seconds=second), 0)) for second in (180, 240, 300)]
    assert after == [None, None, timedelta(0)]


def test_Q36_the_newest_time_of_meter_values_counts():
    watch = ClockWatch()
    for second in (0, 60, 120):
        at = NOON + timedelta(seconds=second)
        values = [{"timestamp": (at - timedelta(minutes=15 * past)).isoformat()} for past in (1, 0)]
        told = watch.hear(InboundCall(PEER, "1", "MeterValues", {"meterValue": values}, "", at))
    assert told == timedelta(0)
    assert watch.hear(InboundCall(PEER, "1", "Heartbeat", {}, "", NOON)) is None


def test_Q36_the_offset_of_a_station_is_kept_and_shown(server, monkeypatch):
    monkeypatch.setattr(clock, "APART", timedelta(0))
    with scopes_disabled():
        station = factories.station(online=False)
    with Charger(f"{server.ocpp_url}/{station.identity}") as charger:
        charger.boot()
        for number in range(3):
            at = f"{timezone.now() + timedelta(hours=2):%Y-%m-%dT%H:%M:%SZ}"
            said = {"connectorId": 1, "errorCode": "NoError", "status": "Available", "timestamp": at}
            charger.call("StatusNotification", {**said, "info": str(number)})
        state = eventually(lambda: StationState.objects.exclude(clock_ahead_s=None).first())
    assert abs(state.clock_ahead_s - 2 * HOUR) <= 30
    shown = clock_of(StationState(clock_ahead_s=2 * HOUR))
    assert (str(shown.words), shown.is_wrong) == ("2:00:00 h ahead of ours", True)
    assert not clock_of(StationState(clock_ahead_s=-3)).is_wrong
