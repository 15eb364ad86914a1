"""Parts a batch into rounds, in each of which a key occurs once: what belongs to one key keeps its order."""

from collections import Counter
from collections.abc import Callable, Hashable, Sequence
from typing import TypeVar

T = TypeVar("T")


def rounds(items: Sequence[T], key: Callable[[T], Hashable]) -> list[list[int]]:
    """The indices of `items`, round by round. Almost always there is one round."""
    seen: Counter[Hashable] = Counter()
    parts: list[list[int]] = []
    for index, item in enumerate(items):
        turn = seen[key(item)]
        seen[key(item)] += 1
        if turn == len(parts):
            parts.append([])
        parts[turn].append(index)
    return parts
