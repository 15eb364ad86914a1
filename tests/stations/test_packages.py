from datetime import date, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.utils import translation
from django_scopes import scope

from accounts.models import AuditEntry
from common.actor import SYSTEM
from stations import selectors, services
from stations.choices import PackageKind
from stations.models import Contact, ServicePackage, Station
from stations.rights import CHANGE_PACKAGES, VIEW_PACKAGES, VIEW_STATIONS
from tests import factories

ADDRESS = "/stations/BER-1/operational-management/"
TODAY = date.today()


@pytest.fixture
def station(organisation):
    return factories.station(organisation, identity="BER-1")


@pytest.fixture
def page(client, owner):
    client.force_login(owner)
    return client


def book(station, **values) -> int:
    return services.book_package(SYSTEM, [station], PackageKind.SUPPORT, **({"since": TODAY} | values))


@pytest.mark.parametrize(
    "since, until, active",
    [(0, None, True), (-9, 0, True), (-9, -2, False), (2, None, False), (-1, 1, True)],
)
def test_a_package_is_active_from_its_first_to_its_last_day(station, since, until, active):
    zone_day = selectors.day_at(station)
    end = None if until is None else zone_day + timedelta(days=until)
    book(station, since=zone_day + timedelta(days=since), until=end)
    assert selectors.has_service_package(Station.objects.get(pk=station.pk)) is active


def test_no_package_is_booked_twice_for_a_day(station):
    assert book(station, until=TODAY + timedelta(days=9)) == 1
    assert book(station, since=TODAY + timedelta(days=9)) == 0
    assert book(station, since=TODAY + timedelta(days=10)) == 1
    first = ServicePackage.objects.order_by("since").first()
    with pytest.raises(ValidationError):
        services.change_package(SYSTEM, first, since=TODAY, until=None)
    services.change_package(SYSTEM, first, since=TODAY, until=TODAY)
    assert services.book_package(SYSTEM, [station], PackageKind.OPERATION, since=TODAY) == 1


def test_changes_are_in_the_audit_log_and_the_history(station):
    book(station)
    services.change_package(SYSTEM, ServicePackage.objects.get(), since=TODAY, until=TODAY, includes="Hotline")
    actions = AuditEntry.objects.filter(action__contains="package").order_by("id").values_list("action", flat=True)
    assert list(actions) == ["stations.package_booked", "stations.package_changed"]
    booked = station.history.get(event="stations.package_booked")
    with translation.override("de"):
        assert TODAY.strftime("%d.%m.%Y") in booked.sentence
    assert [entry.sentence.split(" was")[0] for entry in station.history.all()] == ["360.SUPPORT"] * 2


def test_many_stations_take_a_constant_number_of_queries(organisation, django_assert_num_queries):
    stations = [factories.station(organisation) for _number in range(5)]
    with scope(organisation=organisation), django_assert_num_queries(8):
        assert services.book_package(SYSTEM, stations, PackageKind.OPERATION, since=TODAY) == 5


def test_the_tab_activates_shows_and_ends(page, station, organisation):
    contact = Contact.objects.create(organisation=organisation, name="Hotline", phone="+49 30 1")
    values = {"kind": "support", "since": str(TODAY), "contact": contact.pk, "includes": "Round the clock"}
    assert page.post("/service-packages/BER-1/book/", values).status_code == 302
    text = page.get(ADDRESS).content.decode()
    assert 'href="tel:+49301"' in text
    assert "Round the clock" in text
    again = page.post("/service-packages/BER-1/book/", values)
    assert again.status_code == 422
    assert "already" in again.content.decode()
    package = ServicePackage.objects.get()
    bad = page.post(f"/service-packages/{package.pk}/", {"since": str(TODAY), "until": "2000-01-01"})
    assert "before the beginning" in bad.content.decode()
    yesterday = TODAY - timedelta(days=2)
    page.post(f"/service-packages/{package.pk}/", {"since": "2020-01-01", "until": str(yesterday)})
    assert "Ended" in page.get(ADDRESS).content.decode()


def test_changing_needs_a_right_of_its_own(client, station, organisation):
    client.force_login(factories.member(organisation, VIEW_STATIONS, VIEW_PACKAGES))
    assert "service-packages" not in client.get(ADDRESS).content.decode()
    client.force_login(factories.member(organisation, VIEW_STATIONS, CHANGE_PACKAGES))
    assert client.get("/service-packages/BER-1/book/").status_code == 200
    assert client.get(ADDRESS).status_code == 403


def test_selected_stations_get_a_package_at_once(page, station, organisation):
    book(station)
    factories.station(organisation)
    values = {"all": "1", "confirmed": "1", "kind": "support", "since": str(TODAY)}
    text = page.post("/stations-packages/", values, follow=True).content.decode()
    assert "1 station was changed." in text
    assert ServicePackage.objects.count() == 2


def test_the_tab_takes_few_queries(page, station, django_assert_max_num_queries):
    for days in range(0, 40, 2):
        book(station, since=TODAY + timedelta(days=days), until=TODAY + timedelta(days=days))
    page.get(ADDRESS)
    with django_assert_max_num_queries(12):
        page.get(ADDRESS)
