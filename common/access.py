"""What a caller may do, whoever the caller is: a person in a browser, a live connection, a program with a token."""

from dataclasses import dataclass, field
from typing import Any

from django.http import HttpRequest

from common.actor import Actor
from common.rights import Feature, Right


@dataclass(frozen=True)
class Access:
    """A caller in one organisation. `rights` are right codes, `features` the organisation's subscribed features."""

    organisation: Any
    actor: Actor
    rights: frozenset[str] = field(default_factory=frozenset)
    features: frozenset[str] = field(default_factory=frozenset)
    user: Any = None

    def can(self, right: Right) -> bool:
        return right.code in self.rights

    def has(self, feature: Feature) -> bool:
        return feature.code in self.features


def access_of(request: HttpRequest) -> Access:
    """The access that the middleware found for this request; only pages behind a declared right may ask."""
    access = getattr(request, "access", None)
    if not isinstance(access, Access):
        raise LookupError("This request has no organisation: is the view declared with a right?")
    return access
