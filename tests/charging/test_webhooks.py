"""What webhooks are told of charging sessions."""

from charging.choices import SessionState
from charging.services import close_abandoned
from common.actor import task_actor
from tests import factories
from tests.charging.cases import at, energy, meter, start, stop
from tests.charging.test_abandoned import port_is


def test_begin_and_end_are_told_once_each(network, station, token):
    factories.webhook(network, "session.started", "session.ended")
    begun = start(station)
    start(station)
    meter(station, energy(30, 4000))
    stop(station, begun.pk, meter=6000)
    stop(station, begun.pk, meter=6000)
    [started], [ended] = factories.told("session.started"), factories.told("session.ended")
    assert started["data"]["session"]["transaction_id"] == begun.pk
    assert started["data"]["session"]["id_tag"] == "CARD1"
    assert "ended_at" not in started["data"]["session"]
    told = ended["data"]["session"]
    assert (told["energy_wh"], told["meter_stop_wh"], told["corrected"]) == (5000, 6000, False)
    assert told["ended_at"] == ended["timestamp"] == "2026-03-10T13:00:00Z"


def test_a_late_stop_tells_the_corrected_end(network, station, token):
    factories.webhook(network, "session.ended")
    begun = start(station)
    port_is(station, "Available", 40)
    close_abandoned(task_actor("charging.close_abandoned"), at(60))
    stop(station, begun.pk, 45, meter=6000, received=90)
    first, second = (body["data"]["session"] for body in factories.told("session.ended"))
    assert (first["state"], first["corrected"]) == (SessionState.ENDED_WITHOUT_STOP, False)
    assert (second["state"], second["corrected"], second["energy_wh"]) == (SessionState.ENDED, True, 5000)
