import pytest
from django.core.exceptions import ValidationError

from accounts import rights, selectors, services
from accounts.models import AuditEntry, Membership, Role
from common.actor import SYSTEM, Actor
from common.errors import Refused
from common.rights import all_rights
from tests import factories
from tests.accounts.conftest import actor_of, role

EVERY = {right.code for right in all_rights()}


def codes(name: str) -> set[str]:
    return set(selectors.codes_of_roles([role(name)]))


def test_default_roles_hold_more_and_more(organisation):
    assert codes("Viewer") < codes("Support") < codes("Operator") < codes("Administrator") == EVERY
    assert "stations.view_stations" in codes("Viewer")
    assert "chargeports.control_charging" in codes("Support") - codes("Viewer")
    assert "stations.change_stations" in codes("Operator") - codes("Support")
    assert {code for code in codes("Operator") if code.startswith("accounts.")} == {"accounts.view_jobs"}


def test_administrators_hold_rights_that_no_row_names(organisation, owner):
    assert role("Administrator").rights.count() == 0
    assert selectors.access_for(owner, organisation).rights == EVERY


def test_role_is_made_changed_and_deleted(organisation, owner):
    made = services.create_role(actor_of(owner), organisation, "  Night shift ", {"stations.view_stations"})
    services.rename_role(actor_of(owner), made, "Day shift")
    services.set_role_rights(actor_of(owner), made, {"stations.export_stations"})
    assert codes("Day shift") == {"stations.export_stations"}
    services.delete_role(actor_of(owner), made)
    actions = AuditEntry.objects.filter(action__startswith="accounts.role_").order_by("id")
    assert [(entry.action, entry.before, entry.after) for entry in actions] == [
        ("accounts.role_created", {}, {"name": "Night shift", "rights": ["stations.view_stations"]}),
        ("accounts.role_renamed", {"name": "Night shift"}, {"name": "Day shift"}),
        (
            "accounts.role_rights_changed",
            {"rights": ["stations.view_stations"]},
            {"rights": ["stations.export_stations"]},
        ),
        ("accounts.role_deleted", {"name": "Day shift", "rights": ["stations.export_stations"]}, {}),
    ]


@pytest.mark.parametrize("name", ["", "   ", "x" * 81, "OPERATOR"])
def test_bad_names_are_refused(organisation, owner, name):
    with pytest.raises(ValidationError):
        services.create_role(actor_of(owner), organisation, name)
    with pytest.raises(ValidationError):
        services.rename_role(actor_of(owner), role("Viewer"), name)
    assert Role.objects.count() == 4


def test_a_role_may_change_the_case_of_its_name(organisation, owner):
    services.rename_role(actor_of(owner), role("Viewer"), "VIEWER")
    assert role("VIEWER").name == "VIEWER"


def test_nobody_gives_a_role_rights_that_they_do_not_hold(organisation):
    person = factories.member(organisation, rights.CHANGE_ROLES)
    with pytest.raises(Refused, match="See stations"):
        services.create_role(actor_of(person), organisation, "Mine", {"stations.view_stations"})
    with pytest.raises(Refused):
        services.set_role_rights(actor_of(person), role("Viewer"), codes("Viewer") | {"stations.change_stations"})
    with pytest.raises(Refused):
        services.set_role_rights(actor_of(person), role("Viewer"), set())
    services.set_role_rights(actor_of(person), role("Viewer"), codes("Viewer") | {rights.CHANGE_ROLES.code})
    assert rights.CHANGE_ROLES.code in codes("Viewer")


def test_rights_of_another_organisation_do_not_count_here(organisation, stranger):
    with pytest.raises(Refused):
        services.create_role(actor_of(stranger), organisation, "Mine", {"stations.view_stations"})


def test_administrators_role_stays_as_it_is(organisation, owner):
    with pytest.raises(Refused):
        services.set_role_rights(actor_of(owner), role("Administrator"), {"stations.view_stations"})
    with pytest.raises(Refused):
        services.delete_role(actor_of(owner), role("Administrator"))


def test_a_role_that_people_have_is_not_deleted(organisation, owner, teammate):
    Membership.objects.get(user=teammate).roles.set([role("Viewer")])
    with pytest.raises(Refused, match="People still have"):
        services.delete_role(actor_of(owner), role("Viewer"))
    assert Role.objects.filter(name="Viewer").exists()


def test_an_actor_that_is_neither_person_nor_token_nor_portal_holds_nothing(organisation):
    assert selectors.rights_held(Actor("station", "CP-1", 1), organisation) == frozenset()
    assert selectors.rights_held(SYSTEM, organisation) == EVERY


def test_access_takes_one_query_whatever_the_roles(organisation, owner, teammate, django_assert_num_queries):
    roles = [role("Viewer"), role("Support")]
    Membership.objects.get(user=teammate).roles.set(roles)
    for person, held in ((owner, EVERY), (teammate, selectors.codes_of_roles(roles))):
        with django_assert_num_queries(1):
            access = selectors.access_for(person, organisation)
        assert access.rights == held
