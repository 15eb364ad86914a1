"""How an API token's secret is made, kept and recognised.

A secret is 256 random bits, so a plain SHA-256 of it can neither be guessed nor looked up: no slow hash is needed.
"""

import hashlib
import secrets
from datetime import datetime, timedelta

from django.db.models import Q
from django.http import HttpRequest
from django_scopes import scopes_disabled

from accounts.models import ApiToken

MARK = "cpms_"
PREFIX_LENGTH = 12
# How exactly "last used" is kept: a program that asks every second does not write every second.
USE_RESOLUTION = timedelta(minutes=1)


def make_secret() -> str:
    return MARK + secrets.token_urlsafe(32)


def prefix_of(secret: str) -> str:
    """The beginning that tells tokens apart in lists; too short to help guessing the rest."""
    return secret[:PREFIX_LENGTH]


def digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def bearer(request: HttpRequest) -> str | None:
    """The secret of `Authorization: Bearer …` (RFC 6750 §2.1), if the request has one."""
    scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
    return secret.strip() if scheme.lower() == "bearer" else None


def find(secret: str, now: datetime) -> ApiToken | None:
    """The token of this secret, unless it is revoked or expired. Looks across organisations."""
    with scopes_disabled():
        usable = ApiToken.objects.filter(Q(expires_at=None) | Q(expires_at__gt=now), revoked_at=None)
        token = usable.select_related("organisation").filter(digest=digest(secret)).first()
        if token and (token.last_used_at is None or now - token.last_used_at > USE_RESOLUTION):
            ApiToken.objects.filter(pk=token.pk).update(last_used_at=now)
    return token
