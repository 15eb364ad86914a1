"""Reads of the accounts app that more than one place needs."""

from collections.abc import Collection, Iterable
from typing import Any

from django.contrib.auth.models import Permission
from django.contrib.postgres.aggregates import ArrayAgg, BoolOr
from django.db.models import F, Q, QuerySet, Value
from django.db.models.functions import Concat
from django_scopes import scopes_disabled

from accounts.models import ApiToken, AuditEntry, Membership, Organisation, Role, User
from common.access import Access
from common.actor import Actor
from common.rights import Right, all_rights


def memberships_of(user: User) -> list[Membership]:
    """Where the person belongs to, by the organisations' names, each with its organisation and the rights held there.
    One query, since every page asks."""
    rights = Concat("roles__rights__content_type__app_label", Value("."), "roles__rights__codename")
    found = Membership._base_manager.filter(user=user).select_related("organisation")
    with_rights = found.annotate(
        holds_all=BoolOr("roles__is_administrator", default=False),
        codes=ArrayAgg(rights, filter=Q(roles__rights__isnull=False), distinct=True, default=[]),
    )
    return list(with_rights.order_by("organisation__name"))


def access_for(user: User, organisation: Organisation, address: str | None = None) -> Access | None:
    """The person's access in the organisation, or None without a membership there. One query."""
    return access_within(user, organisation, memberships_of(user), address)


def access_within(
    user: User, organisation: Organisation, memberships: Iterable[Membership], address: str | None = None
) -> Access | None:
    """The access that one of the person's memberships (`memberships_of`) gives in the organisation. No query."""
    mine: Any = next((one for one in memberships if one.organisation_id == organisation.pk), None)
    if mine is None or not user.is_active:
        return None
    return Access(
        organisation=organisation,
        actor=Actor(kind="user", label=str(user), id=user.pk, address=address),
        rights=every_code() if mine.holds_all else frozenset(mine.codes),
        features=frozenset(organisation.features),
        user=user,
    )


def access_for_token(token: ApiToken, address: str | None = None) -> Access:
    """The access of a program that showed the token's secret."""
    with scopes_disabled():
        rights = _codes(token.rights.all())
    return Access(
        organisation=token.organisation,
        actor=Actor(kind="token", label=token.name, id=token.pk, address=address),
        rights=rights,
        features=frozenset(token.organisation.features),
    )


def rights_held(actor: Actor, organisation: Organisation) -> frozenset[str]:
    """The right codes that the actor holds in the organisation; the portal and its tasks hold every one."""
    if actor.kind in ("system", "task"):
        return every_code()
    with scopes_disabled():
        if actor.kind == "user":
            return codes_of_roles(Role.objects.filter(memberships__user=actor.id, organisation=organisation))
        if actor.kind == "token":
            return _codes(Permission.objects.filter(tokens=actor.id, tokens__organisation=organisation))
    return frozenset()


def people_with(organisation: Organisation | int, right: Right) -> QuerySet[User]:
    """The organisation's people who hold the right there and may sign in, by name. One query."""
    holding = Permission.objects.filter(content_type__app_label=right.app_label, codename=right.codename)
    roles = Role._base_manager.filter(Q(is_administrator=True) | Q(rights__in=holding), organisation=organisation)
    members = Membership._base_manager.filter(organisation=organisation, roles__in=roles)
    return User.objects.filter(is_active=True, pk__in=members.values("user")).order_by("name", "email")


def codes_of_roles(roles: Iterable[Role]) -> frozenset[str]:
    """The codes of the rights that the roles hold together. One query, none for administrators."""
    roles = list(roles)
    if any(role.is_administrator for role in roles):
        return every_code()
    return _codes(Permission.objects.filter(roles__in=roles))


def every_code() -> frozenset[str]:
    return frozenset(right.code for right in all_rights())


def permissions(codes: Collection[str]) -> QuerySet[Permission]:
    """The rows of these right codes in Django's permission table."""
    return _with_code(Permission.objects.filter(content_type__model="right")).filter(code__in=codes)


def _codes(rows: QuerySet[Permission]) -> frozenset[str]:
    return frozenset(_with_code(rows).values_list("code", flat=True))


def _with_code(rows: QuerySet[Permission]) -> QuerySet[Any]:
    return rows.annotate(code=Concat(F("content_type__app_label"), Value("."), F("codename")))


def members(organisation: Organisation) -> QuerySet[Membership]:
    """The organisation's people with their roles, by name. Two queries."""
    mine = Membership.objects.filter(organisation=organisation)
    return mine.select_related("user", "organisation").prefetch_related("roles").order_by("user__name", "user__email")


def audit_entries(organisation: Organisation) -> QuerySet[AuditEntry]:
    """The organisation's audit log, newest first."""
    return AuditEntry.objects.filter(organisation=organisation).order_by("-id")
