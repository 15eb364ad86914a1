"""What people set for themselves."""

from typing import Any

from django.db import transaction

from accounts.models import User
from accounts.services.audit import differences, record
from common.actor import Actor

FIELDS = ("name", "language", "time_zone", "theme")


@transaction.atomic
def change_profile(actor: Actor, user: User, **values: Any) -> None:
    """Change some of `FIELDS`. The row belongs to the platform: a person is no organisation's own."""
    before = {key: getattr(user, key) for key in values if key in FIELDS}
    for key in before:
        setattr(user, key, values[key])
    user.clean_fields(exclude=[field.name for field in user._meta.fields if field.name not in before])
    old, new = differences(before, {key: getattr(user, key) for key in before})
    if new:
        user.save(update_fields=list(new))
        record(actor, None, "accounts.profile_changed", user, before=old, after=new)
