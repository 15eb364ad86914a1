"""Variables of the environment, read strictly: what cannot be understood is named, with what it should be."""

from ipaddress import ip_network
from typing import Any
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

    def check_url(self, var: str, example: str, *schemes: str) -> None:
        """Raise ImproperlyConfigured where the variable is set and is no address of one of these kinds."""
        said = self.ENVIRON.get(var)
        if said and said.partition("://")[0] not in schemes:
            raise ImproperlyConfigured(f"{var} must be an address like {example} (see .env.example).")

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


def _unreadable(var: str, said: str | None, kind: Any) -> ImproperlyConfigured:
    return ImproperlyConfigured(f"{var} must be {_KINDS.get(kind, 'something else')}, not {said!r} (see .env.example).")
