"""Rules by which errors are escalated: which, when, to whom, once, not in maintenance, and the all-clear."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from chargeports.choices import Severity
from chargeports.models import EquipmentError, MaintenanceWindow, VendorErrorCode
from common.actor import SYSTEM
from stations.choices import LifeCycle
from stations.models import StationGroup
from tests import factories
from tickets import services
from tickets.choices import NoticeKind, Priority, TicketState
from tickets.models import Escalation, EscalationRule, Notice, Ticket, TicketEntry
from tickets.rights import VIEW_TICKETS

NOW = datetime.now(UTC).replace(microsecond=0)


@pytest.fixture
def station(organisation):
    return factories.station(organisation, identity="BER-1", ports=2, vendor="Ladefix")


@pytest.fixture
def anna(organisation):
    return factories.member(organisation, VIEW_TICKETS, email="anna@network.example")


def rule(organisation, **values) -> EscalationRule:
    return services.save_rule(
        SYSTEM, organisation, **{"name": "Rule", "after_minutes": 5, "addresses": ["duty@network.example"]} | values
    )


def error(of, code="GroundFailure", **values) -> EquipmentError:
    """One that began ten minutes ago, unless said otherwise."""
    return factories.error(of, code, **{"since": NOW - timedelta(minutes=10)} | values)


def end(error) -> None:
    EquipmentError.objects.filter(pk=error.pk).update(until=NOW)


def told(kind=NoticeKind.ESCALATED) -> list[str]:
    return sorted(Notice.objects.filter(kind=kind).values_list("address", flat=True))


def test_error_is_escalated_once_it_lasted_long_enough(organisation, station):
    rule(organisation, after_minutes=15)
    error(station, since=NOW - timedelta(minutes=10))
    assert services.escalate(NOW) == 0
    assert services.escalate(NOW + timedelta(minutes=5)) == 1
    assert services.escalate(NOW + timedelta(minutes=6)) == 0
    assert told() == ["duty@network.example"]


@pytest.mark.parametrize(
    "conditions, expected",
    [
        ({}, 1),
        ({"active": False}, 0),
        ({"error_codes": ["OtherError"]}, 1),
        ({"error_codes": ["GroundFailure"]}, 0),
        ({"error_codes": ["GroundFailure"], "vendor_codes": ["e42"]}, 1),
        ({"severities": ["warning"]}, 0),
        ({"severities": ["danger"]}, 1),
        ({"after_minutes": 60}, 0),
    ],
)
def test_every_condition_counts(organisation, station, conditions, expected):
    VendorErrorCode.objects.create(
        organisation=organisation, vendor="ladefix", code="E42", meaning="Fire", severity=Severity.DANGER
    )
    error(station, "OtherError", vendor_error_code="E42", severity=Severity.WARNING)
    rule(organisation, **conditions)
    assert services.escalate(NOW) == expected


def test_rule_may_be_for_some_stations_or_groups(organisation, station):
    group = StationGroup.objects.create(organisation=organisation, name="North")
    grouped, other = factories.station(organisation), factories.station(organisation)
    grouped.groups.add(group)
    for each in (station, grouped, other):
        error(each)
    rule(organisation, stations=[station], groups=[group])
    services.escalate(NOW)
    escalated = set(Escalation.objects.values_list("error__station", flat=True))
    assert escalated == {station.pk, grouped.pk}


def test_stations_out_of_operation_and_of_others_do_not_count(organisation, other_organisation):
    rule(organisation)
    error(factories.station(organisation, life_cycle=LifeCycle.OUT_OF_OPERATION))
    error(factories.station(other_organisation))
    assert services.escalate(NOW) == 0


def test_maintenance_window_holds_the_escalation_back_until_it_has_ended(organisation, station):
    rule(organisation)
    for number in (1, 2):
        error(station, port_number=number)
    MaintenanceWindow.objects.create(
        organisation=organisation,
        station=station,
        port_number=1,
        starts_at=NOW - timedelta(hours=1),
        ends_at=NOW + timedelta(hours=1),
        actor_kind="system",
    )
    services.escalate(NOW)
    assert Escalation.objects.get().error.port_number == 2
    assert services.escalate(NOW + timedelta(hours=1)) == 1


def test_person_named_by_two_rules_and_a_team_is_told_once(organisation, station, anna, teammate):
    team = services.create_team(SYSTEM, organisation, "Night", [anna, teammate])
    for _time in range(2):
        rule(organisation, people=[anna], teams=[team], addresses=[])
    error(station)
    assert services.escalate(NOW) == 2
    assert told() == [anna.email]


def test_ticket_is_opened_and_the_same_error_again_joins_it(organisation, station):
    rule(organisation, opens_ticket=True, ticket_priority=Priority.URGENT)
    first = error(station)
    services.escalate(NOW)
    ticket = Ticket.objects.get()
    assert (ticket.error, ticket.port_numbers, ticket.priority) == (first, [1], Priority.URGENT)
    end(first)
    services.clear_ended(NOW)
    second = error(station)
    services.escalate(NOW)
    assert Ticket.objects.get().error == second
    assert [next(iter(entry.changes)) for entry in TicketEntry.objects.order_by("pk")] == ["error_ended", "came_back"]
    services.change_ticket(SYSTEM, ticket, state=TicketState.CLOSED)
    end(EquipmentError.objects.get(until=None))
    error(station)
    services.escalate(NOW)
    assert Ticket.objects.count() == 2


def test_end_is_told_to_whoever_was_told_of_the_error(organisation, station, anna):
    rule(organisation, people=[anna])
    made = error(station)
    services.escalate(NOW)
    assert services.clear_ended(NOW) == 0
    end(made)
    assert services.clear_ended(NOW) == 1
    assert told(NoticeKind.ALL_CLEAR) == told() == [anna.email, "duty@network.example"]
    assert services.clear_ended(NOW) == 0


def test_queries_do_not_grow_with_errors_and_stations(organisation, django_assert_max_num_queries):
    rule(organisation, opens_ticket=True)

    def queries(count: int) -> int:
        for _each in range(count):
            error(factories.station(organisation))
        with CaptureQueriesContext(connection) as captured:
            assert services.escalate(NOW) == count
        return len(captured)

    queries(1)
    assert queries(2) == queries(20)
