"""The charge ports of an import of stations: each row with any of these columns filled is one port of its station.

A port whose number the station has already is changed, any other is made.
"""

from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models.functions import Upper
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django_scopes import scopes_disabled

from accounts.models import AuditEntry, Organisation
from accounts.services import audit_entry, differences
from chargeports.choices import AuthenticationType, CalibrationLaw, CurrentType, Plug
from chargeports.models import ChargePort, PortState
from chargeports.services.ports import CONFIGURED, EVSE_ID_TAKEN, audited, field_errors
from chargeports.services.search_index import index_ports
from common.actor import Actor
from common.bulk import write_changes
from common.csv_reading import Problem
from common.identifiers import evse_id_key, normalise
from common.live import announce
from stations.cells import KEEP, Cell, choice_cell, list_cell, number_cell, text_of, truth_cell, value_of
from stations.companions import PartPlan, Row
from stations.models import Station

_AT_ONCE = 2_000
_NUMBER = "port_number"
_EVSE_ID = "port_evse_id"
_CELLS = {
    "number": number_cell(_NUMBER),
    "name": Cell("port_name"),
    "evse_id": Cell(_EVSE_ID, normalise),
    "current_type": choice_cell("port_current_type", CurrentType),
    "plugs": list_cell("port_plugs", Plug),
    "max_power_w": number_cell("port_max_power_w"),
    "max_voltage_v": number_cell("port_max_voltage_v"),
    "max_current_a": number_cell("port_max_current_a"),
    "phases": number_cell("port_phases"),
    "calibration_law": choice_cell("port_calibration_law", CalibrationLaw),
    "authentication_required": truth_cell("port_authentication_required"),
    "authentication_types": list_cell("port_authentication_types", AuthenticationType),
}
PORT_COLUMNS = tuple(cell.column for cell in _CELLS.values())

# Upper-case identity of the station and number of the port.
Place = tuple[str, int]


@dataclass
class _Wanted:
    """One port as the file wants it; `before` is empty for a port that is to be made."""

    line: int
    identity: str
    port: ChargePort
    before: dict[str, Any]

    @property
    def changes(self) -> tuple[dict[str, Any], dict[str, Any]]:
        return differences(self.before, audited(self.port))


def check_ports(organisation: Organisation, rows: Sequence[Row]) -> PartPlan:
    """Look at the rows and find everything that is wrong. A constant number of queries."""
    problems: list[Problem] = []
    known = _known_ports(organisation, rows)
    wanted: dict[Place, _Wanted] = {}
    for row in rows:
        number = _number(row, problems)
        if number is None:
            continue
        place = (row.identity, number)
        if place in wanted:
            message = _("Port %(number)d of this station is in line %(line)d already.")
            problems.append(Problem(row.line, _NUMBER, message % {"number": number, "line": wanted[place].line}))
            continue
        wanted[place] = _wanted(row, number, known.get(place), organisation, problems)
    problems += _taken_evse_ids(list(wanted.values()))
    return PartPlan(
        write=lambda actor, stations: _write(actor, organisation, stations, list(wanted.values())),
        changed={one.identity for one in wanted.values() if one.changes[1]},
        problems=problems,
    )


def _known_ports(organisation: Organisation, rows: Sequence[Row]) -> dict[Place, ChargePort]:
    ports = ChargePort.objects.annotate(identity=Upper("station__identity")).select_related("station")
    found = ports.filter(organisation=organisation, identity__in={row.identity for row in rows})
    return {(port.identity, port.number): port for port in found}


def _number(row: Row, problems: list[Problem]) -> int | None:
    text = row.cells.get(_NUMBER, "")
    if not text:
        problems.append(Problem(row.line, _NUMBER, _("A row of a charge port needs the port's number.")))
        return None
    try:
        return value_of(_CELLS["number"], text)
    except ValidationError as error:
        problems += [Problem(row.line, _NUMBER, message) for message in error.messages]
        return None


