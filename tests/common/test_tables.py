import csv
import re
from dataclasses import replace
from datetime import date
from io import StringIO

import pytest
from asgiref.sync import async_to_sync
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.template.loader import render_to_string
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext
from django.utils import translation
from django.utils.formats import date_format
from django_filters import CharFilter
from django_scopes import scope, scopes_disabled

from common import tables
from common.filters import FilterSet
from common.tables import BulkAction, Column, Empty, Table, selected_rows
from stations.models import Station
from stations.rights import CHANGE_STATIONS, EXPORT_STATIONS, VIEW_STATIONS
from tests import factories
from tests.common.conftest import request_of

ROWS = 130
DAY = date(2026, 5, 1)


class Filters(FilterSet):
    city = CharFilter()


TABLE = Table(
    name="stations",
    label="Stations",
    columns=(
        Column("identity", "Id", sort="identity"),
        Column("name", "Name", sort="name"),
        Column("city", "City", value=lambda station: station.city.upper()),
        Column("latitude", "Latitude", sort="latitude"),
        Column("hidden", "Not in CSV", value="pk", exported=False),
    ),
    default_sort="identity",
    csv_right=EXPORT_STATIONS,
    empty=Empty("No station yet", action="Sign in", url_name="account_login", right=CHANGE_STATIONS),
    bulk_actions=(BulkAction("Leave", "account_logout", CHANGE_STATIONS, "logout"),),
)


@pytest.fixture
def stations(inside):
    Station.objects.bulk_create(
        Station(
            organisation=inside,
            identity=f"T{number:04}",
            name=f"<b>{number % 4}</b>",
            city="Graz" if number % 2 else "Linz",
            latitude="47.070700" if number % 3 else None,
        )
        for number in range(ROWS)
    )
    return Station.objects.all()


def bind(organisation, queryset, path="/list/", table=TABLE, **kwargs):
    request = request_of(organisation, path, **kwargs)
    filters = Filters(request.GET, queryset)
    return table.bind(request, filters.qs, filters)


def identities(table):
    return [row.object.identity for row in table.rows]


def draw(table):
    return render_to_string("table.html", {"table": table, "filters": table.filters}, table.request)


def body(response):
    async def collect():
        return b"".join([chunk async for chunk in response])

    return async_to_sync(collect)().decode()


def test_pages_lead_to_the_end_and_back_again(inside, stations):
    first = bind(inside, stations)
    second = bind(inside, stations, first.next_url)
    third = bind(inside, stations, second.next_url)
    assert (len(first.rows), len(second.rows), len(third.rows)) == (50, 50, 30)
    assert first.previous_url == third.next_url == ""
    assert identities(first) + identities(second) + identities(third) == [f"T{number:04}" for number in range(ROWS)]
    assert identities(bind(inside, stations, third.previous_url)) == identities(second)
    assert identities(bind(inside, stations, second.previous_url)) == identities(first)


def test_the_way_back_shows_a_full_first_page_when_rows_before_it_went_away(inside, stations):
    second = bind(inside, stations, bind(inside, stations).next_url)
    back = second.previous_url
    Station.objects.filter(identity__lt="T0010").delete()
    assert identities(bind(inside, stations, back)) == [f"T{number:04}" for number in range(10, 60)]


def test_addresses_keep_filter_and_sort(inside, stations):
    table = bind(inside, stations, "/list/?city=Graz&sort=-name")
    assert table.descending
    assert table.sort.key == "name"
    assert "city=Graz" in table.next_url
    assert "sort=-name" in table.next_url
    heading = next(heading for heading in table.headings if heading.column.key == "name")
    assert (heading.direction, heading.url) == ("descending", "/list/?city=Graz&sort=name")


@pytest.mark.parametrize(
    "query", ["sort=nonsense", "after=nonsense", "before=%00", "sort=city", "after=WyJhIiwgIjEiXQ&sort=latitude"]
)
def test_a_damaged_address_shows_the_first_page(inside, stations, query):
    table = bind(inside, stations, f"/list/?{query}")
    assert len(table.rows) == 50
    assert not table.previous_url


def test_a_page_takes_one_query_and_one_bounded_count(inside, stations):
    with CaptureQueriesContext(connection) as queries:
        draw(bind(inside, stations))
    assert len(queries) == 2
    assert f"LIMIT {tables.COUNT_LIMIT + 1}" in queries[1]["sql"]


