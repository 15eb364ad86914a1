"""What the quick search finds beside stations: apps list theirs in `<app>/sheets.py`, in the tuple `SEARCHES`."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from common.access import Access
from common.declarations import declared
from common.rights import Feature, Right, Text


@dataclass(frozen=True)
class Found:
    """One line of the answer: a thing that the text names exactly, with the address of its page."""

    url: str
    icon: str
    title: str
    detail: str
    kind: Text


@dataclass(frozen=True)
class Search:
    """`find` gets the caller's access and the text as typed; it asks the database only where the text can mean its
    things, and then once.
    """

    right: Right
    find: Callable[[Access, str], Sequence[Found]]
    feature: Feature | None = None

    def open_to(self, access: Access) -> bool:
        return access.can(self.right) and (self.feature is None or access.has(self.feature))


def found_by_name(access: Access, text: str) -> list[Found]:
    """What the declared searches find for this caller."""
    searches = (search for search in declared("sheets", "SEARCHES") if search.open_to(access))
    return [found for search in searches for found in search.find(access, text)]
