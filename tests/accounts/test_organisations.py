import pytest
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from django_scopes import scope

from accounts import selectors, services
from accounts.checks import no_demo_accounts
from accounts.models import AuditEntry, Organisation, User
from common.actor import SYSTEM
from common.errors import Refused
from tests import factories
from tests.accounts.conftest import actor_of


def test_only_the_first_organisation_receives_unknown_stations(organisation, other_organisation):
    assert organisation.receives_unknown_stations
    assert not other_organisation.receives_unknown_stations


@pytest.mark.parametrize(
    "wrong", [{"slug": "network"}, {"slug": "no blanks"}, {"name": ""}, {"features": ["no-such-feature"]}]
)
def test_bad_values_make_no_organisation(organisation, wrong):
    with pytest.raises(ValidationError):
        services.create_organisation(SYSTEM, **{"name": "Second", "slug": "second", **wrong})
    assert Organisation.objects.count() == 1


def test_settings_are_changed_and_recorded(organisation, owner):
    services.change_organisation(actor_of(owner), organisation, name="New name", currency="EUR")
    entry = AuditEntry.objects.get(action="accounts.organisation_changed")
    assert (entry.before, entry.after) == ({"name": "Network"}, {"name": "New name"})
    with pytest.raises(ValidationError):
        services.change_organisation(actor_of(owner), organisation, name="")
    assert Organisation.objects.get(pk=organisation.pk).name == "New name"


def test_features_are_switched(organisation, owner):
    services.set_features(actor_of(owner), organisation, [])
    assert selectors.access_for(owner, Organisation.objects.get(pk=organisation.pk)).features == frozenset()
    services.set_features(actor_of(owner), organisation, ["communication"])
    assert Organisation.objects.get(pk=organisation.pk).features == ["communication"]
    with pytest.raises(ValidationError):
        services.set_features(actor_of(owner), organisation, ["no-such-feature"])
    assert AuditEntry.objects.filter(action="accounts.subscription_changed").count() == 2


def test_people_switch_only_to_their_own_organisations(organisation, other_organisation, owner):
    with pytest.raises(Refused):
        services.switch_organisation(owner, other_organisation.pk)
    with scope(organisation=other_organisation):
        services.add_member(SYSTEM, other_organisation, owner, [])
    assert services.switch_organisation(owner, other_organisation.pk) == other_organisation
    owner.refresh_from_db()
    assert owner.last_organisation == other_organisation


def test_profile_is_changed_and_checked(owner):
    services.change_profile(actor_of(owner), owner, name="Olga", theme="dark")
    owner.refresh_from_db()
    assert (owner.name, owner.theme) == ("Olga", "dark")
    with pytest.raises(ValidationError):
        services.change_profile(actor_of(owner), owner, theme="pink")
    owner.refresh_from_db()
    assert owner.theme == "dark"


def test_saved_filter_of_the_same_name_is_replaced(organisation, owner):
    services.save_filter(owner, organisation, "stations", "Mine", "city=Ulm")
    saved = services.save_filter(owner, organisation, "stations", "Mine", "city=Bonn")
    assert saved.query == "city=Bonn"
    services.delete_filter(saved)
    assert not type(saved).objects.exists()


def test_production_refuses_a_database_with_demo_accounts(db, settings):
    factories.user(is_demo=True)
    assert no_demo_accounts(databases=["default"]) == []
    settings.PRODUCTION = True
    [problem] = no_demo_accounts(databases=["default"])
    assert problem.id == "accounts.E001"
    with pytest.raises(SystemCheckError, match=r"accounts\.E001"):
        call_command("check", databases=["default"])
    User.objects.filter(is_demo=True).delete()
    assert no_demo_accounts(databases=["default"]) == []
