"""Secrets that must be read again, encrypted at rest with a key that is derived from `SECRET_KEY`, one per purpose.

After a change of SECRET_KEY what was sealed before stays readable while the old key stands in SECRET_KEY_FALLBACKS.
"""

import base64
import hashlib

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings


class CannotOpen(Exception):
    """It was sealed with another SECRET_KEY, or for another purpose."""


def seal(purpose: str, secret: str) -> str:
    """The secret as it may be stored; only `unseal` with the same purpose reads it."""
    return _cipher(purpose).encrypt(secret.encode()).decode()


def unseal(purpose: str, sealed: str) -> str:
    """What was sealed. Raises CannotOpen."""
    try:
        return _cipher(purpose).decrypt(sealed.encode()).decode()
    except InvalidToken:
        raise CannotOpen(purpose) from None


def _cipher(purpose: str) -> MultiFernet:
    keys = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    return MultiFernet([Fernet(_derived(key, purpose)) for key in keys])


def _derived(key: str, purpose: str) -> bytes:
    digest = hashlib.sha256(f"cpms {purpose} ".encode() + key.encode()).digest()
    return base64.urlsafe_b64encode(digest)
