import json
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django_scopes import scopes_disabled

from accounts.models import AuditEntry
from common.actor import SYSTEM
from stations import published, services
from stations.choices import PortalKind
from stations.models import Contact, Portal, Publication, Station, StationState
from stations.opening_hours import ALWAYS, weekly
from stations.rights import VIEW_INTERFACES, VIEW_STATIONS
from stations.schedules import moment
from stations.services.marketing import change_marketing_text, change_roaming
from stations.views import public
from tests import factories

TAB = "/stations/BER-1/interfaces/"


@pytest.fixture(autouse=True)
def _no_counts_of_other_tests():
    cache.clear()


@pytest.fixture
def station(organisation) -> Station:
    person = Contact.objects.create(organisation=organisation, name="Greta Lang", phone="+49 171 5550177")
    made = factories.station(
        organisation, identity="BER-1", name="City hall", city="Berlin", latitude=52.5, longitude=13.4, owner=person
    )
    StationState.objects.filter(station=made).update(status="Available")
    return Station.objects.get(pk=made.pk)


@pytest.fixture
def portal(organisation, station) -> Portal:
    made = services.built_in_portal(organisation, PortalKind.GEOJSON)
    services.publish(SYSTEM, station, made)
    return made


@pytest.fixture
def page(client, owner) -> Client:
    client.force_login(owner)
    return client


def read(portal: Portal, query: str = "", **headers: str):
    """As a stranger, outside every scope."""
    address = reverse("geojson-feed", args=[portal.organisation.slug, portal.token])
    return Client().get(f"{address}{query}", headers=headers)


def test_the_feed_is_geojson_with_live_status_and_nothing_of_a_person(portal):
    answer = read(portal)
    assert answer["Content-Type"] == "application/geo+json"
    assert answer["Access-Control-Allow-Origin"] == "*"
    (feature,) = answer.json()["features"]
    assert feature["geometry"] == {"type": "Point", "coordinates": [13.4, 52.5]}
    assert (feature["id"], feature["properties"]["status"]) == ("BER-1", "Available")
    assert feature["properties"]["charge_points"][0]["number"] == 1
    assert "Greta" not in answer.content.decode()
    assert "5550177" not in answer.content.decode()
    assert not answer.cookies


def test_the_feed_tells_hours_with_their_exceptions_as_ocpi_does(portal, station):
    """OCPI 2.2.1 §8.4.14: exceptional openings and closings are moments in UTC."""
    day = timezone.localdate() + timedelta(days=3)
    hours = {"opening_hours": weekly({weekday: [("08:00", "18:00")] for weekday in range(1, 8)})}
    services.change_access(SYSTEM, station, {**hours, "house_rules": "Park forwards.", "operating_kind": "opening"})
    for first, openings in ((day, [["10:00", "12:00"]]), (day + timedelta(days=1), [])):
        values = {"first_day": first, "last_day": first, "openings": openings, "scope": "opening", "note": ""}
        services.add_exception(SYSTEM, station, values)
    told = read(portal).json()["features"][0]["properties"]
    zone = ZoneInfo(station.time_zone)
    edges = [moment(day, clock, zone) for clock in ("00:00", "10:00", "12:00")]
    edges.append(moment(day + timedelta(days=2), "00:00", zone))
    midnight, begin, end, over = (edge.strftime("%Y-%m-%dT%H:%M:%SZ") for edge in edges)
    assert len(told["opening_hours"]["regular_hours"]) == 7
    assert told["opening_hours"]["exceptional_openings"] == [{"period_begin": begin, "period_end": end}]
    assert told["opening_hours"]["exceptional_closings"] == [
        {"period_begin": midnight, "period_end": begin},
        {"period_begin": end, "period_end": over},
    ]
    assert "exceptional_openings" not in told["charging_hours"]
    assert told["house_rules"] == "Park forwards."


