import pytest
from django.db import connection
from django_scopes import scope

from chargeports import services as chargeports
from common.actor import SYSTEM
from stations import services
from stations.choices import SearchKind
from stations.models import SearchEntry, Station
from stations.search import quick_search
from tests import factories


@pytest.fixture
def of(db):
    return factories.organisation()


def made(of, identity: str, **fields) -> Station:
    station = factories.station(of, ports=0, identity=identity, **({"name": ""} | fields))
    services.index_stations([station.pk])
    return station


def found(of, text: str, **options) -> list[str]:
    with scope(organisation=of):
        return [hit.station.identity for hit in quick_search(of, text, **options)]


def test_what_equals_comes_before_what_begins_before_what_holds_before_what_is_like(of):
    for identity in ("XX-CHARGER-001", "CHARGER-0012", "CHARGER-001", "CHARGER-010"):
        made(of, identity)
    assert found(of, "charger-001") == ["CHARGER-001", "CHARGER-0012", "XX-CHARGER-001", "CHARGER-010"]


def test_among_equals_the_kind_decides(of):
    made(of, "A1", street="MARKET")
    made(of, "A2", serial_number="MARKET")
    made(of, "A3", name="Market")
    made(of, "MARKET")
    assert found(of, "Market") == ["MARKET", "A3", "A2", "A1"]


def test_a_station_comes_once_with_its_best_entry_and_a_port_leads_to_the_port(of):
    station = made(of, "MARKET-1", name="Market", street="Market 1")
    chargeports.create_port(SYSTEM, station, {"number": 2, "evse_id": "DE*AB7*E840", "name": "Market left"})
    with scope(organisation=of):
        (hit,) = quick_search(of, "market")
        assert (hit.kind, hit.port_number, hit.text) == (SearchKind.NAME, None, "Market")
        for text in ("de*ab7*e840", "DEAB7E840", "E840"):
            (hit,) = quick_search(of, text)
            assert (hit.kind, hit.port_number) == (SearchKind.EVSE_ID, 2)
        (hit,) = quick_search(of, "market le")
        assert (hit.kind, hit.port_number) == (SearchKind.PORT_NAME, 2)


def test_words_are_found_in_any_order_and_letters_in_any_case(of):
    made(of, "A1", street="Große Straße 5", postal_code="50667", city="Köln")
    made(of, "A2", street="Große Straße 5", postal_code="10115", city="Berlin")
    assert found(of, "köln straße") == ["A1"]
    assert found(of, "5 köln") == ["A1"]


def test_a_slip_of_the_finger_still_finds(of):
    made(of, "A1", name="Hauptbahnhof")
    assert found(of, "Hauptbanhof") == ["A1"]


@pytest.mark.parametrize("text", ["", "  ", "%", "_", "\\", "a" * 5000, "'; --", "½", "\x01"])
def test_odd_texts_find_nothing_and_break_nothing(of, text):
    made(of, "XYZ")
    assert found(of, text) == []


def test_the_answer_is_bounded_and_each_organisation_finds_its_own(of):
    for number in range(15):
        made(of, f"CP-{number}")
    made(factories.organisation(), "CP-99")
    assert len(found(of, "cp")) == 10
    assert len(found(of, "cp", limit=3)) == 3
    assert "CP-99" not in found(of, "cp", limit=50)


@pytest.fixture
def crowded(of):
    """20,000 entries, of this organisation and another one."""
    other = factories.organisation()
    anchors = {organisation.pk: factories.station(organisation, ports=0) for organisation in (of, other)}
    SearchEntry.objects.bulk_create(
        SearchEntry(organisation_id=pk, station=station, kind=kind, text=text.format(number))
        for pk, station in anchors.items()
        for number in range(2500)
        for kind, text in (
            ("identity", "CP-{:05}"),
            ("name", "Market place {}"),
            ("serial", "SN{:08}"),
            ("address", "Street {}, 50667 Cologne"),
        )
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE stations_searchentry")
    return of


def test_every_step_reads_by_index_and_within_its_bound(crowded, django_assert_max_num_queries):
    for text in ("C", "CP-0123", "cologne", "street 77 cologne", "Markt plaze 5", "SN0000001", "zzzz"):
        with django_assert_max_num_queries(4) as queries:
            found(crowded, text)
        asked = [query["sql"] for query in queries if "searchentry" in query["sql"]]
        assert all("LIMIT 500" in sql for sql in asked), text
        plans = "\n".join(_plan(sql) for sql in asked)
        assert "Seq Scan on stations_searchentry" not in plans, f"{text}: {plans}"


def _plan(sql: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN " + sql)
        return "\n".join(row[0] for row in cursor.fetchall())
