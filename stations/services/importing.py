"""Stations from a CSV file: first a dry run that tells everything that is wrong, then all of it or nothing.

The file has one row for each charge port: the columns of the station are filled in the first of its rows, and in its
other rows they are left blank or say the same. A station without ports has one row. The first line names the columns
(`stations.columns.all_columns`), of which only `identity` must be there; columns that are not there change nothing.
Several values in one cell have a bar between them.

A station whose identity the organisation has already is changed, any other is made. A blank cell empties its field;
where a field cannot be empty it stays as it is. Nothing is ever deleted: ports that the file does not name stay.
"""

from collections.abc import Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models.functions import Upper
from django.utils.translation import gettext_lazy as _
from django_scopes import scopes_disabled

from accounts.models import AuditEntry, Organisation
from accounts.services import audit_entry, differences
from common.actor import Actor
from common.bulk import write_changes
from common.csv_reading import Problem, read_csv
from common.errors import Refused
from common.imports import too_large
from common.live import announce
from stations.cells import KEEP, value_of
from stations.columns import all_columns, own_cells
from stations.companions import PartPlan, Row, StationPart, station_parts
from stations.history import CREATED
from stations.models import Station, StationGroup, StationState
from stations.services.history import Occurrence, record_events
from stations.services.master_data import (
    CONTACT_ROLES,
    GROUPS,
    IDENTITY_TAKEN,
    audited,
    field_errors,
    life_cycle_events,
)
from stations.services.search_index import index_stations
from stations.services.traces import trace_hardware
from stations.signals import send_station_changed

MAX_ROWS = 20_000
_AT_ONCE = 2_000


@dataclass
class _Wanted:
    """One station as the file wants it."""

    line: int
    is_new: bool
    station: Station
    groups: list[StationGroup]
    before: dict[str, Any]
    after: dict[str, Any] = field(default_factory=dict)

    @property
    def changes(self) -> tuple[dict[str, Any], dict[str, Any]]:
        return differences(self.before, self.after)


@dataclass
class ImportPlan:
    """What the file would do. `problems` are in the order of the lines; with any of them nothing can be written."""

    problems: list[Problem] = field(default_factory=list)
    stations: dict[str, _Wanted] = field(default_factory=dict)
    parts: list[PartPlan] = field(default_factory=list)

    @property
    def new(self) -> list[str]:
        """Identities of the stations that would be made."""
        return [one.station.identity for one in self.stations.values() if one.is_new]

    @property
    def changed(self) -> list[str]:
        """Identities of the stations that would change, or of which a port would."""
        by_parts = set().union(*(part.changed for part in self.parts))
        known = ((key, one) for key, one in self.stations.items() if not one.is_new)
        return [one.station.identity for key, one in known if key in by_parts or one.changes[1]]

    @property
    def unchanged_count(self) -> int:
        return len(self.stations) - len(self.new) - len(self.changed)


def check_import(organisation: Organisation, data: bytes) -> ImportPlan:
    """The dry run: changes nothing. A constant number of queries, however many rows."""
    plan = ImportPlan()
    if problem := too_large(data):
        plan.problems.append(problem)
        return plan
    table = read_csv(data, all_columns(), ("identity",), MAX_ROWS)
    plan.problems = table.problems
    if table.columns and not any(problem.line == 1 for problem in table.problems):
        rows = [(line, cells) for line, cells in table.rows if _has_identity(line, cells, plan)]
        _plan_stations(organisation, rows, plan)
        _plan_parts(organisation, rows, plan)
    plan.problems.sort(key=lambda problem: problem.line)
    return plan


def _has_identity(line: int, cells: Mapping[str, str], plan: ImportPlan) -> bool:
    if not cells["identity"]:
        plan.problems.append(Problem(line, "identity", _("Every row needs the id of its station.")))
    return bool(cells["identity"])


def _plan_stations(organisation: Organisation, rows: Sequence[tuple[int, Mapping[str, str]]], plan: ImportPlan) -> None:
    known, taken = _known_stations(organisation, {cells["identity"].upper() for _line, cells in rows})
    cells_of = own_cells(organisation)
    first_cells: dict[str, Mapping[str, str]] = {}
    for line, cells in rows:
        key = cells["identity"].upper()
        if key in first_cells:
            _check_repeated(line, cells, plan.stations[key].line, first_cells[key], plan)
            continue
        first_cells[key] = cells
        if key in taken:
            plan.problems.append(Problem(line, "identity", IDENTITY_TAKEN))
        plan.stations[key] = _wanted(line, cells, cells_of, known.get(key), organisation, plan)


def _known_stations(organisation: Organisation, keys: set[str]) -> tuple[dict[str, Station], set[str]]:
    """The organisation's own stations by upper-case identity, and the identities that others have."""
    with scopes_disabled():
        stations = Station.objects.annotate(key=Upper("identity")).filter(key__in=keys)
        found = list(stations.select_related(*CONTACT_ROLES).prefetch_related(GROUPS))
    own: dict[str, Station] = {one.key: one for one in found if one.organisation_id == organisation.pk}
    return own, {station.key for station in found} - own.keys()


def _check_repeated(
    line: int, cells: Mapping[str, str], first_line: int, first: Mapping[str, str], plan: ImportPlan
) -> None:
    """A further row of a station is there for a port, and says nothing else of the station."""
    parts = {column for part in station_parts() if not part.per_station for column in part.columns}
    if not any(cells[column] for column in parts & cells.keys()):
        message = _("This station is in line %(line)d already.") % {"line": first_line}
        plan.problems.append(Problem(line, "identity", message))
    for column in cells.keys() - parts - {"identity"}:
        if cells[column] and cells[column] != first[column]:
            message = _("Line %(line)d says something else of the same station.") % {"line": first_line}
            plan.problems.append(Problem(line, column, message))


