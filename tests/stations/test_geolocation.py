import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import parse_qs, urlsplit

import pytest
from django.core.cache import cache
from django.test import Client

from accounts.models import AuditEntry
from common.tiles import tile_servers
from stations.models import Station
from stations.rights import VIEW_LOCATION, VIEW_STATIONS
from tests import factories

TAB = "/stations/BER-1/geolocation/"
NOMINATIM = [{"lat": "52.5186", "lon": "13.4081", "display_name": "Rotes Rathaus"}]
PHOTON = {"type": "FeatureCollection", "features": [{"geometry": {"coordinates": [13.4081, 52.5186]}}]}


@pytest.fixture
def station(organisation) -> Station:
    return factories.station(
        organisation, identity="BER-1", street="Rathausstraße 15", postal_code="10178", city="Berlin", country="DE"
    )


@pytest.fixture
def page(client, owner) -> Client:
    client.force_login(owner)
    return client


class Geocoder:
    """A real server that answers every search with `answer`, and remembers what it was asked."""

    def __init__(self) -> None:
        self.answer: object = NOMINATIM
        self.asked: list[str] = []
        geocoder = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                geocoder.asked.append(parse_qs(urlsplit(self.path).query)["q"][0])
                body = json.dumps(geocoder.answer).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *args: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/search"


@pytest.fixture
def geocoder(settings) -> Iterator[Geocoder]:
    cache.clear()
    running = Geocoder()
    settings.GEOCODER_URL = running.url
    thread = Thread(target=running.server.serve_forever)
    thread.start()
    yield running
    running.server.shutdown()
    thread.join()
    running.server.server_close()


def saved(page: Client, action: str = "save", **values: str):
    typed = {"street": "Rathausstraße 15", "postal_code": "10178", "city": "Berlin", "country": "DE"}
    return page.post(f"{TAB}{action}/", typed | {"latitude": "", "longitude": ""} | values)


def test_address_and_pin_are_saved_together_and_audited(page, station, owner):
    assert saved(page, latitude="52.5186", longitude="13.4081", city="Berlin-Mitte")["Location"] == TAB
    station.refresh_from_db()
    assert (str(station.latitude), station.city) == ("52.518600", "Berlin-Mitte")
    assert AuditEntry.objects.get(action="stations.changed").actor_id == owner.pk


@pytest.mark.parametrize("values", [{"latitude": "91", "longitude": "1"}, {"latitude": "52"}, {"latitude": "x"}])
def test_a_position_that_is_none_stays_in_the_form_with_its_error(page, station, values):
    answer = saved(page, street="Typed 1", **values)
    assert answer.status_code == 422
    text = answer.content.decode()
    assert "Typed 1" in text
    assert "field-error" in text
    station.refresh_from_db()
    assert station.street == "Rathausstraße 15"
    assert station.latitude is None


def test_who_may_only_look_gets_no_form(page, station, organisation):
    page.force_login(factories.member(organisation, VIEW_STATIONS, VIEW_LOCATION))
    text = page.get(TAB).content.decode()
    assert "data-map" in text
    assert ">Save<" not in text
    assert saved(page).status_code == 403


@pytest.mark.parametrize("typed", ["52.51860012345678", "52,5186", " 52.5186 "])
def test_coordinates_are_taken_as_maps_hand_them_out(page, station, typed):
    assert saved(page, latitude=typed, longitude="13.4081").status_code == 302
    station.refresh_from_db()
    assert str(station.latitude) == "52.518600"


@pytest.mark.parametrize("answer", [NOMINATIM, PHOTON])
def test_the_distance_to_the_address_is_told_and_the_pin_put_there(page, station, geocoder, answer):
    geocoder.answer = answer
    saved(page, latitude="52.5286", longitude="13.4081")
    assert "has not been compared" in page.get(TAB).content.decode()
    asked = saved(page, "locate", latitude="52.5286", longitude="13.4081", street="Typed 1").content.decode()
    assert geocoder.asked == ["Typed 1, 10178 Berlin, DE"]
    assert "The pin lies 1,112 m from the entered address" in asked
    assert 'value="Typed 1"' in asked
    station.refresh_from_db()
    assert station.street == "Rathausstraße 15"
    saved(page, "take-over", street="Typed 1")
    station.refresh_from_db()
    assert (str(station.latitude), str(station.longitude)) == ("52.518600", "13.408100")
    assert station.street == "Typed 1"
    assert "The pin lies 0 m" in page.get(TAB).content.decode()
    assert len(geocoder.asked) == 1


@pytest.mark.parametrize("answer", [[], {"features": []}, {"error": "x"}, [{"lat": "north"}]])
def test_an_address_that_the_geocoder_does_not_know_changes_nothing(page, station, geocoder, answer):
    geocoder.answer = answer
    assert "does not know this address" in saved(page, "locate").content.decode()
    assert "Look the address up first." in saved(page, "take-over").content.decode()


def test_a_geocoder_that_is_away_is_said_so(page, station, settings):
    settings.GEOCODER_URL = "http://127.0.0.1:9/search"
    assert "does not answer" in saved(page, "locate").content.decode()


def test_without_a_geocoder_nothing_is_offered(page, station):
    assert "Look the address up" not in page.get(TAB).content.decode()


def test_drivers_see_name_address_and_ports(page, station):
    text = page.get(TAB).content.decode()
    assert "As drivers see it" in text
    assert "Rathausstraße 15, 10178 Berlin" in text
    assert "Without a position no map shows this station." in text


def test_the_tab_takes_few_queries(page, station, django_assert_max_num_queries):
    page.get(TAB)
    with django_assert_max_num_queries(12):
        page.get(TAB)


@pytest.mark.parametrize(
    "template, sources",
    [
        ("", []),
        ("https://tiles.example/{z}/{x}/{y}.png", ["https://tiles.example"]),
        ("https://{s}.tiles.example:8443/{z}/{x}/{y}.png", ["https://*.tiles.example:8443"]),
        ("/tiles/{z}/{x}/{y}.png", []),
    ],
)
def test_the_content_policy_names_the_tile_server(template, sources):
    assert tile_servers(template) == sources
