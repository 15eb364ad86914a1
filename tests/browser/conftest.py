"""Fixtures of the browser tests: the running portal, a browser, and the watch over what the browser complains of."""

from collections.abc import Callable, Iterator

import pytest
from django.conf import settings as django_settings
from django.test import Client
from playwright._impl._api_structures import SetCookieParam
from playwright.sync_api import Browser, ConsoleMessage, Page, ViewportSize, expect, sync_playwright

from accounts.models import User
from tests.browser.chromium import find
from tests.server import RunningServer

PATIENCE_MS = 30_000
DESKTOP: ViewportSize = {"width": 1366, "height": 900}
PHONE: ViewportSize = {"width": 360, "height": 740}

Visit = Callable[..., Page]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Playwright keeps an event loop open in this thread, in which Django would refuse the tests' own queries."""
    expect.set_options(timeout=PATIENCE_MS)
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        browser = playwright.chromium.launch(**find().launch_options())
        yield browser
        browser.close()


@pytest.fixture
def portal(server, settings) -> RunningServer:
    """The running portal, which prints the addresses it really has."""
    settings.PUBLIC_URL = server.url
    settings.GATEWAY_URL = server.ocpp_url.removesuffix("/ocpp")
    return server


@pytest.fixture
def complaints() -> Iterator[list[str]]:
    """What the browser complained of: errors of scripts, requests that failed, breaches of the content policy."""
    found: list[str] = []
    yield found
    assert not found


@pytest.fixture
def visit(portal, browser, complaints) -> Iterator[Visit]:
    """Opens a page of a browser of its own: `visit(person, size=PHONE, scripts=False)`; without a person nobody is
    signed in.
    """
    contexts = []

    def opened(person: User | None = None, *, size: ViewportSize = DESKTOP, scripts: bool = True) -> Page:
        context = browser.new_context(
            base_url=portal.url, viewport=size, java_script_enabled=scripts, locale="en-GB", reduced_motion="reduce"
        )
        contexts.append(context)
        context.set_default_timeout(PATIENCE_MS)
        if person:
            context.add_cookies([session_of(person, portal.url)])
        page = context.new_page()
        page.on("console", lambda message: complaints.extend(complaint_of(message)))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        return page

    yield opened
    for context in contexts:
        context.close()


def session_of(person: User, url: str) -> SetCookieParam:
    """The cookie of a person who is signed in."""
    client = Client()
    client.force_login(person)
    name = django_settings.SESSION_COOKIE_NAME
    return {"name": name, "value": client.cookies[name].value, "url": url}


def complaint_of(message: ConsoleMessage) -> list[str]:
    return [f"{message.location['url']}: {message.text}"] if message.type in ("error", "warning") else []