def test_the_feed_tells_of_holidays(portal, station):
    values = {"opening_hours": ALWAYS, "holiday_country": "DE", "holiday_rule": "closed"}
    services.change_access(SYSTEM, station, values)
    at = datetime(2030, 12, 1, tzinfo=UTC)
    hours = published.details_of([station.pk], at)[station.pk]["opening_hours"]
    assert hours["exceptional_openings"] == []
    # Both days of Christmas are one closing.
    assert {"period_begin": "2030-12-24T23:00:00Z", "period_end": "2030-12-26T23:00:00Z"} in hours[
        "exceptional_closings"
    ]


def test_the_feed_tells_texts_by_language_and_what_partners_ask(portal, station):
    change_marketing_text(SYSTEM, station, "en", {"title": "Charging at the city hall", "payment": "Card"})
    change_roaming(SYSTEM, station, {"renewable_energy": "yes", "hotline": "+49 30 5550100"})
    told = read(portal).json()["features"][0]["properties"]
    assert told["texts"] == {"en": {"title": "Charging at the city hall", "payment": "Card"}}
    assert told["roaming"]["renewable_energy"] is True
    assert told["roaming"]["calibration_law"] is None
    assert told["roaming"]["direct_payment"] is True


def test_only_stations_switched_on_and_fit_to_be_shown_are_in_it(portal, organisation):
    factories.station(organisation, latitude=1, longitude=1)
    for fields in ({"life_cycle": "planned"}, {"access_type": "private"}, {"latitude": None, "longitude": None}):
        hidden = factories.station(organisation, **({"latitude": 1, "longitude": 1} | fields))
        services.publish(SYSTEM, hidden, portal)
    assert [feature["id"] for feature in read(portal).json()["features"]] == ["BER-1"]


def test_portals_and_organisations_are_kept_apart(portal, organisation, other_organisation):
    other = services.create_portal(SYSTEM, organisation, "City map")
    assert read(other).json()["features"] == []
    assert Client().get(reverse("geojson-feed", args=[other_organisation.slug, portal.token])).status_code == 404
    assert Client().get(reverse("geojson-feed", args=[organisation.slug, "guess"])).status_code == 404
    foreign = factories.station(other_organisation)
    with pytest.raises(ValidationError):
        services.publish(SYSTEM, foreign, portal)


def test_a_box_narrows_the_feed(portal):
    assert len(read(portal, "?bbox=13,52,14,53").json()["features"]) == 1
    assert read(portal, "?bbox=0,0,1,1").json()["features"] == []
    assert read(portal, "?bbox=nonsense").status_code == 400


def test_pages_follow_one_another(portal, organisation, monkeypatch):
    monkeypatch.setattr(public.page_of, "__defaults__", (1,))
    second = factories.station(organisation, latitude=52.6, longitude=13.5)
    services.publish(SYSTEM, second, portal)
    first = read(portal, "?bbox=13,52,14,53")
    assert first["Link"] == f'<{first.json()["next"]}>; rel="next"'
    following = Client().get(first.json()["next"]).json()
    assert [feature["id"] for feature in following["features"]] == [second.identity]
    assert "next" not in following


def test_what_has_not_changed_is_not_sent_again(portal, station):
    tag = read(portal)["ETag"]
    again = read(portal, **{"If-None-Match": tag})
    assert (again.status_code, again["Access-Control-Allow-Origin"]) == (304, "*")
    StationState.objects.filter(station=station).update(status="Faulted")
    assert read(portal, **{"If-None-Match": tag}).status_code == 200


def test_the_number_of_queries_does_not_follow_the_number_of_stations(
    portal, organisation, django_assert_max_num_queries
):
    for _ in range(20):
        services.publish(SYSTEM, factories.station(organisation, latitude=1, longitude=1), portal)
    with django_assert_max_num_queries(4):
        assert len(read(portal).json()["features"]) == 21


def test_who_asks_too_often_waits(portal, monkeypatch):
    address = reverse("public-map", args=[portal.organisation.slug, portal.token])
    answers = [Client().get(address).status_code for _ in range(public.MAP_PER_MINUTE + 1)]
    assert set(answers[:-1]) == {200}
    assert answers[-1] == 429


