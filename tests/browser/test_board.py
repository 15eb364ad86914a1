"""The board of tickets: a card is moved by dragging it, and by the keyboard alone."""

import pytest
from django_scopes import scope
from playwright.sync_api import Locator, Page, expect

from common.actor import SYSTEM
from tests import factories
from tests.browser.conftest import PHONE
from tickets import services
from tickets.choices import TicketState
from tickets.models import Ticket


@pytest.fixture
def ticket(portal, organisation) -> Ticket:
    with scope(organisation=organisation):
        station = factories.station(organisation, identity="BER-1")
        return services.open_ticket(SYSTEM, organisation, title="Cable torn", station=station)


def column(page: Page, state: TicketState) -> Locator:
    return page.locator(f'[data-board-state="{state.value}"]')


def stored(ticket: Ticket) -> str:
    return Ticket._base_manager.get(pk=ticket.pk).state


def test_a_card_is_dragged_into_another_column(visit, owner, ticket):
    page = visit(owner)
    page.goto("/tickets/board/?q=cable")
    card = column(page, TicketState.NEW).locator(".board-card")
    card.drag_to(column(page, TicketState.WAITING))
    expect(column(page, TicketState.WAITING)).to_contain_text("Cable torn")
    expect(column(page, TicketState.NEW)).not_to_contain_text("Cable torn")
    assert page.url.endswith("?q=cable"), "the filter stays"
    assert stored(ticket) == TicketState.WAITING


def test_a_card_is_moved_by_the_keyboard_on_a_phone_too(visit, owner, ticket):
    page = visit(owner, size=PHONE)
    page.goto("/tickets/board/")
    page.get_by_role("link", name="Cable torn").focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    choice = page.get_by_label(f"Move ticket {ticket.number} to")
    expect(choice).to_be_visible()
    page.keyboard.press("Tab")
    expect(choice).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(choice).to_have_value(TicketState.IN_PROGRESS.value)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(column(page, TicketState.IN_PROGRESS)).to_contain_text("Cable torn")
    assert stored(ticket) == TicketState.IN_PROGRESS
