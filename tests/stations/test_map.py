import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django_scopes import scope, scopes_disabled

from common.geo import WORLD, Box, distance_m, parse_box
from stations import fleet_map
from stations.choices import LifeCycle
from stations.fleet_map import clusters_of, counted_clusters
from stations.models import MapCount, Station, StationState
from stations.rights import VIEW_STATIONS
from stations.selectors import fleet_on_map
from stations.services import fold_map_counts
from tests import factories

BERLIN = {"latitude": "52.520000", "longitude": "13.405000"}
HAMBURG = {"latitude": "53.551100", "longitude": "9.993700"}


@pytest.fixture
def page(client, owner) -> Client:
    client.force_login(owner)
    return client


def ask(page: Client, **query) -> dict:
    return page.get("/map/points/", query).json()


def with_status(station: Station, status: str, *, online: bool = True) -> Station:
    StationState.objects.filter(station=station).update(status=status, online=online)
    return station


def test_far_away_neighbours_are_one_cluster_with_its_worst_status(page, organisation):
    with_status(factories.station(organisation, **BERLIN), "Available")
    with_status(factories.station(organisation, **BERLIN), "Charging")
    with_status(factories.station(organisation, identity="HH", **HAMBURG), "Faulted")
    found = ask(page, zoom="8")
    assert [(cluster["count"], cluster["id"]) for cluster in found["clusters"]] == [(2, ""), (1, "HH")]
    assert found["clusters"][0]["word"].startswith("2 stations: ")
    assert found["clusters"][1]["colour"] == "red"
    world = ask(page, zoom="0")["clusters"]
    assert [(cluster["count"], cluster["icon"]) for cluster in world] == [(3, "alert-triangle")]


def test_close_up_each_station_of_the_view_stands_for_itself(page, organisation):
    with_status(factories.station(organisation, identity="B-1", name="City hall", **BERLIN), "Available", online=False)
    factories.station(organisation, identity="HH", **HAMBURG)
    found = ask(page, zoom="12", bbox="13,52,14,53")
    assert found["clusters"] == []
    assert [(one["id"], one["name"], one["word"], one["icon"]) for one in found["points"]] == [
        ("B-1", "City hall", "Offline", "wifi-off")
    ]


@pytest.mark.parametrize(
    "query", [{"zoom": "5"}, {"zoom": "5", "city": "Berlin"}, {"zoom": "12", "bbox": "13,52,14,53"}]
)
def test_a_station_that_is_not_in_operation_yet_is_no_trouble(page, organisation, query):
    planned = factories.station(organisation, life_cycle="planned", city="Berlin", **BERLIN)
    with_status(planned, "Faulted", online=False)
    found = ask(page, **query)
    (drawn,) = found["clusters"] or found["points"]
    assert "Planned" in drawn["word"]
    assert (drawn["colour"], drawn["icon"]) == ("grey", "calendar-event")


def test_a_view_with_too_many_stations_is_clustered_at_any_zoom(page, organisation, monkeypatch):
    monkeypatch.setattr(fleet_map, "POINT_LIMIT", 1)
    for _ in range(2):
        factories.station(organisation, **BERLIN)
    assert [cluster["count"] for cluster in ask(page, zoom="15")["clusters"]] == [2]


def test_the_filters_of_the_list_hold_on_the_map_too(page, organisation):
    factories.station(organisation, identity="B-1", city="Berlin", **BERLIN)
    factories.station(organisation, identity="HH", city="Hamburg", **HAMBURG)
    assert [one["id"] for one in ask(page, zoom="0", city="Ham")["clusters"]] == ["HH"]
    with_status(Station.objects.get(identity="B-1"), "Faulted", online=False)
    assert [one["id"] for one in ask(page, zoom="0", online="false", status="Faulted")["clusters"]] == ["B-1"]


