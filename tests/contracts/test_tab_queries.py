"""No tab of any sheet asks the database more than twelve times, the frame around it and who is signed in included."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from common.sheets import SHEETS, tabs_of
from tests.contracts.addresses import MEMBERS
from tests.contracts.world import SHEETS as SHEET_NAMES
from tests.contracts.world import make_world

MOST_QUERIES = 12


@pytest.mark.parametrize("sheet", SHEETS)
def test_tabs_take_few_queries(sheet, client, organisation, owner):
    world = make_world(organisation, owner)
    client.force_login(owner)
    tabs = {one.slug: one.url(world) for one in MEMBERS if SHEET_NAMES.get(one.name) == sheet and not one.action}
    assert set(tabs) == {tab.slug for tab in tabs_of(sheet)}
    client.get(next(iter(tabs.values())))
    asked = {slug: queries_of(client, url) for slug, url in tabs.items()}
    assert {slug: queries for slug, queries in asked.items() if len(queries) > MOST_QUERIES} == {}


def queries_of(client, url: str) -> list[str]:
    with CaptureQueriesContext(connection) as queries:
        assert client.get(url).status_code == 200
    return [query["sql"][:300] for query in queries]
