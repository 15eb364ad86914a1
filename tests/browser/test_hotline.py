"""A hotline agent with a driver on the telephone: from the label on the charger to help, a note and a ticket, by the
keyboard alone, on a desktop and on a phone, with a simulated charger at the other end.
"""

import pytest
from django_scopes import scope
from playwright.sync_api import Locator, Page, expect

from chargeports.models import ChargePort, Command, Note
from chargeports.services.search_index import index_ports
from charging.models import PortalStart
from stations.models import Station
from tests import factories
from tests.browser.conftest import DESKTOP, PHONE
from tests.simulated import WATCHED, simulated
from tickets.models import Ticket

IDENTITY, EVSE_ID = "BER-7", "DE*ABC*E0042*1"


@pytest.fixture
def station(portal, organisation) -> Station:
    with scope(organisation=organisation):
        made = factories.station(organisation, identity=IDENTITY, name="Town hall", ports=2, online=False)
        ChargePort.objects.filter(number=1).update(evse_id=EVSE_ID, evse_id_key="DEABCE00421")
        index_ports([made.pk])
        return made


@pytest.fixture
def driven(portal, station):
    with simulated(station.identity, portal.ocpp_url, speed=WATCHED) as made:
        made.do(made.charger.connect())
        made.do(made.charger.plug_in(1))
        yield made


def dialog_by(page: Page, key: str, title: str) -> Locator:
    """Open a dialog by its key; the focus is in its first field."""
    page.keyboard.press(key)
    dialog = page.get_by_role("dialog", name=title)
    expect(dialog).to_be_visible()
    return dialog


def tab_to(page: Page, target: Locator) -> None:
    for _step in range(20):
        if target.evaluate("element => element === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError("Not reached by the keyboard")


def write(page: Page, field: Locator, text: str) -> None:
    tab_to(page, field)
    page.keyboard.type(text)


def press(page: Page, button: Locator) -> None:
    tab_to(page, button)
    page.keyboard.press("Enter")


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_a_driver_is_helped_by_the_keyboard_alone(visit, owner, organisation, driven, size):
    page = visit(owner, size=size)
    page.goto("/")
    expect(page.locator("[data-live-state]")).to_contain_text("Live")
    page.keyboard.press("/")
    page.keyboard.type(EVSE_ID)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text(EVSE_ID)
    expect(page.locator(".sheet-head")).to_contain_text("Preparing")

    dialog = dialog_by(page, "u", "Unlock plug")
    press(page, dialog.get_by_role("button", name="Send"))
    expect(dialog).to_contain_text("Unlocked")
    page.keyboard.press("Escape")

    dialog = dialog_by(page, "s", "Start charging")
    tab_to(page, dialog.get_by_role("radio", name="Customer contract"))
    page.keyboard.press("ArrowDown")
    expect(dialog.get_by_label("EMAID")).to_be_hidden()
    write(page, dialog.get_by_label("Customer", exact=True), "Ida Horn, 030 1234")
    write(page, dialog.get_by_label("Problem"), "App is down")
    press(page, dialog.get_by_role("button", name="Send"))
    expect(dialog).to_contain_text("Running")
    page.keyboard.press("Escape")

    dialog_by(page, "n", "Notes")
    press(page, page.get_by_role("dialog").get_by_role("link", name="New note"))
    write(page, page.get_by_role("dialog").get_by_role("textbox", name="Note"), "Told how to plug in")
    press(page, page.get_by_role("dialog").get_by_role("button", name="Save"))
    expect(page.get_by_role("dialog")).to_contain_text("Told how to plug in")
    page.keyboard.press("Escape")
    expect(page.get_by_role("link", name="Notes")).to_contain_text("1")

    dialog = dialog_by(page, "t", "Troubleshooting")
    write(page, dialog.get_by_label("Problem description"), "Cable was stuck")
    press(page, dialog.get_by_role("button", name="Send message"))
    expect(page.locator("main")).to_contain_text("Cable was stuck")
    with scope(organisation=organisation):
        assert PortalStart.objects.get().customer == "Ida Horn, 030 1234"
        assert Note.objects.get().text == "Told how to plug in"
        assert Ticket.objects.get().description.startswith("Cable was stuck")
        kinds = set(Command.objects.values_list("kind", "state"))
    assert {("unlock", "accepted"), ("start_charging", "accepted")} <= kinds
