"""What people do with the portal, in a real browser, with a simulated charger at the other end."""

import re

import pytest
from django_scopes import scope
from playwright.sync_api import Locator, Page, expect

from accounts import services
from accounts.models import Organisation, Role
from common.actor import SYSTEM
from stations.models import Station
from stations.services.search_index import index_stations
from tests import factories
from tests.browser.conftest import PHONE
from tests.factories import PASSWORD
from tests.simulated import WATCHED, simulated

CARD = "04A2B3C4D5"
IDENTITY = "DE*ABC-0042"
# What the clock of the station's zone says at each mark below the first picture.
CLOCK_OF_TICKS = """() => {
  const fields = {hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: "Europe/Berlin"};
  const clock = new Intl.DateTimeFormat("en", fields);
  return Chart.getChart(document.querySelector("canvas")).scales.x.ticks.map((tick) => clock.format(tick.value));
}"""


@pytest.fixture
def station(portal, organisation) -> Station:
    with scope(organisation=organisation):
        factories.token(organisation, CARD)
        made = factories.station(organisation, identity=IDENTITY, name="Town hall", ports=0, online=False)
        index_stations([made.pk])
        return made


@pytest.fixture
def driven(portal, station):
    with simulated(station.identity, portal.ocpp_url, speed=WATCHED) as made:
        yield made


def sign_in(page: Page, email: str) -> None:
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()


def head(page: Page) -> Locator:
    return page.locator(".sheet-head")


def search(page: Page, text: str) -> None:
    """Search by the keyboard, once the scripts of the page run."""
    expect(page.get_by_role("status").get_by_text("Live")).to_be_visible()
    page.keyboard.press("/")
    page.keyboard.type(text)


def hits(page: Page) -> Locator:
    return page.locator("#search-results").get_by_role("option")


def card(page: Page, heading: str) -> Locator:
    return page.locator(".card", has=page.get_by_role("heading", name=heading))


def token_method(dialog: Locator | Page) -> Locator:
    """The way to start that needs no customer: as if a card were held to the reader."""
    return dialog.get_by_role("radio", name="Id token")


def test_sign_in_find_a_station_charge_and_read_its_log(visit, owner, station, driven):
    page = visit()
    page.goto("/")
    sign_in(page, owner.email)
    expect(page.get_by_role("heading", level=1)).to_have_text("Dashboard")

    search(page, "town")
    expect(hits(page)).to_contain_text(IDENTITY)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Town hall")
    expect(head(page)).to_contain_text("never connected")

    driven.do(driven.charger.connect())
    expect(head(page)).to_contain_text("Online")
    expect(head(page).get_by_text("Available")).to_have_count(2)
    head(page).locator(".pill-link").first.click()
    driven.do(driven.charger.plug_in(1))
    expect(card(page, "State")).to_contain_text("Preparing")

    page.get_by_role("link", name="Start charging", exact=True).click()
    dialog = page.get_by_role("dialog")
    token_method(dialog).check()
    dialog.get_by_label("Id token", exact=True).fill(CARD)
    dialog.get_by_role("button", name="Send").click()
    expect(dialog).to_contain_text("Accepted")
    expect(dialog).to_contain_text("Running")
    dialog.get_by_role("button", name="Close").last.click()
    running = card(page, "Running session")
    expect(running).to_contain_text(CARD)
    expect(running).not_to_contain_text(" 0.000 kWh")
    energy = running.locator(".figure", has_text="Energy").locator(".figure-value")
    before = energy.inner_text()
    expect(energy).not_to_have_text(before)

    running.get_by_role("link", name="Stop").click()
    page.get_by_role("dialog").get_by_role("button", name="Stop", exact=True).click()
    expect(page.get_by_role("dialog")).to_contain_text("Accepted")
    page.keyboard.press("Escape")
    expect(card(page, "Charging session")).to_contain_text("Remote")

    page.get_by_role("link", name="Town hall").click()
    page.get_by_role("link", name="Communication", exact=True).click()
    page.get_by_role("link", name="Communication logs").first.click()
    log = page.get_by_role("region", name="Communication logs")
    for action in ("BootNotification", "RemoteStartTransaction", "StartTransaction", "StopTransaction"):
        expect(log.get_by_text(action, exact=True)).to_have_count(1)
    log.get_by_text("StopTransaction", exact=True).click()
    expect(log.get_by_text('"reason":"Remote"')).to_be_visible()

    page.get_by_role("link", name="Connection history").first.click()
    expect(page.locator("canvas").first).to_be_visible()
    assert set(page.evaluate(CLOCK_OF_TICKS)) == {"00:00"}

    page.get_by_role("link", name="Charging", exact=True).click()
    logged = page.get_by_role("row", name=CARD)
    expect(logged).to_contain_text("Remote")
    logged.get_by_role("link").first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Charging session")
    expect(page.locator("canvas").first).to_be_visible()
    expect(page.locator("main")).to_contain_text("StartTransaction")


