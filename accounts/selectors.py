"""Reads of the accounts app that more than one place needs."""

from django.contrib.auth.models import Permission
from django.db.models import F, Value
from django.db.models.functions import Concat
from django_scopes import scopes_disabled

from accounts.models import Membership, Organisation, User
from common.access import Access
from common.actor import Actor


def organisations_of(user: User) -> list[Organisation]:
    """The organisations that the person belongs to, by name. One query."""
    return list(Organisation.objects.filter(memberships__user=user).order_by("name"))


def access_for(user: User, organisation: Organisation, address: str | None = None) -> Access | None:
    """The person's access in the organisation, or None without a membership there. Two queries."""
    with scopes_disabled():
        membership = Membership.objects.filter(user=user, organisation=organisation).first()
        if membership is None or not user.is_active:
            return None
        rights = _codes_of(membership)
    return Access(
        organisation=organisation,
        actor=Actor(kind="user", label=str(user), id=user.pk, address=address),
        rights=rights,
        features=frozenset(organisation.features),
        user=user,
    )


def _codes_of(membership: Membership) -> frozenset[str]:
    codes = (
        Permission.objects.filter(roles__memberships=membership)
        .annotate(code=Concat(F("content_type__app_label"), Value("."), F("codename")))
        .values_list("code", flat=True)
    )
    return frozenset(codes)
