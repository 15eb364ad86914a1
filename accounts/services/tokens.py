"""API tokens: secrets by which programs act for an organisation."""

from collections.abc import Collection
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import selectors, tokens
from accounts.models import ApiToken, Organisation
from accounts.services.audit import record
from accounts.services.limits import require_held
from common.actor import Actor
from common.errors import Refused


@transaction.atomic
def create_token(
    actor: Actor, organisation: Organisation, name: str, codes: Collection[str], expires_at: datetime | None = None
) -> tuple[ApiToken, str]:
    """A new token and its secret, which is shown once and never kept. `codes` are rights that the actor holds."""
    require_held(actor, organisation, codes)
    if expires_at and expires_at <= timezone.now():
        raise ValidationError({"expires_at": _("This time is past.")})
    secret = tokens.make_secret()
    token = ApiToken(
        organisation=organisation,
        name=name,
        prefix=tokens.prefix_of(secret),
        digest=tokens.digest(secret),
        created_by_id=actor.id if actor.kind == "user" else None,
        expires_at=expires_at,
    )
    token.full_clean(exclude=["created_by", "last_used_at", "revoked_at"])
    token.save()
    token.rights.set(selectors.permissions(codes))
    record(actor, organisation, "accounts.token_created", token, after=_described(token, codes))
    return token, secret


@transaction.atomic
def revoke_token(actor: Actor, token: ApiToken) -> None:
    """End the token at once, for good."""
    revoked = ApiToken.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=timezone.now())
    if not revoked:
        raise Refused(_("The token is revoked already."))
    record(actor, token.organisation, "accounts.token_revoked", token, before={"prefix": token.prefix})


def _described(token: ApiToken, codes: Collection[str]) -> dict[str, object]:
    return {"prefix": token.prefix, "rights": sorted(codes), "expires_at": token.expires_at}
