"""What the browser adds to forms: they are sent once, and keep what was entered when the session has ended."""

import pytest
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django_scopes import scope
from playwright.sync_api import Page, expect

from stations.models import HistoryEntry, Station
from tests import factories
from tests.browser.conftest import session_of

TEXT = "The key is with the caretaker."


@pytest.fixture
def station(portal, organisation) -> Station:
    with scope(organisation=organisation):
        return factories.station(organisation, identity="BER-1")


def entries() -> int:
    return HistoryEntry._base_manager.filter(text=TEXT).count()


def in_dialog(page: Page) -> None:
    page.goto("/stations/BER-1/history/")
    page.get_by_role("link", name="New entry").click()
    expect(page.locator("#dialog")).to_have_attribute("open", "")
    page.get_by_role("dialog").get_by_label("Text").fill(TEXT)


def test_a_form_is_sent_once_however_often_its_button_is_pressed(visit, owner, station):
    page = visit(owner)
    page.goto("/station-history/BER-1/create/")
    page.get_by_label("Text").fill(TEXT)
    page.get_by_role("button", name="Write down").dblclick()
    expect(page.locator("main table")).to_contain_text(TEXT)
    assert entries() == 1
    in_dialog(page)
    page.get_by_role("button", name="Write down").dblclick()
    expect(page.get_by_text(TEXT)).to_have_count(2)
    assert entries() == 2


def test_a_dialog_gives_the_focus_back_to_the_menu_that_it_was_opened_from(visit, owner, station):
    page = visit(owner)
    page.goto("/stations/BER-1/information/")
    menu = page.locator("summary", has_text="Station management")
    menu.press("Enter")
    page.get_by_role("link", name="Clone").press("Enter")
    expect(page.get_by_role("dialog")).to_contain_text("Clone BER-1")
    page.keyboard.press("Escape")
    expect(menu).to_be_focused()


def test_a_dialog_keeps_what_was_entered_while_one_signs_in_again(visit, owner, station, portal, complaints):
    page = visit(owner)
    in_dialog(page)
    Session.objects.all().delete()
    cache.clear()
    page.get_by_role("button", name="Write down").click()
    expect(page.get_by_role("dialog")).to_contain_text("You are signed out")
    page.context.add_cookies([session_of(owner, portal.url)])
    page.get_by_role("button", name="Write down").click()
    expect(page.locator("main table")).to_contain_text(TEXT)
    assert entries() == 1
    assert {"401" in complaint for complaint in complaints} == {True}
    complaints.clear()
