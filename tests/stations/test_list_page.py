import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEntry
from accounts.services import create_token
from common.actor import SYSTEM
from stations import services
from stations.choices import LifeCycle
from stations.models import Station, StationGroup, StationReport, StationState
from stations.rights import EXPORT_STATIONS, VIEW_STATIONS
from tests import factories
from tests.accounts.conftest import streamed

URL = "/stations/"


@pytest.fixture
def page(client, owner) -> Client:
    client.force_login(owner)
    return client


@pytest.fixture
def fleet(organisation) -> list[Station]:
    made = [
        factories.station(organisation, identity="BER-1", name="Hall", city="Berlin", vendor="Alfen"),
        factories.station(organisation, identity="BER-2", name="Depot", city="Berlin", online=False),
        factories.station(organisation, identity="HAM-1", city="Hamburg", life_cycle=LifeCycle.PLANNED),
    ]
    StationReport.objects.create(
        station=made[1], vendor="Alfen BV", model="NG910", firmware_version="6.5", reported_at=timezone.now()
    )
    StationState.objects.filter(station=made[0]).update(status="Faulted")
    services.index_stations([station.pk for station in made])
    return made


def shown(answer) -> list[str]:
    return [row.object.identity for row in answer.context["table"].rows]


def test_everybody_sees_the_stations_of_the_own_organisation_only(page, fleet, stranger):
    factories.station(stranger.memberships.get().organisation, identity="VIE-1")
    assert shown(page.get(URL)) == ["BER-1", "BER-2", "HAM-1"]
    page.force_login(stranger)
    assert shown(page.get(URL)) == ["VIE-1"]


def test_without_the_right_the_list_is_forbidden(page, teammate):
    page.force_login(teammate)
    assert page.get(URL).status_code == 403


@pytest.mark.parametrize(
    "query, wanted",
    [
        ("q=ber-", ["BER-1", "BER-2"]),
        ("q=h", ["HAM-1", "BER-1"]),
        ("q=depot", ["BER-2"]),
        ("status=Faulted", ["BER-1"]),
        ("status=unknown", ["BER-2", "HAM-1"]),
        ("online=false", ["BER-2"]),
        ("life_cycle=planned", ["HAM-1"]),
        ("vendor=alfen", ["BER-1", "BER-2"]),
        ("model=ng9", ["BER-2"]),
        ("firmware_version=6.5", ["BER-2"]),
        ("city=ber", ["BER-1", "BER-2"]),
        ("protocol=ocpp1.6", ["BER-1", "BER-2", "HAM-1"]),
        ("status=Faulted&online=false", []),
    ],
)
def test_filters(page, fleet, query, wanted):
    assert sorted(shown(page.get(f"{URL}?{query}"))) == sorted(wanted)


def test_a_group_filters_and_each_station_stands_there_once(page, fleet, organisation):
    groups = [services.create_group(SYSTEM, organisation, name) for name in ("One", "Two")]
    for group in groups:
        services.add_to_group(SYSTEM, group, fleet[:2])
    query = "&".join(f"group={group.pk}" for group in groups)
    answer = page.get(f"{URL}?{query}")
    assert shown(answer) == ["BER-1", "BER-2"]
    assert b"One, Two" in answer.content


@pytest.mark.parametrize(
    "query", ["status=Broken", "online=perhaps", "group=x", "life_cycle=9", "sort=nothing", "after=x"]
)
def test_an_address_that_makes_no_sense_still_answers(page, fleet, query):
    assert page.get(f"{URL}?{query}").status_code == 200


@pytest.mark.parametrize("sort", ["identity", "name", "status", "online", "product", "city", "life_cycle"])
def test_every_sort_works_in_both_directions(page, fleet, sort):
    upwards, downwards = shown(page.get(f"{URL}?sort={sort}")), shown(page.get(f"{URL}?sort=-{sort}"))
    assert upwards == downwards[::-1]
    assert len(upwards) == 3


def test_an_empty_list_leads_to_what_fills_it(page):
    text = page.get(URL).content.decode()
    assert reverse("station-create") in text
    assert reverse("station-import") in text


def test_the_number_of_queries_does_not_grow_with_the_list(page, organisation):
    def queries() -> int:
        with CaptureQueriesContext(
            connection,
        ) as captured:
            assert page.get(URL).status_code == 200
        return len(captured)

    factories.station(organisation, identity="A-0")
    queries()
    few = queries()
    for number in range(1, 30):
        factories.station(organisation, identity=f"A-{number}")
    assert queries() == few <= 16


