"""What is known of OCPP 1.6 configuration keys (§9): the catalogue, and which values are secret."""

import re
from typing import Any

BLANK = "•••"
_SECRET = re.compile(
    r"authori[sz]ation_?key|passw(or)?d|passphrase|secret|private_?key|api_?key|credential|access_?token|auth_?token"
    r"|\bpsk\b|psk$|sim_?pin|pin_?code|wi-?fi.*key|wlan.*key|wpa.*key",
    re.IGNORECASE,
)


def is_secret(key: str) -> bool:
    """Whether the value of this key is never shown, stored or logged. Vendors' own keys are judged by their name."""
    return bool(_SECRET.search(key))


def blank_secrets(value: Any) -> Any:
    """A JSON value in which the value of every secret key is blanked: `{"key": …, "value": …}` anywhere in it."""
    if isinstance(value, list):
        return [blank_secrets(entry) for entry in value]
    if not isinstance(value, dict):
        return value
    secret = is_secret(str(value.get("key", ""))) and value.get("value") is not None
    return {name: BLANK if secret and name == "value" else blank_secrets(entry) for name, entry in value.items()}
