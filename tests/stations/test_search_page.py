import pytest
from django.test import Client

from stations import services
from stations.models import SearchEntry
from tests import factories

HTMX = {"HX-Request": "true", "HX-Target": "search-results"}


@pytest.fixture
def page(client, owner, organisation) -> Client:
    for identity, name in (("BER-1", "City hall"), ("BER-10", "Depot"), ("HAM-1", "Berlin street")):
        station = factories.station(organisation, identity=identity, name=name)
        services.index_stations([station.pk])
        entry = {"organisation": organisation, "station": station, "port_number": 1, "kind": "evse_id"}
        SearchEntry.objects.create(text=f"DE*ABC*E{identity}*1", **entry)
    client.force_login(owner)
    return client


def test_hits_come_best_first_and_lead_to_the_sheet(page):
    text = page.get("/search/?q=ber-1", headers=HTMX).content.decode()
    assert "<html" not in text
    assert text.index("/stations/BER-1/") < text.index("/stations/BER-10/")
    assert text.count('role="option"') == 2


def test_a_port_leads_to_its_own_page(page):
    answer = page.get("/search/?q=DE*ABC*EHAM", headers=HTMX)
    assert 'href="/charge-ports/HAM-1/1/"' in answer.content.decode()


def test_without_javascript_there_is_a_page_of_results(page):
    text = page.get("/search/?q=ber").content.decode()
    assert "<html" in text
    assert "/stations/BER-1/" in text
    assert "/stations/HAM-1/" in text


def test_enter_before_the_hits_came_opens_the_best_one(page):
    assert page.get("/search/?q=ber-10&best=1")["Location"] == "/stations/BER-10/"
    assert "Nothing is called" in page.get("/search/?q=zzzz9&best=1").content.decode()


@pytest.mark.parametrize("query", ["", "?q=", "?q=%20", "?q=%00", "?q=%25_", "?q=" + "x" * 500, "?q='%22%3Cb%3E"])
def test_any_text_is_answered(page, query):
    answer = page.get("/search/" + query)
    assert answer.status_code == 200
    assert "<b>" not in answer.content.decode()


def test_others_are_not_found_and_the_right_is_needed(page, stranger, teammate):
    page.force_login(stranger)
    assert "/stations/BER-1/" not in page.get("/search/?q=ber-1").content.decode()
    page.force_login(teammate)
    assert page.get("/search/?q=ber-1").status_code == 403
    assert 'id="quick-search"' not in page.get("/accounts/profile/", follow=True).content.decode()


def test_a_search_while_typing_needs_few_queries(page, django_assert_max_num_queries):
    page.get("/search/?q=ber", headers=HTMX)
    with django_assert_max_num_queries(16):
        page.get("/search/?q=ber", headers=HTMX)
