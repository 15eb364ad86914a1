"""Secrets that must be read again, encrypted at rest with a key that is derived from `SECRET_KEY`, one per purpose."""

import base64
import hashlib

from cryptography.fernet import Fernet
from django.conf import settings


def seal(purpose: str, secret: str) -> str:
    """The secret as it may be stored; only `unseal` with the same purpose reads it."""
    return _cipher(purpose).encrypt(secret.encode()).decode()


def unseal(purpose: str, sealed: str) -> str:
    return _cipher(purpose).decrypt(sealed.encode()).decode()


def _cipher(purpose: str) -> Fernet:
    digest = hashlib.sha256(f"cpms {purpose} ".encode() + settings.SECRET_KEY.encode()).digest()
    return Fernet(base64.urlsafe_b64encode(digest))
