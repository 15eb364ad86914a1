"""The browser of the browser tests itself: it starts, and it has fonts."""

import pytest
from playwright.sync_api import sync_playwright

from tests.browser.chromium import Chromium, NoBrowser, find, from_package, package_runs_here


def browsers_here() -> list[Chromium]:
    """The one that is used, and the package's own where it can run."""
    return [find(), *([from_package()] if package_runs_here() else [])]


def test_pages_show_text_in_different_widths():
    for chromium in browsers_here():
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(**chromium.launch_options())
            page = browser.new_page()
            page.set_content("<span>iiii</span><span>WWWW</span>")
            narrow, wide = (span.bounding_box()["width"] for span in page.locator("span").all())
            browser.close()
        assert 0 < narrow < wide


def test_a_browser_that_is_named_but_missing_is_an_error(monkeypatch):
    monkeypatch.setenv("CHROMIUM", "/nowhere/chromium")
    with pytest.raises(NoBrowser, match="/nowhere/chromium, which does not exist"):
        find()