def test_a_single_page_is_not_counted_by_a_query(inside, stations):
    with CaptureQueriesContext(connection) as queries:
        table = bind(inside, stations.filter(identity__lt="T0010"))
        assert table.count_text == "10"
    assert len(queries) == 1


def test_the_count_ends_at_its_limit(inside, stations, monkeypatch):
    monkeypatch.setattr(tables, "COUNT_LIMIT", 100)
    assert bind(inside, stations).count_text == "100+"


def test_cells_are_escaped_and_headings_say_how_they_are_sorted(inside, stations):
    html = draw(bind(inside, stations))
    assert "&lt;b&gt;0&lt;/b&gt;" in html
    assert "<b>0</b>" not in html
    assert re.search(r'<th[^>]*aria-sort="ascending"', html)
    assert html.count("aria-sort") == 1
    assert "130 entries" in html


def test_htmx_gets_the_table_alone_only_where_it_asked_for_it(inside, stations):
    assert bind(inside, stations).response() is None
    assert bind(inside, stations, target="sheet-tab").response() is None
    response = bind(inside, stations, target="table-stations").response()
    assert response.content.strip().startswith(b'<div id="table-stations"')
    assert "HX-Target" in response["Vary"]


def test_an_empty_table_offers_what_would_fill_it_to_those_who_may(inside):
    html = draw(bind(inside, Station.objects.all()))
    assert "No station yet" in html
    assert "/accounts/login/" in html
    assert "/accounts/login/" not in draw(bind(inside, Station.objects.all(), rights=[VIEW_STATIONS]))


def test_an_empty_filter_offers_to_remove_it(inside, stations):
    html = draw(bind(inside, stations, "/list/?city=Nowhere"))
    assert "Nothing matches this filter." in html
    assert "No station yet" not in html


def test_csv_holds_everything_that_the_filter_matches(inside, stations, monkeypatch):
    monkeypatch.setattr(tables, "CSV_BATCH", 7)
    response = bind(inside, stations, "/list/?city=Graz&sort=-identity&format=csv").response()
    lines = list(csv.reader(StringIO(body(response))))
    assert lines[0] == ["Id", "Name", "City", "Latitude"]
    assert [line[0] for line in lines[1:]] == [f"T{number:04}" for number in range(ROWS - 1, 0, -2)]
    assert lines[1] == ["T0129", "<b>1</b>", "GRAZ", ""]
    assert lines[2][3] == "47.070700"


def test_csv_for_spreadsheets_speaks_the_readers_language(inside, stations):
    with translation.override("de"):
        text = body(bind(inside, stations, "/list/?format=csv-local").response())
    assert text.startswith("\ufeffId;Name;City;Latitude")
    assert "T0001;<b>1</b>;GRAZ;47,070700" in text


def test_csv_is_made_in_the_scope_and_language_of_its_request(organisation):
    """The rows are read after the request's scope was closed."""
    scoped = Column("all", "All", value=lambda _: f"{Station.objects.count()} {date_format(DAY, 'F')}")
    with scope(organisation=organisation), translation.override("de"):
        factories.station(organisation)
        table = replace(TABLE, columns=(*TABLE.columns, scoped))
        response = bind(organisation, Station.objects.all(), "/list/?format=csv", table=table).response()
    with scopes_disabled():
        factories.station()
    assert body(response).rstrip().endswith(",1 Mai")


def test_csv_needs_its_right(inside, stations):
    table = bind(inside, stations, "/list/?format=csv", rights=[VIEW_STATIONS])
    assert table.csv_urls == []
    with pytest.raises(PermissionDenied):
        table.response()


def test_bulk_actions_carry_the_filter_and_need_their_right(inside, stations):
    html = draw(bind(inside, stations, "/list/?city=Graz"))
    assert 'formaction="/accounts/logout/?city=Graz"' in html
    assert 'name="selected"' in html
    assert "selected" not in draw(bind(inside, stations, rights=[VIEW_STATIONS]))


def test_selected_rows_are_the_ticked_ones_or_all(inside, stations):
    chosen = list(stations[:2])
    post = RequestFactory().post(
        "/", {"selected": [str(chosen[0].pk), "nonsense", "99999999999999999999", str(chosen[1].pk)]}
    )
    assert list(selected_rows(post, stations)) == chosen
    everything = RequestFactory().post("/", {"all": "1", "selected": [str(chosen[0].pk)]})
    assert selected_rows(everything, stations.filter(city="Graz")).count() == ROWS // 2
    assert not selected_rows(RequestFactory().post("/"), stations)