def _wanted(
    row: Row, number: int, known: ChargePort | None, organisation: Organisation, problems: list[Problem]
) -> _Wanted:
    port = copy(known) if known else ChargePort(organisation=organisation, number=number)
    broken = set()
    for name, cell in _CELLS.items():
        if cell.column not in row.cells:
            continue
        try:
            value = value_of(cell, row.cells[cell.column])
        except ValidationError as error:
            broken.add(name)
            problems += [Problem(row.line, cell.column, message) for message in error.messages]
            continue
        if value is not KEEP:
            setattr(port, name, value)
    port.evse_id_key = evse_id_key(port.evse_id) or None
    for name, errors in field_errors(port).items():
        if name not in broken:
            column = _CELLS[name].column
            problems += [Problem(row.line, column, message) for error in errors for message in error.messages]
    return _Wanted(row.line, row.identity, port, audited(known) if known else {})


def _taken_evse_ids(wanted: Sequence[_Wanted]) -> list[Problem]:
    """EVSE IDs that the file gives twice, or that a port has which the file does not give another one."""
    problems, by_key = [], dict[str, _Wanted]()
    for one in wanted:
        key = one.port.evse_id_key
        if key in by_key:
            message = _("This EVSE ID is in line %(line)d already.") % {"line": by_key[key].line}
            problems.append(Problem(one.line, _EVSE_ID, message))
        elif key:
            by_key[key] = one
    in_file = {one.port.pk for one in wanted if one.port.pk}
    with scopes_disabled():
        owners = ChargePort.objects.filter(evse_id_key__in=by_key).exclude(pk__in=in_file)
        taken = list(owners.values_list("evse_id_key", flat=True))
    return problems + [Problem(by_key[key].line, _EVSE_ID, EVSE_ID_TAKEN) for key in taken if key]


def _write(
    actor: Actor, organisation: Organisation, stations: Mapping[str, Station], wanted: Sequence[_Wanted]
) -> None:
    new = [one for one in wanted if one.port.pk is None]
    changed = [one for one in wanted if one.port.pk is not None and one.changes[1]]
    for one in new:
        one.port.station = stations[one.identity]
    for one in [*new, *changed]:
        if set(one.changes[1]) & set(CONFIGURED):
            one.port.configured_at = timezone.now()
    # Ports may exchange their EVSE IDs, which are unique at every moment.
    moved = [one.port.pk for one in changed if "evse_id" in one.changes[1]]
    ChargePort.objects.filter(pk__in=moved).update(evse_id_key=None)
    ChargePort.objects.bulk_create([one.port for one in new], batch_size=_AT_ONCE)
    write_changes((one.port, _written(one)) for one in changed)
    PortState.objects.bulk_create([PortState(port=one.port) for one in new], batch_size=_AT_ONCE)
    AuditEntry.objects.bulk_create([_audit(actor, organisation, one) for one in [*new, *changed]], batch_size=_AT_ONCE)
    touched = {stations[one.identity].pk for one in [*new, *changed]}
    index_ports(touched)
    announce(f"station.{pk}" for pk in touched)


def _written(one: _Wanted) -> set[str]:
    """The fields that differ, with those that follow from them."""
    names = set(one.changes[1])
    follows = {"evse_id_key"} if "evse_id" in names else set()
    return names | follows | ({"configured_at"} if names & set(CONFIGURED) else set())


def _audit(actor: Actor, organisation: Organisation, one: _Wanted) -> AuditEntry:
    old, new = one.changes
    if not old:
        new = {name: value for name, value in new.items() if value not in ("", None, [])}
    return audit_entry(actor, organisation, "chargeports.port_imported", one.port, before=old, after=new)


def export_ports(station_ids: Sequence[int]) -> dict[int, list[list[Any]]]:
    """The cells of each station's ports, in the order of `PORT_COLUMNS`. One query."""
    rows: dict[int, list[list[Any]]] = {}
    for port in ChargePort.objects.filter(station_id__in=station_ids).order_by("station_id", "number"):
        cells = [text_of(cell, getattr(port, name)) for name, cell in _CELLS.items()]
        rows.setdefault(port.station_id, []).append(cells)
    return rows
