"""Variables of the environment, read strictly: what cannot be understood is named, with what it should be."""

import math
from ipaddress import ip_network
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import available_timezones

import environ
from django.core.exceptions import ImproperlyConfigured

_YES, _NO = ("1", "true", "yes", "on", "y", "t", "ok"), ("0", "false", "no", "off", "n", "f", "")
_KINDS = {int: "a whole number", float: "a number", bool: "1 or 0"}


class Env(environ.Env):
    """`environ.Env`, whose own messages name no variable, and which takes any word it does not know for false."""

    def get_value(
        self, var: str, cast: Any = None, default: Any = environ.Env.NOTSET, parse_default: bool = False
    ) -> Any:
        said = self.ENVIRON.get(var)
        if cast is bool and said is not None and said.strip().lower() not in (*_YES, *_NO):
            raise _unreadable(var, said, bool)
        try:
            return super().get_value(var, cast, default, parse_default)
        except ValueError:
            raise _unreadable(var, said, cast) from None

    def amount(self, var: str, default: int, least: int = 1, most: float = math.inf) -> int:
        """A whole number within bounds: a log that is kept for no day would be lost at once."""
        said = int(self.int(var, default=default))
        if not least <= said <= most:
            between = f"a whole number from {least} to {most}" if most < math.inf else f"{least} or more"
            raise ImproperlyConfigured(f"{var} must be {between}, not {said} (see .env.example).")
        return said

    def one_of(self, var: str, default: str, *choices: str) -> str:
        said = str(self(var, default=default))
        if said not in choices:
            raise ImproperlyConfigured(f"{var} must be one of {', '.join(choices)}, not {said!r} (see .env.example).")
        return said

    def check_url(self, var: str, example: str, *schemes: str) -> None:
        """Raise ImproperlyConfigured where the variable is set and is no address of one of these kinds."""
        said = self.ENVIRON.get(var)
        if said and not _is_address(said, schemes):
            raise ImproperlyConfigured(f"{var} must be an address like {example} (see .env.example).")

    def address(self, var: str, default: str, example: str, *schemes: str) -> str:
        """The address that the variable holds, without a slash at its end."""
        self.check_url(var, example, *schemes)
        return str(self(var, default=default)).rstrip("/")

    def time_zone(self, var: str, default: str) -> str:
        name = str(self(var, default=default))
        if name not in available_timezones():
            raise ImproperlyConfigured(
                f"{var} must be a time zone like Europe/Berlin, not {name!r} (see .env.example)."
            )
        return name

    def networks(self, var: str) -> list[str]:
        """Networks in CIDR notation, with commas between."""
        named: list[str] = self.list(var, default=[])
        try:
            return [str(ip_network(name.strip(), strict=False)) for name in named]
        except ValueError:
            raise ImproperlyConfigured(
                f"{var} must be networks like 10.20.0.0/16,fd12::/16 (see .env.example)."
            ) from None


def _is_address(text: str, schemes: tuple[str, ...]) -> bool:
    try:
        port = urlsplit(text).port
    except ValueError:
        return False
    return text.partition("://")[0] in schemes and port != 0


def _unreadable(var: str, said: str | None, kind: Any) -> ImproperlyConfigured:
    return ImproperlyConfigured(f"{var} must be {_KINDS.get(kind, 'something else')}, not {said!r} (see .env.example).")