def test_a_renewed_address_ends_the_old_one(portal, page):
    old = portal.token
    page.post(reverse("portal-renew", args=[portal.pk]))
    assert read(portal).status_code == 404
    portal.refresh_from_db()
    assert portal.token != old
    assert read(portal).status_code == 200
    assert old not in json.dumps(list(AuditEntry.objects.values_list("after", "before")))


def test_the_public_map_may_be_embedded_where_the_portal_says(portal):
    services.change_portal(SYSTEM, portal, portal.name, ["https://www.city.example"])
    answer = Client().get(reverse("public-map", args=[portal.organisation.slug, portal.token]))
    assert "frame-ancestors 'self' https://www.city.example" in answer["Content-Security-Policy"]
    assert "X-Frame-Options" not in answer
    text = answer.content.decode()
    assert "City hall" in text
    assert "Greta" not in text


@pytest.mark.parametrize("origin", ["www.city.example", "javascript:alert(1)", "https://a.example/path", "https://a;b"])
def test_what_is_no_website_may_not_embed(organisation, origin):
    with pytest.raises(ValidationError):
        services.create_portal(SYSTEM, organisation, "City map", [origin])


def test_the_tab_switches_on_and_off_and_shows_what_is_published(page, station):
    assert "switched on for no portal" in page.get(TAB).content.decode()
    page.post(f"{TAB}switch-on/", {"portal": "open_charge_map"})
    assert "What is published" in page.get(TAB).content.decode()
    portal = Portal.objects.get(kind=PortalKind.OPEN_CHARGE_MAP)
    shown = page.get(TAB).content.decode()
    assert portal.token in shown
    assert "&quot;id&quot;: &quot;BER-1&quot;" in shown
    page.post(f"{TAB}switch-off/", {"portal": "open_charge_map"})
    assert not Publication.objects.exists()
    for action in ("stations.published", "stations.withdrawn"):
        assert AuditEntry.objects.filter(action=action).count() == 1


def test_the_tab_says_why_a_station_is_left_out(page, station):
    services.update_station(SYSTEM, station, {"latitude": None, "longitude": None, "access_type": "private"})
    text = page.get(TAB).content.decode()
    assert "It has no position" in text
    assert "Its access is private." in text
    assert "What would be published" in text


@pytest.mark.parametrize("portal", ["", "x", "999999", "other"])
def test_portals_that_there_are_not_change_nothing(page, station, portal):
    assert page.post(f"{TAB}switch-on/", {"portal": portal})["Location"] == TAB
    assert not Publication.objects.exists()


def test_others_portals_cannot_be_chosen(page, station, other_organisation):
    with scopes_disabled():
        foreign = services.create_portal(SYSTEM, other_organisation, "Theirs")
    page.post(f"{TAB}switch-on/", {"portal": foreign.pk})
    assert not Publication.objects.exists()
    assert "Theirs" not in page.get(TAB).content.decode()


def test_portals_are_created_changed_and_deleted(page, organisation):
    page.post(reverse("portal-create"), {"name": "City map", "embedded_by": "https://city.example/\nhttps://b.example"})
    portal = Portal.objects.get(name="City map")
    assert portal.embedded_by == ["https://city.example", "https://b.example"]
    assert page.post(reverse("portal-create"), {"name": "CITY MAP"}).status_code == 422
    page.post(reverse("portal-edit", args=[portal.pk]), {"name": "Town map"})
    assert "Town map" in page.get(reverse("portals")).content.decode()
    page.post(reverse("portal-delete", args=[portal.pk]), {"confirmed": "1"})
    assert not Portal.objects.filter(pk=portal.pk).exists()


def test_who_may_only_look_switches_nothing(page, station, organisation):
    page.force_login(factories.member(organisation, VIEW_STATIONS, VIEW_INTERFACES))
    assert "Switch on" not in page.get(TAB).content.decode()
    assert page.post(f"{TAB}switch-on/", {"portal": "geojson"}).status_code == 403


def test_the_tab_takes_few_queries(page, station, portal, django_assert_max_num_queries):
    page.get(TAB)
    with django_assert_max_num_queries(12):
        page.get(TAB)
