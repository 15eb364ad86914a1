"""Roles: an organisation's own bundles of rights."""

from collections.abc import Collection

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts import selectors
from accounts.models import Organisation, Role
from accounts.services.audit import record
from accounts.services.limits import lock, require_held
from common.actor import Actor
from common.errors import Refused


@transaction.atomic
def create_role(actor: Actor, organisation: Organisation, name: str, codes: Collection[str] = ()) -> Role:
    """A new role with the rights `codes`. Raises ValidationError for a name that is taken or empty."""
    lock(organisation)
    require_held(actor, organisation, codes)
    role = Role(organisation=organisation, name=_free_name(organisation, name))
    role.save()
    role.rights.set(selectors.permissions(codes))
    record(actor, organisation, "accounts.role_created", role, after={"name": role.name, "rights": sorted(codes)})
    return role


@transaction.atomic
def rename_role(actor: Actor, role: Role, name: str) -> None:
    lock(role.organisation)
    before = role.name
    role.name = _free_name(role.organisation, name, role)
    if role.name == before:
        return
    role.save(update_fields=["name"])
    record(actor, role.organisation, "accounts.role_renamed", role, before={"name": before}, after={"name": role.name})


@transaction.atomic
def set_role_rights(actor: Actor, role: Role, codes: Collection[str]) -> None:
    """Let the role hold exactly `codes`. The administrators' role holds every right, always."""
    lock(role.organisation)
    before, after = selectors.codes_of_roles([role]), set(codes)
    if before == after:
        return
    if role.is_administrator:
        raise Refused(_("The role “%(role)s” holds every right, always.") % {"role": role})
    require_held(actor, role.organisation, before ^ after)
    role.rights.set(selectors.permissions(after))
    record(
        actor,
        role.organisation,
        "accounts.role_rights_changed",
        role,
        before={"rights": sorted(before - after)},
        after={"rights": sorted(after - before)},
    )


@transaction.atomic
def delete_role(actor: Actor, role: Role) -> None:
    lock(role.organisation)
    codes = selectors.codes_of_roles([role])
    if role.is_administrator:
        raise Refused(_("The administrators' role cannot be deleted."))
    if role.memberships.exists():
        raise Refused(_("People still have the role “%(role)s”. Give them another one first.") % {"role": role})
    require_held(actor, role.organisation, codes)
    record(actor, role.organisation, "accounts.role_deleted", role, before={"name": role.name, "rights": sorted(codes)})
    role.delete()


def _free_name(organisation: Organisation, name: str, role: Role | None = None) -> str:
    name = name.strip()
    if not name:
        raise ValidationError({"name": _("Give the role a name.")})
    if len(name) > 80:
        raise ValidationError({"name": _("At most 80 characters.")})
    same = Role.objects.filter(organisation=organisation, name__iexact=name)
    if any(other != role for other in same):
        raise ValidationError({"name": _("There is a role of this name already.")})
    return name
