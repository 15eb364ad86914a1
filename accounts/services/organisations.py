"""Organisations: make them, change their settings, switch parts of the portal on and off."""

from collections.abc import Collection
from typing import Any, get_args

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _
from django_scopes import scope

from accounts import selectors
from accounts.models import Organisation, Role, User
from accounts.services.audit import differences, record
from common.actor import Actor
from common.errors import Refused
from common.rights import DefaultRole, all_features, all_rights

SETTINGS = ("name", "time_zone", "language", "currency")
ROLE_NAMES: dict[DefaultRole, str] = {
    "viewer": "Viewer",
    "support": "Support",
    "operator": "Operator",
    "administrator": "Administrator",
}


@transaction.atomic
def create_organisation(
    actor: Actor, name: str, slug: str, *, features: Collection[str] = (), **settings: Any
) -> Organisation:
    """A new organisation with its default roles; `settings` as for `change_organisation`.

    The first one of all receives the unknown stations. Raises ValidationError for a short name that is taken.
    """
    organisation = Organisation(
        name=name,
        slug=slug,
        features=_known(features),
        receives_unknown_stations=not Organisation.objects.exists(),
        **settings,
    )
    organisation.full_clean()
    organisation.save()
    with scope(organisation=organisation):
        _create_roles(organisation)
    record(actor, organisation, "accounts.organisation_created", organisation, after={"name": name, "slug": slug})
    return organisation


def _create_roles(organisation: Organisation) -> None:
    order = get_args(DefaultRole)
    for rank, key in enumerate(order):
        is_administrator = key == "administrator"
        role = Role.objects.create(organisation=organisation, name=ROLE_NAMES[key], is_administrator=is_administrator)
        if not is_administrator:
            held = [right.code for right in all_rights() if order.index(right.default_role) <= rank]
            role.rights.set(selectors.permissions(held))


@transaction.atomic
def change_organisation(actor: Actor, organisation: Organisation, **values: Any) -> None:
    """Change some of `SETTINGS`. Raises ValidationError for values that do not fit."""
    before = {key: getattr(organisation, key) for key in values if key in SETTINGS}
    for key in before:
        setattr(organisation, key, values[key])
    organisation.full_clean(exclude=["features", "receives_unknown_stations", "slug"])
    old, new = differences(before, {key: getattr(organisation, key) for key in before})
    if new:
        organisation.save(update_fields=list(new))
        record(actor, organisation, "accounts.organisation_changed", organisation, before=old, after=new)


@transaction.atomic
def set_features(actor: Actor, organisation: Organisation, codes: Collection[str]) -> None:
    """Let the organisation subscribe to exactly the features `codes`."""
    locked = Organisation.objects.select_for_update().get(pk=organisation.pk)
    before, organisation.features = set(locked.features), _known(codes)
    after = set(organisation.features)
    if before == after:
        return
    organisation.save(update_fields=["features"])
    record(
        actor,
        organisation,
        "accounts.subscription_changed",
        organisation,
        before={"features": sorted(before - after)},
        after={"features": sorted(after - before)},
    )


def _known(codes: Collection[str]) -> list[str]:
    unknown = set(codes) - {feature.code for feature in all_features()}
    if unknown:
        raise ValidationError(_("There is no feature %(codes)s.") % {"codes": ", ".join(sorted(unknown))})
    return sorted(codes)


def switch_organisation(user: User, pk: int) -> Organisation:
    """The organisation that the person works in from now on, also at the next sign-in."""
    organisation = Organisation.objects.filter(memberships__user=user, pk=pk).first()
    if organisation is None:
        raise Refused(_("You are not a member of that organisation."))
    User.objects.filter(pk=user.pk).update(last_organisation=organisation)
    return organisation