def test_unknown_charger_is_adopted_charges_and_is_stopped(visit, portal, owner, organisation):
    with scope(organisation=organisation):
        factories.token(organisation, CARD)
    page = visit(owner)
    page.goto("/unknown-stations/")
    printed = page.locator("strong.mono").inner_text()
    with simulated("NEW-77", printed, speed=WATCHED) as driven:
        with pytest.raises(Exception, match="404"):
            driven.do(driven.charger.connect())
        page.reload()
        row = page.get_by_role("row", name="NEW-77")
        row.get_by_role("button", name="Adopt").click()
        expect(page.get_by_role("heading", level=1)).to_contain_text("NEW-77")

        driven.do(driven.charger.connect())
        expect(head(page)).to_contain_text("Online")
        expect(head(page).locator(".pill-link")).to_have_count(2)
        head(page).locator(".pill-link").last.click()
        driven.do(driven.charger.plug_in(2))
        assert driven.do(driven.charger.present_tag(2, CARD))
        running = card(page, "Running session")
        expect(running).to_contain_text(CARD)
        running.get_by_role("link", name="Stop").click()
        page.get_by_role("dialog").get_by_role("button", name="Stop", exact=True).click()
        expect(page.get_by_role("dialog")).to_contain_text("Accepted")
        page.keyboard.press("Escape")
        expect(card(page, "Charging session")).to_contain_text("Remote")
        driven.do(driven.charger.disconnect())
        calls = [frame for frame in (*driven.charger.sent, *driven.charger.received) if frame[0] == 2]

    page.goto("/stations/NEW-77/communication-logs/")
    expect(page.locator("details.frames")).to_have_count(len(calls))
    logged = page.locator("table").text_content() or ""
    assert [frame for frame in calls if frame[1] not in logged] == []


def test_organisations_are_switched_and_kept_apart(visit, owner, station, other_organisation, stranger):
    with scope(organisation=other_organisation):
        factories.station(other_organisation, identity="OTHER-1")
        services.add_member(SYSTEM, other_organisation, owner, list(Role.objects.filter(is_administrator=True)))
    page = visit(owner)
    page.goto("/stations/")
    table = page.get_by_role("table")
    expect(table).to_contain_text(IDENTITY)
    expect(table).not_to_contain_text("OTHER-1")
    page.locator("summary", has_text=organisation_name(station)).click()
    page.get_by_role("button", name="Other network").click()
    expect(page.get_by_role("banner")).to_contain_text("Other network")
    page.goto("/stations/")
    expect(table).to_contain_text("OTHER-1")
    expect(table).not_to_contain_text(IDENTITY)

    others = visit(stranger)
    assert others.request.get(f"/stations/{IDENTITY}/").status == 404
    assert others.request.get(f"/charge-ports/{IDENTITY}/1/").status == 404
    others.goto("/stations/")
    search(others, "town")
    expect(others.locator("#search-results")).to_contain_text("Nothing is called")


def organisation_name(station: Station) -> str:
    return Organisation.objects.get(pk=station.organisation_id).name


def focus(page: Page, wanted: Locator) -> None:
    """Press Tab until the wanted element has the focus, which must be visible there."""
    for _press in range(120):
        page.keyboard.press("Tab")
        if wanted.evaluate("element => element === document.activeElement"):
            assert wanted.evaluate("element => element.matches(':focus-visible')")
            return
    raise AssertionError(f"Tab does not reach {wanted}.")


def test_the_keyboard_is_enough(visit, owner, station, driven):
    driven.do(driven.charger.connect())
    driven.do(driven.charger.plug_in(1))
    page = visit()
    page.goto("/stations/")
    focus(page, page.get_by_label("Email"))
    page.keyboard.type(owner.email)
    focus(page, page.get_by_label("Password"))
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/stations/$"))
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()

    search(page, "town")
    expect(hits(page)).to_have_count(1)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Town hall")

    focus(page, head(page).locator(".pill-link").first)
    page.keyboard.press("Enter")
    start = page.get_by_role("link", name="Start charging", exact=True)
    focus(page, start)
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_label("Charge port")).to_be_focused()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(start).to_be_focused()
    page.keyboard.press("Enter")
    focus(page, dialog.get_by_role("radio", name="Customer contract"))
    for _way in range(3):
        page.keyboard.press("ArrowDown")
    expect(token_method(dialog)).to_be_checked()
    focus(page, dialog.get_by_role("button", name="Send"))
    page.keyboard.press("Enter")
    expect(dialog).to_contain_text("Accepted")
    page.keyboard.press("Escape")
    expect(card(page, "Running session")).to_be_visible()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keyboard shortcuts")).to_be_visible()


def test_everything_goes_without_scripts(visit, owner, station, driven):
    driven.do(driven.charger.connect())
    driven.do(driven.charger.plug_in(1))
    page = visit(scripts=False, size=PHONE)
    page.goto("/stations/")
    sign_in(page, owner.email)
    page.get_by_role("combobox", name="Search").fill("town")
    page.keyboard.press("Enter")
    page.locator("main .search-hit", has_text=IDENTITY).first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Town hall")
    head(page).locator(".pill-link").first.click()
    page.get_by_role("link", name="Start charging", exact=True).click()
    token_method(page).check()
    page.get_by_role("button", name="Send").click()
    expect(page.locator("main")).to_contain_text("Start charging")

    def charging() -> bool:
        page.goto(f"/charge-ports/{IDENTITY}/1/")
        return card(page, "Running session").is_visible()

    until(charging)
    page.get_by_role("link", name="Stop", exact=True).click()
    page.get_by_role("button", name="Stop", exact=True).click()
    until(lambda: not charging())
    page.goto(f"/stations/{IDENTITY}/")
    page.locator("summary", has_text="Information").click()
    page.get_by_role("link", name="Communication logs").first.click()
    expect(page.get_by_role("table")).to_contain_text("StopTransaction")
    page.locator("a.menu-button").click()
    page.get_by_role("link", name="Charge ports").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Charge ports")


def until(condition) -> None:
    for _attempt in range(100):
        if condition():
            return
    raise AssertionError("It never came about.")
