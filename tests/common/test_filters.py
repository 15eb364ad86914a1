import re
from datetime import UTC, datetime

import pytest
from django import forms
from django.http import QueryDict
from django.template.loader import render_to_string
from django_filters import CharFilter

from common.filters import (
    FilterSet,
    ModelMultipleChoiceFilter,
    MultipleChoiceFilter,
    PeriodFilter,
    YesNoFilter,
    in_words,
)
from common.tables import Column, Table
from stations.choices import LifeCycle
from stations.models import Station, StationGroup
from tests import factories
from tests.common.conftest import request_of


class Filters(FilterSet):
    page = "stations"
    primary = ("name", "life_cycle")

    name = CharFilter(label="Name", lookup_expr="icontains")
    life_cycle = MultipleChoiceFilter(label="Life cycle", choices=LifeCycle.choices)
    groups = ModelMultipleChoiceFilter(label="Group", queryset=lambda _: StationGroup.objects.all())
    online = YesNoFilter(label="Online", field_name="state__online")
    created_at = PeriodFilter(label="Created")


TABLE = Table("stations", "Stations", (Column("identity", "Id", sort="identity"),), "identity")


@pytest.fixture
def stations(inside):
    """Two stations of a group: one in operation and online, one planned and not; and one more."""
    group = StationGroup.objects.create(organisation=inside, name="North & South")
    for name, life_cycle, online in (("Alpha", "in_operation", True), ("Beta", "planned", False)):
        factories.station(inside, name=name, life_cycle=life_cycle, online=online).groups.add(group)
    factories.station(inside, name="Gamma")
    Station.objects.filter(name="Gamma").update(created_at=datetime(2026, 3, 31, 23, 30, tzinfo=UTC))
    return group


def filters_of(query):
    return Filters(QueryDict(query), Station.objects.all())


def names(query):
    return sorted(filters_of(query).qs.values_list("name", flat=True))


def test_each_filter_filters(stations):
    assert names("") == ["Alpha", "Beta", "Gamma"]
    assert names("name=ALPH") == ["Alpha"]
    assert names("life_cycle=planned&life_cycle=decommissioned") == ["Beta"]
    assert names(f"groups={stations.pk}") == ["Alpha", "Beta"]
    assert names("online=true") == ["Alpha", "Gamma"]
    assert names("online=false") == ["Beta"]
    assert names("created_at_before=2026-04-01") == ["Gamma"]


def test_a_period_holds_whole_days_of_the_readers_zone(stations, settings):
    settings.TIME_ZONE = "Europe/Berlin"
    assert names("created_at_after=2026-04-01&created_at_before=2026-04-01") == ["Gamma"]
    assert names("created_at_before=2026-03-31") == []


def test_a_filter_that_makes_no_sense_shows_its_error_and_filters_nothing(stations):
    filters = filters_of("created_at_after=yesterday&name=Beta")
    assert [station.name for station in filters.qs] == ["Beta"]
    assert "created_at" in filters.errors
    assert [chip.label for chip in filters.chips] == ["Name"]


def test_chips_say_in_words_what_is_on(stations):
    query = f"life_cycle=planned&life_cycle=in_operation&groups={stations.pk}&online=true&created_at_after=2026-01-02"
    chips = {chip.label: chip.text for chip in filters_of(query).chips}
    assert chips == {
        "Life cycle": "Planned, In operation",
        "Group": "North & South",
        "Online": "Yes",
        "Created": "2026-01-02 – …",
    }


def test_a_ticked_box_is_a_word_in_its_chip():
    assert in_words(forms.BooleanField(), value=True) == "Yes"


def test_a_chip_leads_to_the_list_without_its_filter(stations):
    filters = filters_of("name=a&life_cycle=planned&created_at_after=2026-01-02&sort=-name&after=xyz&online=")
    without = {chip.label: chip.without for chip in filters.chips}
    assert without["Name"] == "life_cycle=planned&created_at_after=2026-01-02&sort=-name"
    assert without["Created"] == "name=a&life_cycle=planned&sort=-name"


def test_the_query_to_save_has_neither_page_nor_sort_nor_empty_values(stations):
    filters = filters_of("name=a&life_cycle=planned&life_cycle=in_operation&sort=-name&after=xyz&format=csv&online=")
    assert filters.query == "name=a&life_cycle=planned&life_cycle=in_operation"


def test_the_bar_shows_the_primary_filters_and_opens_the_others_when_one_is_on(stations, inside):
    html = draw(inside, "/list/?online=true&sort=-identity")
    assert html.index('name="name"') < html.index("More filters") < html.index('name="online"')
    assert '<details class="filters-more" open>' in html
    assert '<input type="hidden" name="sort" value="-identity" form="filters-stations">' in html
    assert '<details class="filters-more" >' in draw(inside, "/list/?name=a")


def test_a_period_labels_both_its_days(stations, inside):
    html = draw(inside, "/list/?created_at_after=2026-01-02")
    assert re.search(r'<span>From</span>\s*<input type="date" name="created_at_after" value="2026-01-02"', html)
    assert re.search(r'<span>To</span>\s*<input type="date" name="created_at_before"', html)


def test_the_chips_are_escaped(stations, inside):
    html = draw(inside, "/list/?name=%3Cb%3E")
    assert "<strong>&lt;b&gt;</strong>" in html
    assert "<b>" not in html


def draw(organisation, path):
    request = request_of(organisation, path)
    filters = Filters(request.GET, Station.objects.all())
    table = TABLE.bind(request, filters.qs, filters)
    context = {"table": table, "filters": filters}
    return render_to_string("filters.html", context, request) + render_to_string("table.html", context, request)
