"""What is known of configuration keys at one station: the organisation's own descriptions before the standard's."""

import re
from collections.abc import Iterable
from typing import cast

from chargeports.configuration import Form, KnownKey, known_key
from chargeports.models import ConfigurationKey
from chargeports.port_fields import PORT


class KeyCatalogue:
    """`described` are the organisation's descriptions that fit the station, the best first."""

    def __init__(self, described: Iterable[ConfigurationKey]) -> None:
        self.described = list(described)
        self._plain: dict[str, KnownKey] = {}
        self._patterns: list[tuple[re.Pattern[str], KnownKey]] = []
        for one in self.described:
            self._add(one)

    def find(self, key: str) -> KnownKey | None:
        """What is known of the key in any case of letters."""
        if own := self._plain.get(key.lower()):
            return own
        fitting = (known for pattern, known in self._patterns if pattern.fullmatch(key))
        return next(fitting, None) or known_key(key)

    def _add(self, one: ConfigurationKey) -> None:
        known = as_known(one)
        if PORT in one.key:
            pattern = re.escape(one.key).replace(re.escape(PORT), "[0-9]{1,2}")
            self._patterns.append((re.compile(pattern, re.IGNORECASE), known))
        else:
            self._plain.setdefault(one.key.lower(), known)


def as_known(one: ConfigurationKey) -> KnownKey:
    values = tuple(part.strip() for part in one.values.split(",") if part.strip())
    recommended = one.recommended or None
    return KnownKey(
        one.key, cast(Form, one.form), one.meaning, one.unit, recommended, risky=one.risky, values=values, is_own=True
    )
