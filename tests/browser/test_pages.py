"""Every page of the portal, at the width of a phone and of a desk: nothing scrolls sideways, everything has a name."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import DESKTOP, PHONE
from tests.contracts.addresses import MEMBERS, PUBLIC, SIGNED_IN, Address
from tests.contracts.world import World, make_world

# Under xdist the workers share the pages; each part starts a portal of its own.
PARTS = 6
FEWEST_OF_A_PART = 30
CHECKS = Path(__file__).with_name("page_checks.js").read_text()


@pytest.fixture
def world(portal, organisation, owner) -> World:
    return make_world(organisation, owner)


def problems_of(page: Page, addresses: Sequence[Address], world: World) -> tuple[int, list[str]]:
    """The number of pages among the addresses, and what is wrong with them."""
    pages, found, sizes = 0, [], [PHONE, DESKTOP]
    for url in (address.url(world) for address in addresses if not address.action):
        answer = page.request.get(url, max_redirects=0)
        if answer.status != 200 or not answer.text().lstrip().startswith("<!doctype html>"):
            continue
        page.goto(url)
        pages += 1
        for size in sizes:
            page.set_viewport_size(size)
            found += [f"{url} at {size['width']} px: {problem}" for problem in page.evaluate(CHECKS)]
        sizes.reverse()  # the next page comes in the size that this one has by now
    return pages, found


@pytest.mark.parametrize("part", range(PARTS))
def test_pages_of_members_fit_and_have_names(visit, owner, world, part):
    pages, found = problems_of(visit(owner, size=PHONE), MEMBERS[part::PARTS], world)
    assert found == []
    assert pages >= FEWEST_OF_A_PART


def test_pages_of_ones_own_fit_and_have_names(visit, owner, world):
    assert problems_of(visit(owner, size=PHONE), SIGNED_IN, world)[1] == []
    assert problems_of(visit(size=PHONE), PUBLIC, world)[1] == []


@pytest.mark.parametrize(
    "markup, problem",
    [
        ("<main><h1>A</h1><div style='width:500px'>wide</div></main>", "scrolls sideways"),
        (
            "<main><h1>A</h1><div style='overflow:auto'><table class='list-table'><tr><td><p style='width:500px'>B"
            "</table></div></main>",
            "a list wider than a phone",
        ),
        ("<main><h1>A</h1><input></main>", "no label"),
        ("<main><h1>A</h1><a href='#'><svg aria-hidden='true'></svg></a></main>", "no name"),
        ("<main><p id='a'></p><h1 id='a'>A</h1></main>", "the same id twice"),
        ("<main><h1>A</h1><label for='b'>B</label></main>", "for names nothing"),
        ("<main><h1>A</h1><p>Token object (1)</p></main>", "an object without words"),
        ("<main><h1>A</h1><button style='font-size:4px'>A</button><button>B</button></main>", "too small to hit"),
    ],
)
def test_the_checks_find_what_is_wrong(browser, markup, problem):
    page = browser.new_page(viewport=PHONE)
    page.set_content(f"<html lang='en'><title>A</title><body>{markup}")
    assert [found for found in page.evaluate(CHECKS) if found.startswith(problem)]
    page.close()
