"""Maps in a real browser: the pin is dragged and moved by keys, and another website embeds the public map."""

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from django.core.cache import cache
from django.urls import reverse
from django_scopes import scope, scopes_disabled
from playwright.sync_api import expect

from common.actor import SYSTEM
from stations import services
from stations.models import Portal, Station, StationState
from tests import factories
from tests.browser.conftest import PHONE

TAB = "/stations/BER-1/geolocation/"


@pytest.fixture
def station(portal, organisation) -> Station:
    cache.clear()
    with scopes_disabled():
        made = factories.station(organisation, identity="BER-1", name="City hall", latitude=52.5, longitude=13.4)
        StationState.objects.filter(station=made).update(status="Available")
        return made


def test_the_pin_is_dragged_and_moved_by_keys(visit, owner, station):
    page = visit(owner)
    page.goto(TAB)
    pin = page.locator(".map-pin")
    box = pin.bounding_box()
    assert box
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 40, y, steps=4)
    page.mouse.up()
    longitude = page.get_by_label("Longitude")
    expect(longitude).not_to_have_value("13.400000")
    dragged = float(longitude.input_value())
    assert dragged > 13.4
    pin.focus()
    page.keyboard.press("ArrowUp")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("were saved")).to_be_visible()
    with scopes_disabled():
        station.refresh_from_db()
    assert float(station.longitude or 0) == pytest.approx(dragged, abs=0.01), "within two pixels"
    assert float(station.latitude or 0) > 52.5


def test_a_position_is_typed_without_a_script(visit, owner, station):
    page = visit(owner, size=PHONE, scripts=False)
    page.goto(TAB)
    page.get_by_label("Latitude").fill("48.1")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_label("Latitude")).to_have_value("48.100000")


@pytest.fixture
def city_map(organisation, station) -> Portal:
    with scope(organisation=organisation):
        portal = services.create_portal(SYSTEM, organisation, "City map")
        services.publish(SYSTEM, station, portal)
    return portal


@pytest.fixture
def website() -> Iterator[tuple[str, list[str]]]:
    """Somebody else's website: its origin, and the address that its only page shows in a frame."""
    framed: list[str] = []

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            frame = f'<iframe title="Map" src="{framed[0]}" width="700" height="600"></iframe>'
            self.wfile.write(f'<link rel="icon" href="data:,">{frame}'.encode())

        def log_message(self, *_arguments: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", framed
    server.shutdown()
    server.server_close()


def test_a_website_that_the_portal_names_embeds_the_map(visit, portal, city_map, website, organisation):
    origin, framed = website
    framed.append(f"{portal.url}{reverse('public-map', args=[organisation.slug, city_map.token])}")
    with scope(organisation=organisation):
        services.change_portal(SYSTEM, city_map, city_map.name, [origin])
    page = visit()
    page.goto(origin)
    frame = page.frame_locator("iframe")
    frame.locator(".map-place").click()
    expect(frame.locator(".leaflet-popup")).to_contain_text("City hall")


def test_any_other_website_does_not(visit, portal, city_map, website, organisation, complaints):
    origin, framed = website
    framed.append(f"{portal.url}{reverse('public-map', args=[organisation.slug, city_map.token])}")
    page = visit()
    with page.expect_event("console", lambda message: "frame-ancestors" in message.text):
        page.goto(origin)
    complaints.clear()  # the browser notes that it keeps the frame empty
