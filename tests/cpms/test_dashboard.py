"""The start page, made of what each app declares for it."""

from datetime import UTC, datetime

import pytest
from django.test import Client
from django_scopes import scope

from chargeports.models import EquipmentError
from chargeports.rights import VIEW_ERRORS
from charging.choices import SessionState
from stations.choices import LifeCycle
from stations.models import StationState
from stations.rights import VIEW_STATIONS
from stations.selectors import fleet_of
from tests import factories


@pytest.fixture
def page(client, owner) -> Client:
    client.force_login(owner)
    return client


@pytest.fixture
def fleet(organisation, other_organisation):
    with scope(organisation=organisation):
        first = factories.station(organisation, identity="BER-1")
        factories.station(organisation, identity="BER-2", online=False)
        factories.station(organisation, life_cycle=LifeCycle.PLANNED, online=False)
        StationState.objects.filter(station=first).update(status="Charging")
        factories.session(first, state=SessionState.RUNNING, power_w=22_000)
        EquipmentError.objects.create(
            organisation=organisation,
            station=first,
            port_number=1,
            error_code="GroundFailure",
            since=datetime.now(UTC),
            last_at=datetime.now(UTC),
        )
    with scope(organisation=other_organisation):
        factories.session(factories.station(other_organisation), state=SessionState.RUNNING, power_w=1_000_000)


def test_it_shows_the_fleet_and_each_figure_leads_to_its_list(page, fleet):
    text = page.get("/").content.decode()
    for wanted in (
        "/stations/?life_cycle=in_operation&amp;online=true",
        "/stations/?life_cycle=in_operation&amp;online=true&amp;status=Charging",
        "/charge-logs/?state=running",
        "22.0 kW",
        "GroundFailure",
    ):
        assert wanted in text


def test_figures_are_those_of_the_lists_that_they_lead_to(page, fleet, organisation):
    found = fleet_of(organisation)
    for query, figure in (
        ("life_cycle=in_operation", found.by_life_cycle["in_operation"]),
        ("life_cycle=in_operation&online=true", found.online),
        ("life_cycle=in_operation&online=false", found.offline),
        (f"life_cycle=in_operation&online=true&status={found.statuses[0].value}", found.statuses[0].count),
    ):
        assert (
            page.get(f"/stations/?{query}").context["table"].count == figure == (2 if query[-9:] == "operation" else 1)
        )


def test_a_status_that_was_never_reported_leads_to_its_list(page, organisation):
    with scope(organisation=organisation):
        factories.station(organisation)
    (unknown,) = fleet_of(organisation).statuses
    assert page.get(f"/stations/?status={unknown.value}").context["table"].count == 1


def test_everybody_sees_what_the_own_rights_open(organisation, fleet):
    client = Client()
    client.force_login(factories.member(organisation, VIEW_STATIONS, VIEW_ERRORS))
    text = client.get("/").content.decode()
    assert "GroundFailure" in text
    assert "22.0 kW" not in text


def test_who_holds_no_right_is_told_so(client, teammate, organisation):
    client.force_login(teammate)
    assert f"Ask an administrator of {organisation.name}" in client.get("/").content.decode()


def test_who_belongs_nowhere_is_told_so(client, db):
    client.force_login(factories.user())
    assert "You belong to no organisation." in client.get("/").content.decode()


def test_it_takes_few_queries(page, fleet, django_assert_max_num_queries):
    page.get("/")
    with django_assert_max_num_queries(20):
        page.get("/")
