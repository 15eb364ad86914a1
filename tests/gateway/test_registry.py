"""The connection registry: storms in few queries, dead nodes, sockets that nobody told of."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from django_scopes import scopes_disabled

from chargeports.choices import CommandKind, CommandState
from chargeports.models import Command
from ocpp_gateway import handshake, registry, tasks
from ocpp_gateway.admission import Admission, Admitted, Denied
from ocpp_gateway.closing import OurClose, closing
from ocpp_gateway.models import Connection, GatewayNode
from ocpp_gateway.registry import Ended, NodeName, Opening
from ocpp_gateway.rounds import rounds
from stations.models import StationState
from tests import factories

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _across(db):
    with scopes_disabled():
        yield


@pytest.fixture
def node():
    return NodeName(uuid4(), "channel", "host")


def knock(identity, at=NOW):
    scope = {
        "type": "websocket",
        "headers": [],
        "path": f"/ocpp/{identity}",
        "subprotocols": ["ocpp1.6"],
        "client": None,
    }
    return handshake.read(scope, at)


def opened(node, *stations, at=NOW):
    openings = [Opening(one.pk, one.organisation_id, "10.0.0.1", "ocpp1.6", 0, at) for one in stations]
    return registry.open_connections(node, openings, at)


def ended(connection_id, at=NOW, **fields):
    values = {"closing": closing(None, 1006), "server_code": 1006, "reason": "", "last_message_at": at}
    return Ended(connection_id, **{**values, "at": at, "messages_in": 3, "messages_out": 2, **fields})


def offline(number=1):
    return [factories.station(ports=0, online=False) for _ in range(number)]


def test_T41_a_storm_of_200_needs_as_few_queries_as_one_handshake(node, django_assert_max_num_queries):
    one, many = offline(1), offline(200)
    admission = Admission(node)
    with django_assert_max_num_queries(14):
        admission.admit([knock(station.identity) for station in one], NOW)
    with django_assert_max_num_queries(14):
        verdicts = admission.admit([knock(station.identity) for station in many], NOW)
    assert all(isinstance(verdict, Admitted) for verdict in verdicts)
    assert StationState.objects.filter(online=True).count() == 201


def test_T41_a_storm_of_reconnects_replaces_what_was_open_in_few_queries(node, django_assert_max_num_queries):
    many = offline(200)
    admission = Admission(node)
    first = admission.admit([knock(station.identity) for station in many], NOW)
    with django_assert_max_num_queries(20):
        second = admission.admit([knock(station.identity) for station in many], NOW)
        opened = registry.open_connections(node, [verdict.opening for verdict in second], NOW)
    assert [row.replaced.connection_id for row in opened] == [verdict.connection_id for verdict in first]


def test_T41_a_storm_of_strangers_is_refused_in_few_queries(node, django_assert_max_num_queries):
    admission = Admission(node)
    with django_assert_max_num_queries(14):
        verdicts = admission.admit([knock(f"NEW-{number}") for number in range(50)], NOW)
    assert all(isinstance(verdict, Denied) for verdict in verdicts)


def test_T31_Q12_of_two_handshakes_of_one_station_in_one_batch_the_later_waits(node):
    (station,) = offline()
    first, second = Admission(node).admit([knock(station.identity), knock(station.identity.lower())], NOW)
    assert (Connection.objects.get(closed_at=None).pk, second.connection_id) == (first.connection_id, None)
    (claimed,) = registry.open_connections(node, [second.opening], NOW)
    assert claimed.replaced.connection_id == first.connection_id
    assert Connection.objects.get(closed_at=None).pk == claimed.connection_id


def test_rounds_keep_the_order_of_each_key():
    assert rounds("abacab", key=lambda letter: letter) == [[0, 1, 3], [2, 5], [4]]


def test_an_end_is_written_and_the_station_is_offline(node):
    (station,) = offline()
    (row,) = opened(node, station)
    bye = {"closing": closing(None, 1000), "server_code": 1000, "reason": "bye"}
    registry.close_connections([ended(row.connection_id, **bye)])
    found = Connection.objects.get()
    assert (found.code, found.side, found.server_code, found.reason) == ("1000", "station", 1000, "bye")
    assert (found.messages_in, found.messages_out) == (3, 2)
    assert not StationState.objects.get().online


def test_Q14_who_drops_and_comes_back_soon_was_never_offline(node, settings):
    settings.GATEWAY_OFFLINE_GRACE_S = 60
    returns, stays_away = offline(2)
    registry.close_connections([ended(row.connection_id) for row in opened(node, returns, stays_away)])
    assert StationState.objects.filter(online=True).count() == 2
    opened(node, returns, at=NOW + timedelta(seconds=50))
    registry.give_up_dropped(NOW + timedelta(seconds=59))
    assert StationState.objects.filter(online=True).count() == 2
    registry.give_up_dropped(NOW + timedelta(seconds=61))
    assert StationState.objects.get(online=True).station_id == returns.pk
    assert StationState.objects.get(online=False).online_changed_at == NOW
    registry.give_up_dropped(NOW + timedelta(hours=1))
    assert StationState.objects.get(online=True).station_id == returns.pk


@pytest.mark.parametrize(
    "reading", [closing(None, 1000), closing(OurClose.SILENT, 1001), closing(OurClose.CRASHED, 1011)]
)
def test_Q14_other_ends_are_believed_at_once(node, reading):
    (station,) = offline()
    (row,) = opened(node, station)
    registry.close_connections([ended(row.connection_id, closing=reading)])
    assert not StationState.objects.get().online


def test_T30_the_late_end_of_a_replaced_connection_changes_neither_its_reason_nor_the_station(node):
    (station,) = offline()
    (older,) = opened(node, station)
    opened(node, station)
    registry.close_connections([ended(older.connection_id)])
    assert Connection.objects.get(pk=older.connection_id).reason == str(closing(OurClose.REPLACED, None).title)
    assert Connection.objects.get(pk=older.connection_id).messages_in == 3
    assert StationState.objects.get().online


def test_a_node_whose_lease_ran_out_is_cleared_away_with_code_0001(node):
    stations = offline(2)
    opened(node, *stations)
    assert registry.reap(NOW + registry.LEASE) == 0
    assert registry.reap(NOW + registry.LEASE + timedelta(seconds=1)) == 1
    assert set(Connection.objects.values_list("code", "side")) == {("0001", "broker")}
    assert not StationState.objects.filter(online=True).exists()
    assert not GatewayNode.objects.exists()


def test_a_dead_nodes_unsent_commands_wait_again_and_sent_ones_do_not(node):
    (station,) = offline()
    (row,) = opened(node, station)
    unsent, sent = (command(station, row.connection_id, message_id) for message_id in ("", "m1"))
    registry.reap(NOW + timedelta(hours=1))
    assert Command.objects.get(pk=unsent.pk).state == CommandState.QUEUED
    assert Command.objects.get(pk=sent.pk).state == CommandState.SENT


def command(station, connection_id, message_id, state=CommandState.SENT):
    return Command.objects.create(
        organisation=station.organisation,
        station=station,
        kind=CommandKind.CLEAR_CACHE,
        actor_kind="system",
        expires_at=NOW + timedelta(days=1),
        state=state,
        connection_id=connection_id,
        message_id=message_id,
    )


def test_the_periodic_task_clears_dead_nodes_away(node):
    opened(node, *offline(1))
    tasks.reap_nodes()
    assert not GatewayNode.objects.exists()


def test_a_lease_is_renewed_until_it_was_taken_away(node):
    registry.enrol(node, NOW)
    assert registry.renew(node, NOW + timedelta(seconds=20))
    assert registry.reap(NOW + timedelta(seconds=45)) == 0
    registry.dismiss([node.id], NOW)
    assert not registry.renew(node, NOW)


def test_sockets_that_the_registry_lost_are_named(node):
    known, other = offline(2)
    (row,) = opened(node, known)
    opened(NodeName(uuid4(), "c", "h"), other)
    assert registry.reconcile(node.id, {row.connection_id, 999}, NOW) == {999}


def test_connections_that_nobody_holds_are_closed_after_a_while(node):
    (station,) = offline()
    opened(node, station)
    registry.reconcile(node.id, set(), NOW + timedelta(seconds=10))
    assert Connection.objects.filter(closed_at=None).exists()
    registry.reconcile(node.id, set(), NOW + timedelta(minutes=2))
    assert Connection.objects.get().code == "1011"
    assert not StationState.objects.get().online


def test_stations_are_found_by_the_channel_of_their_node(node):
    here, nowhere = offline(2)
    opened(node, here)
    assert registry.by_channel([here.pk, nowhere.pk]) == {"channel": [here.pk]}


def test_connected_stations_with_waiting_commands_are_found(node):
    waiting, idle, gone = offline(3)
    opened(node, waiting, idle)
    for station in (waiting, gone):
        command(station, None, "", state=CommandState.QUEUED)
    assert registry.stations_with_queued_commands(node.id) == [waiting.pk]
