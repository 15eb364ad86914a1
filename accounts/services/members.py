"""People in an organisation: invite them, change their roles, remove them."""

from collections.abc import Sequence

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts import mails, selectors
from accounts.models import Membership, Organisation, Role, User
from accounts.services.audit import record
from accounts.services.limits import lock, require_administrator_left, require_held
from common.actor import Actor
from common.errors import Refused


@transaction.atomic
def invite_user(
    actor: Actor, organisation: Organisation, email: str, roles: Sequence[Role], name: str = "", language: str = ""
) -> Membership:
    """Make the person of that address a member and mail a one-time link to choose a password.

    Who already has an account of another organisation is told of the new one instead.
    """
    user = User.objects.filter(email__iexact=email).first()
    if user is None:
        user = User.objects.create_user(email, name=name, language=language)
    membership = add_member(actor, organisation, user, roles)
    mails.invite(membership, invited_by=actor.label)
    return membership


@transaction.atomic
def add_member(actor: Actor, organisation: Organisation, user: User, roles: Sequence[Role]) -> Membership:
    lock(organisation)
    require_held(actor, organisation, selectors.codes_of_roles(roles))
    membership, is_new = Membership.objects.get_or_create(organisation=organisation, user=user)
    if not is_new:
        raise Refused(_("%(email)s is a member already.") % {"email": user.email})
    membership.roles.set(roles)
    record(actor, organisation, "accounts.member_added", user, after={"email": user.email, "roles": _names(roles)})
    return membership


@transaction.atomic
def send_invitation(actor: Actor, membership: Membership) -> None:
    """Mail a new one-time link to somebody who has not chosen a password yet."""
    if membership.user.has_usable_password():
        raise Refused(_("%(email)s has chosen a password already.") % {"email": membership.user.email})
    mails.invite(membership, invited_by=actor.label)
    record(actor, membership.organisation, "accounts.invitation_sent", membership.user)


@transaction.atomic
def change_member_roles(actor: Actor, membership: Membership, roles: Sequence[Role]) -> None:
    lock(membership.organisation)
    old = list(membership.roles.all())
    if set(old) == set(roles):
        return
    require_held(actor, membership.organisation, selectors.codes_of_roles(list(set(old) ^ set(roles))))
    membership.roles.set(roles)
    require_administrator_left(membership.organisation)
    record(
        actor,
        membership.organisation,
        "accounts.member_roles_changed",
        membership.user,
        before={"roles": _names(old)},
        after={"roles": _names(roles)},
    )


@transaction.atomic
def remove_member(actor: Actor, membership: Membership) -> None:
    """End the membership; the person keeps the account, which may belong to other organisations."""
    organisation, user = membership.organisation, membership.user
    lock(organisation)
    roles = list(membership.roles.all())
    if actor.kind != "user" or actor.id != user.pk:
        require_held(actor, organisation, selectors.codes_of_roles(roles))
    membership.delete()
    require_administrator_left(organisation)
    record(actor, organisation, "accounts.member_removed", user, before={"email": user.email, "roles": _names(roles)})


def _names(roles: Sequence[Role]) -> list[str]:
    return sorted(role.name for role in roles)
