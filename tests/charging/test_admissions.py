from datetime import UTC, datetime

import pytest
from django.core.exceptions import ValidationError
from django.test import Client

from accounts.models import AuditEntry
from chargeports.choices import CommandKind
from charging import services
from charging.choices import AuthorizationStatus
from charging.models import StationAdmission
from charging.services.authorization import AuthorizeRequest, authorize
from charging.services.starts import StartRequest, start_sessions
from common.actor import SYSTEM
from stations.models import Station
from stations.rights import VIEW_ACCESS, VIEW_STATIONS
from tests import factories

ADDRESS = "/who-may-charge/BER-1/"
NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)


@pytest.fixture
def station(organisation) -> Station:
    return factories.station(organisation, identity="BER-1")


@pytest.fixture
def group(organisation):
    made = factories.token_group(organisation, "STAFF")
    factories.token(organisation, "MINE", group=made)
    factories.token(organisation, "OTHERS")
    return made


@pytest.fixture
def page(client, owner) -> Client:
    client.force_login(owner)
    return client


def said(station: Station, *tags: str) -> list[AuthorizationStatus]:
    requests = [AuthorizeRequest(station.pk, station.organisation_id, tag, NOW) for tag in tags]
    return [verdict.status for verdict in authorize(requests)]


def test_only_the_groups_tokens_may_charge_at_the_station(station, group, organisation):
    services.admit_groups(SYSTEM, station, [group])
    assert said(station, "MINE", "OTHERS", "NOBODY") == ["Accepted", "Blocked", "Invalid"]
    elsewhere = factories.station(organisation)
    assert said(elsewhere, "OTHERS") == ["Accepted"]
    services.admit_everyone(SYSTEM, station)
    assert said(station, "OTHERS") == ["Accepted"]


def test_a_start_is_judged_alike_and_stored_all_the_same(station, group):
    services.admit_groups(SYSTEM, station, [group])
    start = StartRequest(station.pk, station.organisation_id, 1, "OTHERS", 0, NOW, NOW)
    (outcome,) = start_sessions([start])
    assert outcome.verdict.status == AuthorizationStatus.BLOCKED
    assert outcome.session_id


def test_starts_from_the_portal_are_the_operators_own(station, group, organisation):
    services.admit_groups(SYSTEM, station, [group])
    factories.token(organisation, "PORTAL")
    assert said(station, "portal") == ["Accepted"]
    with pytest.raises(ValidationError, match="in no group that may charge"):
        services.request_start(SYSTEM, station, CommandKind.START_CHARGING, {"id_tag": "OTHERS"}, 1)


def test_a_group_that_is_deleted_leaves_the_station_closed(station, group):
    services.admit_groups(SYSTEM, station, [group])
    group.delete()
    assert said(station, "OTHERS") == ["Blocked"]


def test_who_may_charge_is_chosen_in_a_form_and_audited(page, station, group, owner):
    answer = page.post(ADDRESS, {"who": "groups", "groups": [group.pk]})
    assert answer["Location"] == "/stations/BER-1/access/"
    assert list(StationAdmission.objects.get(station=station).groups.all()) == [group]
    assert "STAFF" in page.get("/stations/BER-1/access/").content.decode()
    page.post(ADDRESS, {"who": "everyone"})
    entries = AuditEntry.objects.filter(action="charging.admission_changed", actor_id=owner.pk).order_by("pk")
    assert [entry.after["groups"] for entry in entries] == [["STAFF"], []]


@pytest.mark.parametrize("groups", [[], ["0"], ["x"]])
def test_no_group_is_no_choice(page, station, groups):
    assert page.post(ADDRESS, {"who": "groups", "groups": groups}).status_code == 422
    assert not StationAdmission.objects.exists()


def test_groups_of_others_cannot_be_chosen(page, station, other_organisation):
    foreign = factories.token_group(other_organisation)
    assert page.post(ADDRESS, {"who": "groups", "groups": [foreign.pk]}).status_code == 422
    with pytest.raises(ValidationError):
        services.admit_groups(SYSTEM, station, [foreign])


def test_who_may_not_see_tokens_sees_no_groups(page, station, organisation):
    page.force_login(factories.member(organisation, VIEW_STATIONS, VIEW_ACCESS))
    assert "Who may charge" not in page.get("/stations/BER-1/access/").content.decode()