def test_a_view_beyond_the_edge_of_the_world_shows_both_sides(page, organisation):
    factories.station(organisation, identity="FIJI", latitude="-17", longitude="178")
    factories.station(organisation, identity="SAMOA", latitude="-14", longitude="-172")
    factories.station(organisation, **BERLIN)
    found = ask(page, zoom="10", bbox="170,-30,200,0")
    assert {one["id"] for one in found["points"]} == {"FIJI", "SAMOA"}


@pytest.mark.parametrize("box", ["1,2,3", "a,b,c,d", "0,50,10,40", "nan,0,1,1", "inf,0,1,1"])
def test_a_box_that_is_none_is_refused_in_words(page, box):
    answer = page.get("/map/points/", {"bbox": box})
    assert answer.status_code == 400
    assert "four numbers" in answer.json()["error"]


def test_others_stations_are_on_no_map_of_ours(page, organisation, other_organisation):
    factories.station(other_organisation, **BERLIN)
    assert ask(page, zoom="0") == {"clusters": [], "points": []}
    page.force_login(factories.member(organisation))
    assert page.get("/map/points/").status_code == 403


def test_what_has_not_changed_is_not_sent_again(page, organisation):
    station = factories.station(organisation, **BERLIN)
    first = page.get("/map/points/?zoom=3")
    tag = first["ETag"]
    assert "private" in first["Cache-Control"]
    assert page.get("/map/points/?zoom=3", headers={"If-None-Match": tag}).status_code == 304
    with_status(station, "Faulted")
    assert page.get("/map/points/?zoom=3", headers={"If-None-Match": tag}).status_code == 200


def test_the_number_of_queries_does_not_follow_the_number_of_stations(page, organisation, owner):
    counts = []
    ask(page, zoom="5")
    for more in (1, 20):
        for number in range(more):
            factories.station(organisation, latitude=str(40 + number / 2), longitude="10")
        with CaptureQueriesContext(
            connection,
        ) as queries:
            ask(page, zoom="5")
        counts.append(len(queries))
    assert counts[1] <= counts[0] <= 8


def test_the_map_opens_where_the_stations_stand(page, organisation):
    assert page.get("/map/").context["box"] == ""
    factories.station(organisation, **BERLIN)
    factories.station(organisation, latitude="52.7", longitude="13.2", life_cycle="planned")
    text = page.get("/map/?city=").content.decode()
    assert 'data-box="13.200000,52.520000,13.405000,52.700000"' in text
    assert "Search text" in text


def test_of_a_fleet_that_reaches_far_the_map_and_its_legend_read_the_counts_alone(page, organisation):
    with_status(factories.station(organisation, **BERLIN), "Charging")
    with_status(factories.station(organisation, **HAMBURG), "Faulted")
    with_status(factories.station(organisation), "Available")
    with CaptureQueriesContext(connection) as queries:
        answer = page.get("/map/?status=Faulted&status=Charging")
    west, south, east, north = map(float, answer.context["box"].split(","))
    assert 9.7 < west < 9.9937 < 13.405 < east < 13.7
    assert 52.3 < south < 52.52 < 53.5511 < north < 53.8
    tables = [
        table
        for table in ("stations_station", "stations_stationstate")
        for query in queries.captured_queries
        if f'FROM "{table}"' in query["sql"]
    ]
    assert tables == []
    with scope(organisation=organisation):
        assert {one.status.value: one.count for one in fleet_on_map(organisation).statuses} == {
            "Charging": 1,
            "Faulted": 1,
        }


def test_who_may_see_stations_may_see_the_map(page, organisation):
    page.force_login(factories.member(organisation, VIEW_STATIONS))
    assert page.get("/map/").status_code == 200


def test_boxes_are_turned_back_into_the_world():
    assert parse_box("170,-30,200,0") == Box(170, -30, -160, 0)
    assert parse_box("-400,-95,400,95") == Box(-180, -90, 180, 90)
    assert list(Box(170, 0, -160, 1).halves) == [(170, 180.0), (-180.0, -160)]