def _wanted(
    line: int,
    cells: Mapping[str, str],
    cells_of: Mapping[str, Any],
    known: Station | None,
    organisation: Organisation,
    plan: ImportPlan,
) -> _Wanted:
    station = copy(known) if known else Station(organisation=organisation)
    groups = list(known.groups.all()) if known else []
    wanted = _Wanted(line, known is None, station, groups, audited(known, groups) if known else {})
    broken = set()
    for column, text in cells.items():
        if column not in cells_of or _is_contact_of(known, column, text):
            continue
        try:
            value = value_of(cells_of[column], text)
        except ValidationError as error:
            broken.add(column)
            plan.problems += [Problem(line, column, message) for message in error.messages]
            continue
        if column == GROUPS:
            wanted.groups = value
        elif value is not KEEP:
            setattr(station, column, value)
    station.country = station.country.upper()
    for column, errors in field_errors(station).items():
        if column not in broken:
            plan.problems += [Problem(line, column, message) for error in errors for message in error.messages]
    wanted.after = audited(station, wanted.groups)
    return wanted


def _is_contact_of(known: Station | None, column: str, name: str) -> bool:
    """Whether the contact stays, whoever else has the same name."""
    contact = getattr(known, column) if known and column in CONTACT_ROLES else None
    return contact is not None and contact.name == name


def _plan_parts(organisation: Organisation, rows: Sequence[tuple[int, Mapping[str, str]]], plan: ImportPlan) -> None:
    for part in station_parts():
        if part.check is None:
            continue
        part_plan = part.check(organisation, list(_rows_of(part, rows)))
        plan.parts.append(part_plan)
        plan.problems += part_plan.problems


def _rows_of(part: StationPart, rows: Sequence[tuple[int, Mapping[str, str]]]) -> Iterator[Row]:
    seen: set[str] = set()
    for line, cells in rows:
        identity = cells["identity"].upper()
        picked = {column: cells[column] for column in part.columns if column in cells}
        is_meant = bool(picked) and identity not in seen if part.per_station else any(picked.values())
        if is_meant:
            yield Row(line, identity, picked)
        seen.add(identity)


def apply_import(actor: Actor, organisation: Organisation, data: bytes) -> ImportPlan:
    """Check the file again and write all of it, or nothing where the plan has problems.

    Raises Refused where somebody took an identity or an EVSE ID of the file at this very moment.
    """
    plan = check_import(organisation, data)
    if plan.problems:
        return plan
    try:
        with transaction.atomic():
            _write(actor, organisation, plan)
    except IntegrityError as error:
        raise Refused(_("Somebody changed stations at the same moment: nothing was imported, try again.")) from error
    return plan


def _write(actor: Actor, organisation: Organisation, plan: ImportPlan) -> None:
    audit: list[AuditEntry] = []
    new = [one for one in plan.stations.values() if one.is_new]
    changed = [one for one in plan.stations.values() if not one.is_new and one.changes[1]]
    _create(actor, organisation, new, audit)
    _change(actor, organisation, changed, audit)
    _set_groups([*new, *changed])
    AuditEntry.objects.bulk_create(audit, batch_size=_AT_ONCE)
    index_stations([one.station.pk for one in [*new, *changed]])
    trace_hardware([one.station.pk for one in [*new, *changed]])
    for part in plan.parts:
        part.write(actor, {key: one.station for key, one in plan.stations.items()})
    announce([f"organisation.{organisation.pk}"])


def _create(actor: Actor, organisation: Organisation, new: Sequence[_Wanted], audit: list[AuditEntry]) -> None:
    Station.objects.bulk_create([one.station for one in new], batch_size=_AT_ONCE)
    StationState.objects.bulk_create(
        [StationState(station=one.station, organisation=organisation) for one in new], batch_size=_AT_ONCE
    )
    for one in new:
        filled = {name: value for name, value in one.after.items() if value not in ("", None, [], {})}
        audit.append(audit_entry(actor, organisation, "stations.imported", one.station, after=filled))
    record_events(Occurrence(one.station.pk, CREATED, actor) for one in new)


def _change(actor: Actor, organisation: Organisation, changed: Sequence[_Wanted], audit: list[AuditEntry]) -> None:
    now = datetime.now(UTC)
    for one in changed:
        old, new = one.changes
        one.station.changed_at = now
        audit.append(audit_entry(actor, organisation, "stations.imported", one.station, before=old, after=new))
        announce([f"station.{one.station.pk}"])
        send_station_changed(one.station.pk, frozenset(new))
    write_changes((one.station, [*(one.changes[1].keys() - {GROUPS}), "changed_at"]) for one in changed)
    record_events(life_cycle_events(actor, [(one.station.pk, *one.changes) for one in changed]))


def _set_groups(wanted: Sequence[_Wanted]) -> None:
    links = Station.groups.through
    moved = [one for one in wanted if GROUPS in one.changes[1]]
    links.objects.filter(station__in=[one.station.pk for one in moved]).delete()
    links.objects.bulk_create(
        [links(station=one.station, stationgroup=group) for one in moved for group in one.groups], batch_size=_AT_ONCE
    )
