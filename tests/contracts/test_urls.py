"""Every address of the portal, found by walking the URL resolver, as everybody who may knock.

Anonymous people are sent to sign in. Who belongs to another organisation finds nothing (404). A member without the
right is refused (403), also one who holds every other right. A member with the right is let in. A pattern that this
sweep cannot call fails it.
"""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Organisation, User
from common.rights import all_rights
from common.sheets import tabs_of
from tests import factories
from tests.contracts.addresses import ADMIN, ALLAUTH, EVERY, MEMBERS, OURS, PUBLIC, SIGNED_IN, SWEPT, Address
from tests.contracts.world import ARGUMENTS, FURTHER_RIGHTS, QUERIES, SHEETS, World, arguments_of, make_world

# allauth's pages, by who may open them; nothing of allauth is open that does not stand here.
ALLAUTH_OPEN = {
    "account_inactive",
    "account_login",
    "account_logout",
    "account_reset_password",
    "account_reset_password_done",
    "account_reset_password_from_key",
    "account_reset_password_from_key_done",
    "mfa_authenticate",
}
ALLAUTH_SIGNED_IN = {
    "account_change_password",
    "account_reauthenticate",
    "mfa_activate_totp",
    "mfa_deactivate_totp",
    "mfa_download_recovery_codes",
    "mfa_generate_recovery_codes",
    "mfa_index",
    "mfa_reauthenticate",
    "mfa_view_recovery_codes",
    "usersessions_list",
}
AUDIENCES = {"members", "signed in", "public"}
LET_IN = (200, 204, 302, 400, 405, 422)
FEWEST = 75


def each(addresses: list[Address]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("address", addresses, ids=str)


@pytest.fixture
def world(organisation, owner) -> World:
    return make_world(organisation, owner)


def knock(person: User | None, url: str) -> list[int]:
    """The status of reading the address and of posting nothing to it."""
    client = Client()
    if person:
        client.force_login(person)
    return [client.get(url).status_code, client.post(url).status_code]


def asks_to_sign_in(answer: Any) -> bool:
    """By a redirect, or on a page of its own that keeps what was sent."""
    sign_in = reverse("account_login")
    if answer.status_code == 401:
        return sign_in in answer.text
    return answer.status_code == 302 and answer["Location"].startswith(sign_in)


def member_with(organisation: Organisation, codes: set[str]) -> User:
    return factories.member(organisation, *(right for right in all_rights() if right.code in codes))


def test_the_walk_saw_enough():
    assert len(SWEPT) + len(ALLAUTH) + len(ADMIN) >= FEWEST
    assert {address.namespace for address in EVERY} == {"", "admin", "api-v1"}
    assert len({address.name for address in OURS}) == len(OURS)


@pytest.mark.parametrize("address", OURS, ids=str)
def test_every_view_declares_who_may_open_it(address):
    assert getattr(address.view, "audience", None) in AUDIENCES
    assert (address.view.audience == "members") == (address.view.right is not None)


def test_every_address_has_sample_arguments():
    missing = [address.name for address in OURS if address.has_arguments and not arguments_of(address.name)]
    assert not missing, "Add sample arguments to tests/contracts/world.py"


def test_no_sample_is_left_over():
    names = {address.name for address in OURS}
    for known in (ARGUMENTS, QUERIES, SHEETS, FURTHER_RIGHTS):
        assert set(known) <= names
    assert {address.name for address in ALLAUTH} == ALLAUTH_OPEN | ALLAUTH_SIGNED_IN


@each(MEMBERS)
def test_pages_of_members_are_closed_to_others(address, world, organisation, teammate, stranger):
    url = address.url(world)
    for answer in (Client().get(url), Client().post(url)):
        assert asks_to_sign_in(answer)
    if address.has_arguments:
        assert 404 in knock(stranger, url)
        assert set(knock(stranger, url)) <= {404, 405}
    assert knock(teammate, url) == [403, 403]
    for needed in set(address.rights):
        others = {right.code for right in all_rights()} - {needed.code}
        get, post = knock(member_with(organisation, others), url)
        assert post == 403
        assert get == 403 or (get == 404 and address.action) or needed in FURTHER_RIGHTS.get(address.name, ())


@each(MEMBERS)
def test_members_with_the_right_are_let_in(address, world, organisation):
    person = member_with(organisation, {right.code for right in address.rights})
    get, post = knock(person, address.url(world))
    assert get in ((404,) if address.action else LET_IN)
    assert post in LET_IN or (post == 404 and address.slug and not address.action)


@each([address for address in MEMBERS if address.slug and not address.action])
def test_tabs_of_a_feature_go_with_it(address, world, organisation):
    tab = next(tab for tab in tabs_of(SHEETS[address.name]) if tab.slug == address.slug)
    Organisation.objects.filter(pk=organisation.pk).update(features=[])
    person = member_with(organisation, {right.code for right in address.rights})
    assert (status_of(person, address.url(world)) == 404) is (tab.feature is not None)


def status_of(person: User, url: str) -> int:
    client = Client()
    client.force_login(person)
    return client.get(url).status_code


@each(SIGNED_IN)
def test_own_pages_are_for_who_is_signed_in(address, world, owner, teammate, stranger):
    url = address.url(world)
    assert all(asks_to_sign_in(answer) for answer in (Client().get(url), Client().post(url)))
    for person in (owner, teammate, stranger):
        assert not {403, 500} & set(knock(person, url))


@each([address for address in SIGNED_IN if address.has_arguments])
def test_nobody_reaches_what_is_somebody_elses_own(address, world, teammate, stranger):
    for person in (teammate, stranger):
        assert 404 in knock(person, address.url(world))


@each(PUBLIC)
def test_public_pages_ask_nobody_who_they_are(address, world):
    get = Client().get(address.url(world))
    assert get.status_code in (200, 302, 503)
    assert not asks_to_sign_in(get)


@pytest.mark.parametrize("name", sorted(ALLAUTH_SIGNED_IN))
def test_pages_of_ones_own_account_send_others_to_sign_in(name, db):
    answer = Client().get(reverse(name))
    assert asks_to_sign_in(answer)


@pytest.mark.parametrize("address", ADMIN, ids=str)
def test_platform_administration_is_for_its_staff(address, owner):
    client = Client()
    client.force_login(owner)
    assert client.get(admin_url(address), follow=True).status_code == 403


def admin_url(address: Address) -> str:
    if not address.pattern.name:
        return "/admin/something/"
    pattern = address.pattern.pattern
    if "app_label" in pattern.regex.groupindex:
        return reverse("admin:app_list", args=["accounts"])
    return reverse(f"admin:{address.name}", args=["1"] * len(pattern.converters))
