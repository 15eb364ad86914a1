"""StatusNotification row by row (S01–S13, Q75, Q76, Q84)."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from threading import Barrier, Thread

import pytest
from django.db import connection, transaction
from django_scopes import scopes_disabled

from chargeports import services
from chargeports.choices import PortSource, Severity
from chargeports.models import ChargePort, EquipmentError, PortState, StatusEvent
from chargeports.services import StatusReport
from stations.models import Station, StationState
from tests import factories

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)


def report(
    station: Station, number: int = 1, status: str = "Available", *, minute: float = 0, **fields
) -> StatusReport:
    at = NOON + timedelta(minutes=minute)
    values = {"error_code": "NoError", "vendor_error_code": "", "vendor_id": "", "info": "", "at": at} | fields
    return StatusReport(station.pk, station.organisation_id, number, status, received_at=at, **values)


def state(station: Station, number: int = 1) -> PortState:
    return PortState.objects.get(port__station=station, port__number=number)


def test_S01_each_connector_has_its_status_and_nothing_is_assumed_of_the_others():
    station = factories.station(ports=3)
    services.record_statuses([report(station, 0), report(station, 1, "Charging"), report(station, 3, "Available")])
    assert [state(station, number).status for number in (1, 2, 3)] == ["Charging", "", "Available"]


def test_S02_connector_0_is_the_station_itself_and_touches_no_port():
    station = factories.station(ports=1)
    services.record_statuses([report(station, 1, "Available"), report(station, 0, "Unavailable", minute=1)])
    summary = StationState.objects.get(station=station)
    assert (summary.own_status, summary.own_status_at) == ("Unavailable", NOON + timedelta(minutes=1))
    assert (summary.status, state(station).status) == ("Available", "Available")
    assert not ChargePort.objects.filter(number=0).exists()
    assert StatusEvent.objects.get(port_number=0).status == "Unavailable"


def test_S04_a_status_without_time_says_that_its_time_is_of_arrival():
    station = factories.station()
    services.record_statuses([report(station, at_is_derived=True)])
    event = StatusEvent.objects.get()
    assert (event.at_is_derived, event.at) == (True, NOON)


def test_S05_an_old_event_goes_into_the_history_only():
    station = factories.station()
    services.record_statuses([report(station, 1, "Charging", minute=10)])
    services.record_statuses([report(station, 1, "Faulted", minute=5, error_code="GroundFailure")])
    assert state(station).status == "Charging"
    assert state(station).status_at == NOON + timedelta(minutes=10)
    assert set(StatusEvent.objects.values_list("status", flat=True)) == {"Charging", "Faulted"}
    assert not EquipmentError.objects.exists()


def test_S05_of_two_events_at_one_time_the_later_arrival_stands():
    station = factories.station()
    services.record_statuses([report(station, 1, "Preparing"), report(station, 1, "Charging")])
    assert state(station).status == "Charging"


def test_S05_a_repeat_moves_the_time_on_so_that_what_was_queued_before_it_stays_history():
    station = factories.station()
    services.record_statuses([report(station, 1, "Charging"), report(station, 1, "Charging", minute=20)])
    services.record_statuses([report(station, 1, "Preparing", minute=10)])
    assert state(station).status == "Charging"


def test_S05_old_events_sent_twice_stand_in_the_history_once():
    station = factories.station()
    services.record_statuses([report(station, 1, "Charging", minute=10)])
    for _ in range(2):
        services.record_statuses([report(station, 1, "Preparing", minute=5)] * 2)
    assert StatusEvent.objects.filter(status="Preparing").count() == 1


@pytest.mark.parametrize("wrong", [datetime(1970, 1, 1, tzinfo=UTC), datetime(2026, 5, 4, 14, tzinfo=UTC)])
def test_a_clock_that_is_wrong_keeps_no_status_from_being_the_newest(wrong):
    station = factories.station()
    services.record_statuses([report(station, 1, "Charging")])
    services.record_statuses([report(station, 1, "Finishing", minute=1, at=wrong)])
    services.record_statuses([report(station, 1, "Available", minute=2)])
    assert state(station).status == "Available"
    event = StatusEvent.objects.get(status="Finishing")
    assert (event.at_is_derived, event.at) == (True, NOON + timedelta(minutes=1))


def test_S06_no_transition_is_illegal():
    station = factories.station()
    for minute, status in enumerate(["Preparing", "Finishing", "Available", "Charging", "Reserved", "SuspendedEV"]):
        services.record_statuses([report(station, 1, status, minute=minute)])
        assert state(station).status == status


def test_S07_a_fault_keeps_all_that_was_said_and_ends_with_no_error():
    station = factories.station()
    said = {"error_code": "GroundFailure", "vendor_error_code": "E12", "vendor_id": "Acme", "info": "wet"}
    services.record_statuses([report(station, 1, "Faulted", **said)])
    error = EquipmentError.objects.get()
    assert {name: getattr(error, name) for name in said} == said
    assert {name: getattr(state(station), name) for name in said} == said
    assert (error.severity, error.since, error.until) == (Severity.OUTAGE, NOON, None)
    services.record_statuses([report(station, 2, minute=1), report(station, 0, minute=1)])
    assert EquipmentError.objects.get().until is None, "another connector's NoError ends nothing"
    services.record_statuses([report(station, 1, minute=2)])
    assert EquipmentError.objects.get().until == NOON + timedelta(minutes=2)


def test_S07_an_error_that_is_told_again_continues_and_one_that_comes_back_opens_anew():
    station = factories.station()
    fault = report(station, 1, "Faulted", error_code="HighTemperature")
    later = replace(fault, info="71 °C", at=NOON + timedelta(minutes=1))
    services.record_statuses([fault, later])
    error = EquipmentError.objects.get()
    assert (error.occurrences, error.info, error.last_at) == (2, "71 °C", NOON + timedelta(minutes=1))
    services.record_statuses([report(station, minute=2), replace(fault, at=NOON + timedelta(minutes=3))])
    assert list(EquipmentError.objects.order_by("since").values_list("until", flat=True)) == [
        NOON + timedelta(minutes=2),
        None,
    ]


def test_S07_a_fault_of_the_station_itself_is_an_error_of_number_0():
    station = factories.station()
    services.record_statuses([report(station, 0, "Faulted", error_code="InternalError")])
    services.record_statuses([report(station, 0, "Faulted", error_code="InternalError", minute=1)])
    error = EquipmentError.objects.get()
    assert (error.port_number, error.occurrences) == (0, 1)
    services.record_statuses([report(station, 0, "Available", minute=2)])
    assert EquipmentError.objects.get().until == NOON + timedelta(minutes=2)


@pytest.mark.parametrize("number", [0, 1])
def test_S08_an_error_beside_a_status_that_is_not_faulted_is_a_warning(number):
    station = factories.station()
    services.record_statuses([report(station, number, "Finishing", error_code="OtherError")])
    assert EquipmentError.objects.get().severity == Severity.WARNING
    services.record_statuses([report(station, number, "Faulted", error_code="OtherError", minute=1)])
    assert EquipmentError.objects.get().severity == Severity.OUTAGE


def test_Q84_the_status_wins_and_the_error_is_shown():
    station = factories.station()
    services.record_statuses([report(station, 1, "Finishing", error_code="OtherError")])
    assert (state(station).status, state(station).error_code) == ("Finishing", "OtherError")
    assert StationState.objects.get(station=station).status == "Finishing"


@pytest.mark.parametrize("number", [0, 1])
@pytest.mark.parametrize(
    "status, error_code", [("Available", "NoError"), ("Finishing", "OtherError"), ("Faulted", "NoError")]
)
def test_S09_unchanged_repeats_write_nothing(number, status, error_code, django_assert_max_num_queries):
    station = factories.station()
    said = {"error_code": error_code, "info": "same"}
    services.record_statuses([report(station, number, status, **said)])
    before = _everything()
    with django_assert_max_num_queries(12) as queries:
        services.record_statuses([report(station, number, status, minute=second / 60, **said) for second in range(60)])
    assert _everything() == before
    assert not [query for query in queries if query["sql"].startswith(("INSERT", "UPDATE"))]


def _everything() -> list:
    tables = (PortState, StationState, StatusEvent, EquipmentError)
    return [list(table.objects.order_by("pk").values()) for table in tables]


def test_S11_a_suspended_port_is_neither_an_error_nor_the_end():
    station = factories.station()
    services.record_statuses([report(station, 1, "SuspendedEV", info="EV side disconnected")])
    assert (state(station).status, state(station).info) == ("SuspendedEV", "EV side disconnected")
    assert not EquipmentError.objects.exists()


def test_S12_a_lock_failure_is_an_outage():
    station = factories.station()
    services.record_statuses([report(station, 1, "Faulted", error_code="ConnectorLockFailure")])
    assert EquipmentError.objects.get().severity == Severity.OUTAGE


@pytest.mark.django_db(transaction=True)
def test_S13_many_stations_and_nodes_may_report_for_the_first_time_at_once():
    of = factories.organisation()
    stations = [factories.station(of, ports=0) for _ in range(6)]
    together, failures = Barrier(4), []

    def node(order: list[Station]) -> None:
        try:
            with scopes_disabled(), transaction.atomic():
                together.wait(timeout=60)
                services.record_statuses([report(one, number) for one in order for number in (0, 1, 2)])
        except Exception as error:
            failures.append(error)
        finally:
            connection.close()

    orders = [stations, stations[::-1], stations[3:] + stations[:3], stations]
    threads = [Thread(target=node, args=(order,)) for order in orders]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert ChargePort.objects.filter(source=PortSource.REPORTED).count() == 12
    assert set(PortState.objects.values_list("status", flat=True)) == {"Available"}
    assert StatusEvent.objects.count() == 18


def test_a_port_that_nobody_entered_is_made_and_known_as_reported():
    station = factories.station(ports=1)
    services.record_statuses([report(station, 2, "Charging")])
    port = ChargePort.objects.get(station=station, number=2)
    assert (port.source, port.organisation_id, port.state.status) == ("reported", station.organisation_id, "Charging")


@pytest.mark.parametrize("number", [-1, 100, 2**40])
def test_a_number_that_cannot_be_a_connector_changes_nothing(number):
    station = factories.station(ports=1)
    services.record_statuses([report(station, number), report(station, 1, "Charging")])
    assert ChargePort.objects.count() == 1
    assert state(station).status == "Charging"


def test_texts_that_are_too_long_or_hold_what_no_database_stores_are_fitted():
    station = factories.station()
    said = {"error_code": "E" * 90, "vendor_error_code": "v\x00" * 300, "info": "i" * 600, "vendor_id": "\x00"}
    services.record_statuses([report(station, 1, "SomethingQuiteNewAndLong", **said)])
    assert state(station).info == "i" * 255
    assert state(station).vendor_error_code == "v" * 255


@pytest.mark.parametrize(
    "statuses, summary",
    [
        (["Available", "Faulted"], "Faulted"),
        (["Charging", "Available"], "Charging"),
        (["Charging", "Unavailable"], "Unavailable"),
        (["Available", ""], "Available"),
    ],
)
def test_the_station_shows_the_worst_of_its_ports(statuses, summary):
    station = factories.station(ports=2)
    services.record_statuses([report(station, number, status) for number, status in enumerate(statuses, 1) if status])
    assert StationState.objects.get(station=station).status == summary


def test_since_is_when_the_status_began_whatever_was_said_about_it_afterwards():
    station = factories.station()
    services.record_statuses([report(station, 1, "Charging"), report(station, 1, "Charging", minute=5, info="90 %")])
    assert state(station).since == NOON
    assert state(station).info == "90 %"


def test_a_change_is_announced_and_a_repeat_is_not(topics):
    station = factories.station()
    services.record_statuses([report(station, 1, "Charging")])
    assert topics() == {f"station.{station.pk}", f"port.{station.pk}.1", f"organisation.{station.organisation_id}"}
    services.record_statuses([report(station, 1, "Charging", minute=0.5)])
    assert topics() == set()


def test_many_reports_take_as_many_queries_as_one(django_assert_max_num_queries, django_assert_num_queries):
    of = factories.organisation()
    stations = [factories.station(of, ports=1) for _ in range(100)]

    def batch(count: int, minute: int) -> list[StatusReport]:
        fault = {"error_code": "OtherError", "minute": minute}
        new = [report(one, minute, "Faulted", **fault) for one in stations[:count]]
        return new + [report(one, 1, "Faulted", **fault) for one in stations[:count]]

    with django_assert_max_num_queries(20) as queries:
        services.record_statuses(batch(1, 2))
    with django_assert_num_queries(len(queries)):
        services.record_statuses(batch(100, 3))
