"""Secret values on their way to a station: encrypted in the row until the command is sent, then gone."""

import base64
import hashlib
from typing import Any

from cryptography.fernet import Fernet
from django.conf import settings

SECRET = "secret"  # noqa: S105 - the name under which it lies


def hidden(parameters: dict[str, Any]) -> dict[str, Any]:
    """The parameters as they may be stored: `value` encrypted under the name `secret`."""
    stored = {name: entry for name, entry in parameters.items() if name != "value"}
    return stored | {SECRET: _cipher().encrypt(parameters["value"].encode()).decode()}


def revealed(parameters: dict[str, Any]) -> dict[str, Any]:
    """The parameters as they are sent; unchanged where nothing in them is secret."""
    if SECRET not in parameters:
        return parameters
    clear = {name: entry for name, entry in parameters.items() if name != SECRET}
    return clear | {"value": _cipher().decrypt(parameters[SECRET].encode()).decode()}


def _cipher() -> Fernet:
    digest = hashlib.sha256(b"cpms command values " + settings.SECRET_KEY.encode()).digest()
    return Fernet(base64.urlsafe_b64encode(digest))