def test_distances_follow_the_earth():
    assert distance_m((52.52, 13.405), (53.5511, 9.9937)) == pytest.approx(255_200, rel=0.01)
    assert distance_m((10, 179.9), (10, -179.9)) == pytest.approx(21_900, rel=0.01)


def counted() -> dict[tuple[str, bool, str], tuple[int, int]]:
    """What the counts say of all cells together: how many stations, and the sum of their keys, by state."""
    found: dict[tuple[str, bool, str], tuple[int, int]] = {}
    for row in MapCount.objects.all():
        stations, keys = found.get((row.status, row.online, row.life_cycle), (0, 0))
        found[row.status, row.online, row.life_cycle] = (stations + row.stations, keys + row.station_ids)
    return {state: sums for state, sums in found.items() if sums != (0, 0)}


def truly() -> dict[tuple[str, bool, str], tuple[int, int]]:
    found: dict[tuple[str, bool, str], tuple[int, int]] = {}
    for station in Station.objects.exclude(latitude=None).select_related("state"):
        key = (station.state.status, station.state.online, station.life_cycle)
        stations, keys = found.get(key, (0, 0))
        found[key] = (stations + 1, keys + station.pk)
    return found


def test_the_counts_follow_every_change_however_it_is_written(organisation):
    with scopes_disabled():
        stations = [factories.station(organisation, **BERLIN) for _number in range(4)]
        with_status(stations[0], "Charging")
        with_status(stations[0], "Faulted", online=False)
        Station.objects.filter(pk=stations[1].pk).update(**HAMBURG)
        Station.objects.filter(pk=stations[2].pk).update(latitude=None, longitude=None)
        Station.objects.filter(pk=stations[1].pk).update(life_cycle="decommissioned")
        Station.objects.filter(pk=stations[3].pk).delete()
        assert counted() == truly()
        fold_map_counts()
        assert counted() == truly()
        assert MapCount.objects.count() == 2
        assert fold_map_counts() == 0
        Station.objects.filter(pk=stations[2].pk).update(latitude="-33.9", longitude="-70.6")
        assert counted() == truly()


def test_counts_and_stations_make_the_same_clusters(organisation):
    with scope(organisation=organisation):
        for number in range(12):
            places = {"latitude": str(-34 + 7.3 * number), "longitude": str(-170 + 31.7 * number)}
            station = factories.station(organisation, **places, life_cycle=LifeCycle.values[number % 4])
            with_status(station, "Available", online=number % 3 > 0)
        for zoom in (0, 3, 6, 9):
            from_stations = clusters_of(Station.objects.all(), zoom)
            from_counts = counted_clusters(MapCount.objects.all(), zoom)
            assert drawn(from_counts) == drawn(from_stations)


def drawn(clusters) -> list[tuple]:
    found = [(one.identity, dict(one.counts), round(one.latitude, 4), round(one.longitude, 4)) for one in clusters]
    return sorted(found, key=lambda one: (one[0], one[2], one[3]))


def test_where_a_large_box_is_asked_for_closely_the_grid_stays_as_coarse_as_a_screen():
    assert fleet_map.closest_zoom(WORLD) == fleet_map.CLUSTERED_ZOOM
    assert fleet_map.closest_zoom(Box(13.0, 52.0, 13.1, 52.1)) > 14
    assert fleet_map.closest_zoom(Box(13, 52, 13, 52)) == fleet_map.CLOSEST_ZOOM


@pytest.mark.parametrize(("query", "asked"), [({}, False), ({"status": "Faulted"}, False), ({"city": "Ham"}, True)])
def test_only_filters_that_the_counts_do_not_know_look_at_stations(page, organisation, query, asked):
    factories.station(organisation, city="Hamburg", **HAMBURG)
    factories.station(organisation, city="Hamburg", **HAMBURG)
    with CaptureQueriesContext(connection) as queries:
        ask(page, zoom="3", **query)
    assert any('FROM "stations_station"' in query["sql"] for query in queries.captured_queries) == asked
