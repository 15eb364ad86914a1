"""What apps above keep about a station and what goes along with it: when it is cloned, imported and exported, and when
its life cycle changes. Each app lists its own in `<app>/parts.py` as the tuple `STATION_PARTS`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from accounts.models import Organisation
from common.actor import Actor
from common.declarations import declared
from common.rights import Text
from stations.choices import LifeCycle
from stations.models import Station


@dataclass(frozen=True)
class Problem:
    """What is wrong with one cell of an imported file; the line is counted as a text editor does, from 1."""

    line: int
    column: str
    message: Text


@dataclass(frozen=True)
class Row:
    """One line of an imported file, with the cells of one part: column → text."""

    line: int
    identity: str
    cells: Mapping[str, str]


# What a part made of the rows of a file, to be written when the whole file is right.
Prepared = Any
Problems = list[Problem]


@dataclass(frozen=True)
class StationPart:
    """Every function is optional.

    `clone(source, copy)` copies what belongs to a station to another one. `consequences(station, life_cycle)` says in
    words what else happens when the station gets that life cycle. The others belong to import and export:
    `columns` are the part's columns; `check` looks at the rows of a file and answers with what is to be written and
    with every problem; `changes` counts the rows of which something would change; `apply` writes them in the running
    transaction, for the stations by their upper-case identities; `export` gives each station's rows of cells.
    """

    columns: tuple[str, ...] = ()
    clone: Callable[[Station, Station], None] | None = None
    consequences: Callable[[Station, LifeCycle], Sequence[Text]] | None = None
    check: Callable[[Organisation, Sequence[Row]], tuple[Prepared, Problems]] | None = None
    apply: Callable[[Actor, Organisation, Prepared, Mapping[str, Station]], None] | None = None
    export: Callable[[Sequence[int]], Mapping[int, Sequence[Mapping[str, str]]]] | None = None


def station_parts() -> tuple[StationPart, ...]:
    return declared("parts", "STATION_PARTS")


_CONSEQUENCES = {
    LifeCycle.PLANNED: _("Nobody can start charging; the station can be reached and configured."),
    LifeCycle.IN_OPERATION: _("Charging is possible as soon as the station has booted again."),
    LifeCycle.OUT_OF_OPERATION: _("Nobody can start charging; the station can be reached and configured."),
    LifeCycle.DECOMMISSIONED: _("The station is disconnected and refused from now on. What it did stays readable."),
}


def consequences_of(station: Station, life_cycle: LifeCycle) -> list[Text]:
    """What happens when the station gets this life cycle, in words for the person who is about to do it."""
    own: list[Text] = [_CONSEQUENCES[life_cycle]]
    return own + [
        text for part in station_parts() if part.consequences for text in part.consequences(station, life_cycle)
    ]
