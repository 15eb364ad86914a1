"""Who may invite, change and remove people; what they get; what the audit log keeps of it."""

import re

import pytest
from django.core import mail

from accounts import rights, selectors, services
from accounts.models import AuditEntry, Membership, User
from common.actor import SYSTEM
from common.errors import Refused
from tests import factories
from tests.accounts.conftest import actor_of, role

pytestmark = pytest.mark.django_db


def test_invited_person_gets_one_link_in_their_language(organisation, mails_sent):
    services.invite_user(SYSTEM, organisation, "New@Person.example", [role("Viewer")], language="de")
    mails_sent()
    [message] = mail.outbox
    assert message.to == ["new@person.example"]
    assert len(re.findall(r"http\S+/accounts/password/reset/key/\S+", message.body)) == 1
    member = Membership.objects.get(user__email="new@person.example")
    assert [held.name for held in member.roles.all()] == ["Viewer"]
    assert not member.user.has_usable_password()


def test_link_lets_choose_a_password_once(organisation, client, mails_sent):
    services.invite_user(SYSTEM, organisation, "new@person.example", [role("Viewer")])
    mails_sent()
    link = re.search(r"http://[^/]+(/accounts/password/reset/key/\S+)", mail.outbox[0].body).group(1)
    form = client.get(link, follow=True)
    address = form.redirect_chain[-1][0]
    client.post(address, {"password1": factories.PASSWORD, "password2": factories.PASSWORD})
    assert User.objects.get(email="new@person.example").check_password(factories.PASSWORD)
    client.logout()
    again = client.get(link)
    assert again.status_code == 200
    assert again.context["token_fail"]


def test_member_of_another_organisation_is_told_and_keeps_the_password(organisation, stranger, mails_sent):
    services.invite_user(SYSTEM, organisation, stranger.email.upper(), [role("Viewer")])
    mails_sent()
    assert "/password/reset/" not in mail.outbox[0].body
    stranger.refresh_from_db()
    assert stranger.check_password(factories.PASSWORD)
    assert {one.organisation_id for one in selectors.memberships_of(stranger)} >= {organisation.pk}


def test_a_member_cannot_be_invited_again(organisation, owner, teammate, mails_sent):
    with pytest.raises(Refused, match="member already"):
        services.invite_user(actor_of(owner), organisation, teammate.email, [])
    mails_sent()
    assert mail.outbox == []


def test_nobody_hands_on_more_rights_than_they_hold(organisation):
    inviter = factories.member(organisation, rights.CHANGE_USERS)
    with pytest.raises(Refused, match="do not have yourself"):
        services.invite_user(actor_of(inviter), organisation, "x@person.example", [role("Administrator")])
    assert not User.objects.filter(email="x@person.example").exists()


def test_nobody_takes_rights_that_they_do_not_hold(organisation, owner):
    inviter = factories.member(organisation, rights.CHANGE_USERS)
    membership = Membership.objects.get(user=owner)
    with pytest.raises(Refused, match="do not have yourself"):
        services.change_member_roles(actor_of(inviter), membership, [])
    with pytest.raises(Refused, match="do not have yourself"):
        services.remove_member(actor_of(inviter), membership)
    assert role("Administrator") in Membership.objects.get(user=owner).roles.all()


def test_changed_roles_change_what_a_person_may(organisation, owner, teammate):
    membership = Membership.objects.get(user=teammate)
    services.change_member_roles(actor_of(owner), membership, [role("Administrator")])
    access = selectors.access_for(teammate, organisation)
    assert access.can(rights.CHANGE_ROLES)
    entry = AuditEntry.objects.get(action="accounts.member_roles_changed")
    assert (entry.before, entry.after) == ({"roles": []}, {"roles": ["Administrator"]})
    assert (entry.actor_label, entry.object_label) == (str(owner), str(teammate))


def test_last_administrator_stays(organisation, owner):
    with pytest.raises(Refused, match="needs an administrator"):
        services.remove_member(actor_of(owner), Membership.objects.get(user=owner))
    with pytest.raises(Refused, match="needs an administrator"):
        services.change_member_roles(actor_of(owner), Membership.objects.get(user=owner), [role("Operator")])
    assert role("Administrator") in Membership.objects.get(user=owner).roles.all()


def test_an_inactive_administrator_does_not_count(organisation, owner):
    asleep = factories.user(is_active=False)
    services.add_member(SYSTEM, organisation, asleep, [role("Administrator")])
    with pytest.raises(Refused):
        services.remove_member(actor_of(owner), Membership.objects.get(user=owner))


def test_one_of_two_administrators_may_leave(organisation, owner):
    other = factories.user()
    services.add_member(SYSTEM, organisation, other, [role("Administrator")])
    services.remove_member(actor_of(owner), Membership.objects.get(user=owner))
    assert selectors.access_for(owner, organisation) is None
    assert User.objects.filter(pk=owner.pk).exists()


def test_anybody_may_leave(organisation, owner):
    leaving = factories.user()
    services.add_member(SYSTEM, organisation, leaving, [role("Operator")])
    services.remove_member(actor_of(leaving), Membership.objects.get(user=leaving))
    assert not Membership.objects.filter(user=leaving).exists()


def test_invitation_is_sent_again_only_without_a_password(organisation, owner, teammate, mails_sent):
    services.invite_user(actor_of(owner), organisation, "new@person.example", [])
    services.send_invitation(actor_of(owner), Membership.objects.get(user__email="new@person.example"))
    with pytest.raises(Refused):
        services.send_invitation(actor_of(owner), Membership.objects.get(user=teammate))
    mails_sent()
    assert len(mail.outbox) == 2
