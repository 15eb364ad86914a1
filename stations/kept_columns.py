"""Columns of the file of stations that say something of the station itself which a table of its own keeps."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models.functions import Upper

from accounts.models import AuditEntry, Organisation
from accounts.services import audit_entry, differences
from common.actor import Actor
from common.csv_reading import Problem
from common.live import announce
from stations.cells import Cell, text_of, value_of
from stations.companions import PartPlan, Row, StationPart
from stations.models import Station

_AT_ONCE = 2_000

# What is kept of one station, by the names that the audit log shows.
Values = dict[str, Any]


@dataclass(frozen=True)
class _Change:
    before: Values
    after: Values


@dataclass(frozen=True)
class KeptColumns:
    """`cells` are the columns by the names of their values, without an organisation for writing only; `empty` is what
    a station without anything has. `read` gives the values of those of the stations that have any, by one query, and
    `save` keeps those of many stations, by a constant number of statements. `check` raises ValidationError by name.
    """

    action: str
    cells: Callable[[Organisation | None], Mapping[str, Cell]]
    empty: Mapping[str, Any]
    read: Callable[[Collection[int]], Mapping[int, Values]]
    save: Callable[[Organisation, Mapping[int, Values]], None]
    check: Callable[[Values], None] | None = None

    @property
    def part(self) -> StationPart:
        columns = tuple(cell.column for cell in self.cells(None).values())
        return StationPart(columns=columns, check=self._plan, export=self._export, per_station=True)

    def _export(self, station_ids: Sequence[int]) -> dict[int, list[list[Any]]]:
        cells = self.cells(None)
        return {
            pk: [[text_of(cell, values[name]) for name, cell in cells.items()]]
            for pk, values in self.read(station_ids).items()
        }

    def _plan(self, organisation: Organisation, rows: Sequence[Row]) -> PartPlan:
        problems: list[Problem] = []
        changes: dict[str, _Change] = {}
        cells = self.cells(organisation) if rows else {}
        before = self._before(organisation, rows)
        for row in rows:
            change = _Change(*differences(before[row.identity], self._wanted(row, cells, before, problems)))
            if change.after:
                changes[row.identity] = change

        def write(actor: Actor, stations: Mapping[str, Station]) -> None:
            after = {stations[key].pk: {**before[key], **change.after} for key, change in changes.items()}
            self.save(organisation, after)
            self._tell(actor, organisation, {stations[key]: change for key, change in changes.items()})

        return PartPlan(write, set(changes), problems)

    def _before(self, organisation: Organisation, rows: Sequence[Row]) -> dict[str, Values]:
        """By the stations' identities in upper case, those that are yet to be made among them."""
        found = Station.objects.annotate(key=Upper("identity")).filter(
            organisation=organisation, key__in={row.identity for row in rows}
        )
        keys = dict(found.values_list("pk", "key")) if rows else {}
        kept = self.read(keys) if keys else {}
        return {row.identity: {**self.empty} for row in rows} | {keys[pk]: dict(kept[pk]) for pk in kept}

    def _wanted(
        self, row: Row, cells: Mapping[str, Cell], before: Mapping[str, Values], problems: list[Problem]
    ) -> Values:
        values = dict(before[row.identity])
        said = {name: cell for name, cell in cells.items() if cell.column in row.cells}
        broken: dict[str, list[str]] = {}
        for name, cell in said.items():
            try:
                values[name] = value_of(cell, row.cells[cell.column])
            except ValidationError as error:
                broken[name] = error.messages
        try:
            if self.check:
                self.check(values)
        except ValidationError as error:
            broken = error.message_dict | broken
        problems += [Problem(row.line, cells[name].column, text) for name, texts in broken.items() for text in texts]
        return values

    def _tell(self, actor: Actor, organisation: Organisation, changes: Mapping[Station, _Change]) -> None:
        entries = [
            audit_entry(actor, organisation, self.action, station, before=change.before, after=change.after)
            for station, change in changes.items()
        ]
        AuditEntry.objects.bulk_create(entries, batch_size=_AT_ONCE)
        announce([f"station.{station.pk}" for station in changes])
