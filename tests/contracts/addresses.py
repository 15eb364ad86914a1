"""Every address of the portal, found by walking the URL resolver: each pattern, and each tab of each sheet."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver, reverse

from common.api import NAMESPACE
from common.rights import Right
from common.sheets import tabs_of
from tests.contracts.world import FURTHER_RIGHTS, QUERIES, SHEETS, World, arguments_of


@dataclass(frozen=True)
class Address:
    """One pattern, or one tab or action of a sheet behind it."""

    pattern: URLPattern
    namespace: str = ""
    slug: str = ""
    action: str = ""
    rights: tuple[Right, ...] = ()

    @property
    def name(self) -> str:
        return self.pattern.name or str(self.pattern.pattern)

    @property
    def view(self) -> Any:
        return self.pattern.callback

    @property
    def has_arguments(self) -> bool:
        return bool(self.pattern.pattern.converters or self.pattern.pattern.regex.groups)

    def url(self, world: World) -> str:
        sample = arguments_of(self.name)
        values = sample(world) if sample else {}
        extra = {"slug": self.slug, "action": self.action}
        url = reverse(self.name, kwargs={**values, **{key: value for key, value in extra.items() if value}})
        return f"{url}?{QUERIES[self.name]}" if self.name in QUERIES else url

    def __str__(self) -> str:
        return "/".join(filter(None, [self.namespace, self.name, self.slug, self.action]))


def walk(patterns: list[URLPattern | URLResolver], namespace: str = "") -> Iterator[Address]:
    for entry in patterns:
        if isinstance(entry, URLResolver):
            yield from walk(entry.url_patterns, entry.namespace or namespace)
        else:
            yield Address(entry, namespace)


def expanded(address: Address) -> Iterator[Address]:
    """A sheet's pattern once for each of its tabs, and for each action of them."""
    base = address.name.removesuffix("-action")
    if base not in SHEETS:
        yield Address(address.pattern, rights=_declared(address) + FURTHER_RIGHTS.get(address.name, ()))
        return
    for tab in tabs_of(SHEETS[base]):
        rights = (*_declared(address), tab.right)
        if base == address.name:
            yield Address(address.pattern, slug=tab.slug, rights=rights)
            continue
        for action in tab.actions:
            yield Address(address.pattern, slug=tab.slug, action=action.name, rights=(*rights, action.right))


def _declared(address: Address) -> tuple[Right, ...]:
    right = getattr(address.view, "right", None)
    return (right,) if right else ()


def is_allauth(address: Address) -> bool:
    return address.view.__module__.startswith("allauth.")


EVERY = list(walk(get_resolver().url_patterns))
ADMIN = [address for address in EVERY if address.namespace == "admin"]
ALLAUTH = [address for address in EVERY if address not in ADMIN and is_allauth(address)]
API = [address for address in EVERY if address.namespace == NAMESPACE]
OURS = [address for address in EVERY if address not in [*ADMIN, *ALLAUTH, *API]]
SWEPT = [
    one for address in OURS if not address.has_arguments or arguments_of(address.name) for one in expanded(address)
]
MEMBERS = [address for address in SWEPT if address.view.audience == "members"]
SIGNED_IN = [address for address in SWEPT if address.view.audience == "signed in"]
PUBLIC = [address for address in SWEPT if address.view.audience == "public"]
