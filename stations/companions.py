"""What is kept about a station beside its master data, here and in the apps above, and what goes along with it: when it
is cloned, imported and exported, and when its life cycle changes. Each app lists its own in `<app>/parts.py`, in
the tuple `STATION_PARTS`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from accounts.models import Organisation
from common.actor import Actor
from common.csv_reading import Problem
from common.declarations import declared
from common.rights import Text
from stations.choices import LifeCycle
from stations.models import Station


@dataclass(frozen=True)
class Row:
    """One line of an imported file with the cells of one part, column → text; `identity` is in upper case."""

    line: int
    identity: str
    cells: Mapping[str, str]


@dataclass
class PartPlan:
    """What a part made of the rows of a file: `write` does it in the running transaction, for the stations by their
    identities in upper case. `changed` are the identities of which something would change.
    """

    write: Callable[[Actor, Mapping[str, Station]], None]
    changed: set[str]
    problems: list[Problem]


@dataclass(frozen=True)
class StationPart:
    """Every function is optional. `clone(source, copy)` copies what belongs to a station to another one.
    `consequences(station, life_cycle)` says in words what else happens when the station gets that life cycle.

    `published` gives what the public is told besides of each of many stations, by their ids: properties of GeoJSON.

    For import and export: `columns` are the part's own, `check` looks at the rows of a file that fill any of them, and
    `export` gives the cells of each station's rows, by the stations' ids. Columns that are `per_station` say something
    of the station itself: they stand in the first of its rows, which `check` gets; blank ones empty what they say.
    """

    clone: Callable[[Station, Station], None] | None = None
    published: Callable[[Sequence[int]], Mapping[int, Mapping[str, Any]]] | None = None
    consequences: Callable[[Station, LifeCycle], Sequence[Text]] | None = None
    columns: tuple[str, ...] = ()
    check: Callable[[Organisation, Sequence[Row]], PartPlan] | None = None
    export: Callable[[Sequence[int]], Mapping[int, Sequence[Sequence[Any]]]] | None = None
    per_station: bool = False


def station_parts() -> tuple[StationPart, ...]:
    return declared("parts", "STATION_PARTS")
