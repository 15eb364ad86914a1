import pytest
from django.test import Client

from accounts.models import AuditEntry
from stations import opening_hours
from stations.models import HoursException, Station, StationAccess
from stations.rights import VIEW_ACCESS, VIEW_STATIONS
from tests import factories

TAB = "/stations/BER-1/access/"


@pytest.fixture
def station(organisation) -> Station:
    return factories.station(organisation, identity="BER-1")


@pytest.fixture
def page(client, owner) -> Client:
    client.force_login(owner)
    return client


def save(page: Client, **values: str):
    return page.post(f"{TAB}save/", {"access_type": "public", **values})


def test_hours_holidays_and_rules_are_saved_and_audited(page, station):
    answer = save(
        page,
        access_type="restricted",
        hours_kind="weekly",
        hours_1="8:00-18:00",
        operating_kind="weekly",
        operating_2="10:00-12:00",
        holiday_country="DE",
        holiday_region="be",
        holiday_rule="openings",
        holiday_openings="11:00-12:00",
        house_rules="Please park forwards.",
    )
    assert answer["Location"] == TAB
    station.refresh_from_db()
    kept = StationAccess.objects.get(station=station)
    assert station.access_type == "restricted"
    assert opening_hours.openings_on(station.opening_hours, 1) == [("08:00", "18:00")]
    assert opening_hours.openings_on(kept.operating_hours, 2) == [("10:00", "12:00")]
    assert (kept.holiday_region, kept.holiday_openings) == ("BE", [["11:00", "12:00"]])
    assert set(AuditEntry.objects.values_list("action", flat=True)) >= {"stations.changed", "stations.access_changed"}
    text = page.get(TAB).content.decode()
    assert "Please park forwards." in text
    assert 'value="11:00–12:00"' in text


def test_what_was_saved_unchanged_is_not_audited_again(page, station):
    for _ in range(2):
        save(page, hours_kind="always")
    assert AuditEntry.objects.filter(action="stations.changed").count() == 1


@pytest.mark.parametrize(
    "values, words",
    [
        ({"hours_kind": "weekly", "hours_3": "20:00-8:00"}, "ends before it begins"),
        ({"operating_kind": "weekly", "operating_3": "nonsense"}, "is no opening"),
        ({"operating_kind": "weekly"}, "at least one day"),
        ({"hours_kind": "weekly"}, "at least one day"),
        ({"holiday_rule": "closed"}, "Choose whose holidays are meant."),
        ({"holiday_country": "DE", "holiday_region": "ZZ"}, "no such region"),
        ({"holiday_country": "QQ"}, "field-error"),
        ({"access_type": "nobody"}, "field-error"),
    ],
)
def test_bad_hours_are_told_and_change_nothing(page, station, values, words):
    answer = save(page, house_rules="typed", **values)
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert ">typed</textarea>" in answer.content.decode().replace("\n", "")
    assert not StationAccess.objects.exists()
    station.refresh_from_db()
    assert station.opening_hours == {}


def test_exceptions_are_added_shown_and_removed(page, station):
    address = "/hours-exceptions/BER-1/create/"
    values = {"first_day": "2027-05-01", "openings": "", "scope": "both", "note": "Street festival"}
    assert page.post(address, values)["Location"] == TAB
    exception = HoursException.objects.get(station=station)
    assert exception.last_day == exception.first_day
    assert "Street festival" in page.get(TAB).content.decode()
    page.post(f"{TAB}remove-exception/", {"exception": exception.pk})
    assert not HoursException.objects.exists()
    assert AuditEntry.objects.filter(action__startswith="stations.exception_").count() == 2


@pytest.mark.parametrize(
    "first, last, words", [("2027-05-02", "2027-05-01", "lies before the first"), ("2020-05-01", "", "are over")]
)
def test_an_exception_that_ends_before_it_begins_or_long_ago_is_refused(page, station, first, last, words):
    answer = page.post("/hours-exceptions/BER-1/create/", {"first_day": first, "last_day": last, "scope": "both"})
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert not HoursException.objects.exists()


def test_exceptions_of_other_stations_cannot_be_removed_here(page, station, organisation):
    other = factories.station(organisation)
    exception = HoursException.objects.create(
        organisation=organisation, station=other, first_day="2027-05-01", last_day="2027-05-01"
    )
    for key in (str(exception.pk), "x", ""):
        assert page.post(f"{TAB}remove-exception/", {"exception": key})["Location"] == TAB
    assert HoursException.objects.exists()


def test_now_and_holidays_are_told(page, station):
    save(page, hours_kind="always", holiday_country="DE", holiday_rule="closed")
    text = page.get(TAB).content.decode()
    assert "Open" in text
    assert "Charging is possible" in text


def test_who_may_only_look_changes_nothing(page, station, organisation):
    page.force_login(factories.member(organisation, VIEW_STATIONS, VIEW_ACCESS))
    assert ">Save<" not in page.get(TAB).content.decode()
    assert save(page).status_code == 403
    assert page.get("/hours-exceptions/BER-1/create/").status_code == 403


def test_the_tab_takes_few_queries(page, station, django_assert_max_num_queries):
    save(page, hours_kind="always", holiday_country="DE", holiday_rule="closed")
    with django_assert_max_num_queries(12):
        page.get(TAB)
