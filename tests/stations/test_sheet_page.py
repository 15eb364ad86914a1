import pytest
from django.test import Client
from django.utils import timezone
from django_scopes import scope

from accounts.models import AuditEntry
from common.access import Access
from common.actor import SYSTEM
from common.live import draw, find_fragment
from stations import services
from stations.models import Contact, Station, StationReport, StationState
from stations.rights import CHANGE_STATIONS, VIEW_STATIONS
from tests import factories


@pytest.fixture
def station(organisation) -> Station:
    return factories.station(organisation, identity="BER-1", name="City hall", vendor="Alfen", serial_number="S-1")


@pytest.fixture
def page(client, owner) -> Client:
    client.force_login(owner)
    return client


def report(station: Station, **fields) -> StationReport:
    values = {"vendor": "alfen", "model": "NG910", "serial_number": "S-2", "reported_at": timezone.now()} | fields
    return StationReport.objects.create(station=station, **values)


def test_the_sheet_opens_with_its_first_tab(page, station):
    answer = page.get("/stations/BER-1/")
    assert answer.status_code == 302
    assert answer["Location"] == "/stations/BER-1/information/"


@pytest.mark.parametrize(
    "address, wanted",
    [
        ("/stations/ber-1/", "/stations/BER-1/information/"),
        ("/stations/ber-1/information/", "/stations/BER-1/information/"),
        ("/stations/Ber-1/information/?a=1", "/stations/BER-1/information/?a=1"),
    ],
)
def test_letters_of_any_case_lead_to_the_stored_spelling(page, station, address, wanted):
    assert page.get(address)["Location"] == wanted


def test_a_blank_in_the_station_id_is_no_trouble(page, organisation):
    factories.station(organisation, identity="Box 7+a")
    assert page.get(page.get("/stations/box 7+A/")["Location"]).status_code == 200


def test_strangers_find_no_station_and_members_without_the_right_may_not(page, station, stranger, teammate):
    for address in ("/stations/BER-1/", "/stations/BER-1/information/", "/stations/BER-1/edit/"):
        page.force_login(stranger)
        assert page.get(address).status_code == 404
        page.force_login(teammate)
        assert page.get(address).status_code == 403
    assert page.get("/stations/BER-1/nonsense/").status_code == 403
    page.force_login(stranger)
    assert page.get("/stations/BER-1/nonsense/").status_code == 404


def test_the_sheet_shows_entered_beside_reported_and_marks_what_differs(page, station):
    report(station)
    text = page.get("/stations/BER-1/information/").content.decode()
    facts = {str(fact.label): fact for fact in draw_context(station)["facts"]}
    assert not facts["manufacturer"].differs
    assert facts["serial number"].differs
    assert facts["model"].entered == ""
    assert text.count("differs") == 1
    assert "City hall" in text
    assert "S-2" in text


def draw_context(station: Station) -> dict:
    fragment = find_fragment("stations.information")
    access = access_with(station, VIEW_STATIONS)
    with scope(organisation=station.organisation):
        return fragment.context(access, fragment.load(access, str(station.pk)))


def access_with(station: Station, *rights) -> Access:
    return Access(station.organisation, SYSTEM, frozenset(right.code for right in rights))


def test_a_station_that_never_reported_is_shown_too(page, organisation):
    factories.station(organisation, identity="NEW", name="", online=False)
    text = page.get("/stations/NEW/information/").content.decode()
    assert "The charger has reported nothing yet." in text
    assert "never connected" in text


def test_other_hardware_is_confirmed_by_a_button(page, station, owner):
    held = report(station, held_because="serial_number: S-1 → S-2")
    text = page.get("/stations/BER-1/information/").content.decode()
    assert "S-1 → S-2" in text
    address = "/stations/BER-1/information/confirm-hardware/"
    assert address in text
    assert page.get(address).status_code == 404
    assert page.post(address)["Location"] == "/stations/BER-1/information/"
    held.refresh_from_db()
    assert held.held_because == ""
    assert AuditEntry.objects.get(action="stations.hardware_confirmed").actor_id == owner.pk
    assert "nothing has to be confirmed" in page.post(address, follow=True).content.decode()


def test_confirming_needs_the_right_to_change(page, station, organisation):
    report(station, held_because="x")
    page.force_login(factories.member(organisation, VIEW_STATIONS))
    assert "confirm-hardware" not in page.get("/stations/BER-1/information/").content.decode()
    assert page.post("/stations/BER-1/information/confirm-hardware/").status_code == 403


def test_assignments_groups_and_opening_hours_are_shown(page, station, organisation):
    contact = Contact.objects.create(organisation=organisation, name="Elektro Krug", phone="+49 30 5550142")
    group = services.create_group(SYSTEM, organisation, "Downtown")
    hours = {
        "twentyfourseven": False,
        "regular_hours": [{"weekday": 2, "period_begin": "08:00", "period_end": "18:00"}],
    }
    services.update_station(
        SYSTEM, station, {"service_partner": contact, "groups": [group], "opening_hours": hours, "street": "Am Markt 1"}
    )
    text = page.get("/stations/BER-1/information/").content.decode()
    assert 'href="tel:+49305550142"' in text
    assert f'href="/stations/?group={group.pk}"' in text
    assert "08:00–18:00" in text
    assert "Am Markt 1" in text


def test_menus_offer_only_what_the_caller_may_do(page, station, organisation):
    assert "/stations/BER-1/clone/" in page.get("/stations/BER-1/information/").content.decode()
    page.force_login(factories.member(organisation, VIEW_STATIONS))
    text = page.get("/stations/BER-1/information/").content.decode()
    assert "/stations/BER-1/clone/" not in text
    assert "/stations/BER-1/edit/" not in text


def test_htmx_gets_the_tab_without_the_frame(page, station):
    answer = page.get("/stations/BER-1/information/", headers={"HX-Request": "true", "HX-Target": "sheet-tab"})
    text = answer.content.decode()
    assert text.lstrip().startswith('<div id="sheet-tab"')
    assert "<html" not in text


def test_live_parts_are_drawn_only_for_stations_of_the_organisation(station, other_organisation):
    foreign = Access(other_organisation, SYSTEM, frozenset({VIEW_STATIONS.code, CHANGE_STATIONS.code}))
    for name in ("stations.state", "stations.header", "stations.information"):
        fragment = find_fragment(name)
        own = access_with(station, VIEW_STATIONS)
        with scope(organisation=station.organisation):
            subject = fragment.load(own, str(station.pk))
            assert f"station.{station.pk}" in fragment.topics(subject)
            assert draw(fragment, own, subject)
            assert fragment.load(own, "x") is None
        with scope(organisation=other_organisation):
            assert fragment.load(foreign, str(station.pk)) is None


def test_an_offline_station_shows_no_stale_status_in_lists(station):
    StationState.objects.filter(station=station).update(status="Charging", online=False)
    fragment = find_fragment("stations.state")
    access = access_with(station, VIEW_STATIONS)
    with scope(organisation=station.organisation):
        text = draw(fragment, access, fragment.load(access, str(station.pk)))
    assert "Offline" in text
    assert "Charging" not in text


def test_the_tab_needs_a_bounded_number_of_queries(page, station, django_assert_max_num_queries):
    report(station)
    page.get("/stations/BER-1/information/")
    with django_assert_max_num_queries(12):
        page.get("/stations/BER-1/information/")
