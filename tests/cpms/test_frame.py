"""The frame around every page: the menu, what stands where a page cannot, and the policy that every answer carries."""

import pytest
from django.test import Client, RequestFactory
from django.urls import reverse
from django_scopes import scope

from common.rights import all_features, all_rights
from cpms import errors
from cpms.navigation import NAVIGATION, address_of, navigation
from stations.rights import VIEW_STATIONS
from tests import factories
from tests.common.conftest import access, request_of


def signed_in(person):
    client = Client()
    client.force_login(person)
    return client


@pytest.fixture
def viewer(organisation):
    """May see stations and nothing else."""
    with scope(organisation=organisation):
        return factories.member(organisation, VIEW_STATIONS)


def test_the_menu_names_each_page_once_and_shows_those_that_exist(organisation):
    names = [entry.url_name for section in NAVIGATION for entry in section.entries]
    assert len(names) == len(set(names))
    request = request_of(organisation)
    request.access = access(organisation, *all_rights(), features=all_features())
    shown = [link.entry.url_name for _, links in navigation(request, request.access) for link in links]
    assert shown == [name for name in names if address_of(name)]
    assert {"stations", "audit-log"} <= set(shown)


def test_the_menu_shows_only_what_the_caller_may_open(organisation):
    request = request_of(organisation, reverse("stations"), rights=[VIEW_STATIONS])
    shown = {link.entry.right for _, links in navigation(request, request.access) for link in links}
    assert shown == {VIEW_STATIONS}


def test_the_menu_marks_the_page_and_what_lies_below_it(organisation):
    request = request_of(organisation, reverse("station", args=["X"]))
    links = [link for _, links in navigation(request, request.access) for link in links]
    assert [link.entry.url_name for link in links if link.current] == ["stations"]


def test_an_empty_section_is_left_out(organisation):
    request = request_of(organisation, rights=[])
    assert navigation(request, request.access) == []


def test_a_page_has_its_frame(viewer):
    html = signed_in(viewer).get(reverse("stations")).content.decode()
    assert '<a class="skip-link" href="#main">' in html
    assert '<main id="main"' in html
    assert "data-live-state" in html
    assert reverse("audit-log") not in html


@pytest.mark.parametrize("theme, drawn", [("dark", "dark"), ("light", "light"), ("auto", "light")])
def test_the_persons_appearance_is_drawn_by_the_server(viewer, theme, drawn):
    type(viewer).objects.filter(pk=viewer.pk).update(theme=theme)
    html = signed_in(viewer).get(reverse("stations")).content.decode()
    assert f'data-theme="{theme}" data-bs-theme="{drawn}"' in html


def test_the_policy_allows_nothing_inline(client, db):
    policy = client.get(reverse("account_login"))["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "script-src 'self'" in policy
    assert "style-src 'self'" in policy


def test_who_is_not_signed_in_gets_no_menu_but_a_choice_of_languages(client, db):
    html = client.get(reverse("account_login")).content.decode()
    assert 'id="nav"' not in html
    assert "Deutsch" in html
    answer = client.post(reverse("set-language"), {"language": "de", "next": "/accounts/login/"})
    assert answer.status_code == 302
    assert '<html lang="de"' in client.get(reverse("account_login")).content.decode()


def test_a_page_that_does_not_exist_says_so(viewer):
    answer = signed_in(viewer).get("/no/such/page/")
    assert answer.status_code == 404
    assert "There is no such page" in answer.content.decode()


def test_a_page_without_the_right_says_who_can_help(viewer):
    answer = signed_in(viewer).get(reverse("users"))
    assert answer.status_code == 403
    assert "An administrator of your organisation" in answer.content.decode()


def test_a_form_without_its_token_says_what_to_do(viewer):
    client = Client(enforce_csrf_checks=True)
    client.force_login(viewer)
    answer = client.post(reverse("account_logout"))
    assert answer.status_code == 403
    assert "Open the page again" in answer.content.decode()


def test_a_bad_request_says_so(organisation):
    answer = errors.bad_request(request_of(organisation), ValueError())
    assert answer.status_code == 400
    assert "This request is not valid" in answer.content.decode()


def test_the_page_of_a_broken_server_asks_nothing_of_database_or_session():
    answer = errors.server_error(RequestFactory().get("/"))
    assert answer.status_code == 500
    assert "nothing of it was kept" in answer.content.decode()


def test_pages_and_fragments_of_one_address_are_told_apart_by_caches(viewer):
    answer = signed_in(viewer).get(reverse("stations"), headers={"HX-Request": "true", "HX-Target": "table-stations"})
    assert "HX-Target" in answer["Vary"]
    assert answer.content.strip().startswith(b'<div id="table-stations"')