def make_many(organisation, count: int) -> None:
    stations = Station.objects.bulk_create(
        Station(
            organisation=organisation, identity=f"X-{n:05}", name=f"Name {n}", city=f"City {n % 50}", vendor=f"V{n % 7}"
        )
        for n in range(count)
    )
    StationState.objects.bulk_create(
        StationState(station=s, organisation=organisation, status=("Available", "Faulted")[n % 2], online=bool(n % 3))
        for n, s in enumerate(stations)
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE stations_station, stations_stationstate")


SORTS = ("identity", "-identity", "name", "city", "-city", "status", "-status", "online", "life_cycle")


def test_a_page_of_a_long_list_comes_from_an_index(page, organisation):
    make_many(organisation, 4000)
    for sort in SORTS:
        with CaptureQueriesContext(connection) as captured:
            answer = page.get(f"{URL}?sort={sort}")
            page.get(answer.context["table"].next_url)
        rows = [sql for query in captured if "LIMIT 51" in (sql := query["sql"])]
        assert len(rows) >= 2, sort
        for plan in map(plan_of, rows):
            assert "Seq Scan on stations_station " not in plan, (sort, plan)
            # Where no value can be missing, the rows without one are no rows, and nothing is sorted.
            assert "->  Sort" not in plan or "One-Time Filter: false" in plan, (sort, plan)


def plan_of(sql: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN " + sql)
        return "\n".join(line for (line,) in cursor.fetchall())


def test_csv_needs_the_right_and_holds_what_is_filtered(page, fleet, organisation):
    text = streamed(page.get(f"{URL}?format=csv&city=berlin")).decode()
    assert [line.split(",")[0] for line in text.splitlines()] == ["Station id", "BER-1", "BER-2"]
    assert "Alfen BV" in text
    page.force_login(factories.member(organisation, VIEW_STATIONS))
    assert page.get(f"{URL}?format=csv").status_code == 403


def test_a_program_reads_the_csv_with_its_token(client, fleet, organisation):
    codes = [VIEW_STATIONS.code, EXPORT_STATIONS.code]
    _token, secret = create_token(SYSTEM, organisation, "Reports", codes)
    answer = client.get(f"{URL}?format=csv", headers={"Authorization": f"Bearer {secret}"})
    assert streamed(answer).decode().count("\n") == 4


def test_selected_stations_are_put_into_a_group(page, fleet, organisation):
    group = services.create_group(SYSTEM, organisation, "North")
    chosen = {"selected": [fleet[0].pk, fleet[2].pk]}
    asked = page.post("/stations-groups/?city=ber", chosen)
    assert asked.status_code == 200
    assert [station.identity for station in asked.context["chosen"]] == ["BER-1"]
    answer = page.post("/stations-groups/", {**chosen, "confirmed": "1", "group": group.pk, "change": "add"})
    assert answer.status_code == 302
    assert set(group.stations.all()) == {fleet[0], fleet[2]}
    page.post("/stations-groups/", {"all": "1", "confirmed": "1", "group": group.pk, "change": "remove"})
    assert not group.stations.exists()


def test_a_bulk_form_keeps_the_selection_when_something_is_missing(page, fleet):
    answer = page.post("/stations-groups/", {"selected": [fleet[0].pk], "confirmed": "1", "change": "add"})
    assert answer.status_code == 422
    assert f'name="selected" value="{fleet[0].pk}"' in answer.content.decode()


def test_the_life_cycle_of_all_that_match_is_changed(page, fleet, organisation):
    form = {"all": "1", "confirmed": "1", "life_cycle": LifeCycle.OUT_OF_OPERATION}
    assert page.post("/stations-life-cycle/?city=berlin", form).status_code == 302
    states = {station.identity: station.life_cycle for station in Station.objects.filter(organisation=organisation)}
    assert states == {"BER-1": "out_of_operation", "BER-2": "out_of_operation", "HAM-1": "planned"}
    assert AuditEntry.objects.filter(action="stations.changed", actor_kind="user").count() == 2


def test_another_organisations_stations_cannot_be_selected(page, fleet, other_organisation):
    foreign = factories.station(other_organisation, identity="VIE-1")
    form = {"selected": [foreign.pk], "confirmed": "1", "life_cycle": LifeCycle.DECOMMISSIONED}
    assert page.post("/stations-life-cycle/", form).status_code == 302
    foreign.refresh_from_db()
    assert foreign.life_cycle == LifeCycle.IN_OPERATION


def test_bulk_changes_need_the_right_and_a_post(page, fleet, organisation):
    assert page.get("/stations-groups/").status_code == 405
    page.force_login(factories.member(organisation, VIEW_STATIONS))
    assert page.post("/stations-life-cycle/", {"selected": [fleet[0].pk]}).status_code == 403
    assert "stations-life-cycle" not in page.get(URL).content.decode()


def test_groups_belong_to_the_organisation(page, fleet, other_organisation):
    foreign = StationGroup.objects.create(organisation=other_organisation, name="Theirs")
    form = {"selected": [fleet[0].pk], "confirmed": "1", "group": foreign.pk, "change": "add"}
    assert page.post("/stations-groups/", form).status_code == 422
