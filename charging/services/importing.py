"""Contracts and id tokens from CSV files: a dry run tells everything that is wrong, then all of it or nothing.

A contract is known by its EMAID and a token by its text, however their letters and separators are written: one that the
organisation has already is changed, any other is made, and nothing is ever deleted. Columns that are not there change
nothing. A blank cell empties its field; where a field cannot be empty it stays as it is.
"""

from collections.abc import Callable, Iterable, Mapping
from copy import copy
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Model
from django.db.models.functions import Upper
from django.utils.translation import gettext_lazy as _

from accounts.models import AuditEntry, Organisation
from accounts.services import audit_entry, differences
from charging.choices import ContractStatus, TokenKind, TokenStatus
from charging.models import Contract, IdToken, TokenGroup
from charging.services.contracts import identified
from charging.services.keeping import values_of
from charging.services.tokens import clean_tag
from common import identifiers
from common.actor import Actor
from common.bulk import write_changes
from common.csv_reading import Problem, read_csv
from common.errors import Refused
from common.imports import too_large
from stations.cells import KEEP, Cell, choice_cell, moment_cell, truth_cell, value_of

MAX_ROWS = 20_000
_AT_ONCE = 2_000

Row = tuple[int, Mapping[str, str]]


@dataclass
class _Wanted:
    """One entry as the file wants it; `before` is empty where it is new."""

    entry: Any
    is_new: bool
    before: dict[str, Any]
    after: dict[str, Any]

    @property
    def changes(self) -> tuple[dict[str, Any], dict[str, Any]]:
        return differences(self.before, self.after)


@dataclass
class EntriesPlan:
    """What the file would do. `problems` are in the order of the lines; with any of them nothing can be written."""

    problems: list[Problem] = field(default_factory=list)
    entries: list[_Wanted] = field(default_factory=list)

    @property
    def new(self) -> list[str]:
        return [str(one.entry) for one in self.entries if one.is_new]

    @property
    def changed(self) -> list[str]:
        return [str(one.entry) for one in self.entries if not one.is_new and one.changes[1]]

    @property
    def unchanged_count(self) -> int:
        return len(self.entries) - len(self.new) - len(self.changed)


@dataclass(frozen=True)
class _Kind:
    """What is imported: `identify` reads the first of the `columns` into fields, `key` is what it is compared by,
    `known` finds those there are by their keys, `cells` reads the other columns of these rows.
    """

    model: type[Model]
    columns: tuple[str, ...]
    key: Callable[[str], str]
    identify: Callable[[str], dict[str, Any]]
    known: Callable[[set[str]], dict[str, Any]]
    cells: Callable[[Iterable[Row]], dict[str, Cell]]
    related: tuple[str, ...] = ()

    @property
    def identity(self) -> str:
        return self.columns[0]


# --- Contracts ----------------------------------------------------------------------------------------------------
def _known_contracts(keys: set[str]) -> dict[str, Any]:
    return {one.emaid_key: one for one in Contract.objects.filter(emaid_key__in=keys)}


def _contract_cells(rows: Iterable[Row]) -> dict[str, Cell]:
    cells = (
        Cell("holder"),
        Cell("email"),
        choice_cell("status", ContractStatus),
        moment_cell("valid_from"),
        moment_cell("valid_until"),
    )
    return {cell.column: cell for cell in cells}


CONTRACTS = _Kind(
    Contract,
    ("emaid", "holder", "email", "status", "valid_from", "valid_until"),
    identifiers.key,
    identified,
    _known_contracts,
    _contract_cells,
)


# --- Id tokens ----------------------------------------------------------------------------------------------------
def _known_tokens(keys: set[str]) -> dict[str, Any]:
    tokens = IdToken.objects.exclude(kind=TokenKind.ONCE).select_related("group", "contract")
    return {one.key: one for one in tokens.annotate(key=Upper("token")).filter(key__in=keys)}


def _token_cells(rows: Iterable[Row]) -> dict[str, Cell]:
    """Groups are named by their parent id tag, contracts by their EMAID."""
    rows = list(rows)
    emaids = {identifiers.key(cells.get("contract", "")) for _line, cells in rows}
    contracts = {one.emaid_key: one for one in Contract.objects.filter(emaid_key__in=emaids)}
    parents = {cells.get("group", "").upper() for _line, cells in rows}
    groups = TokenGroup.objects.annotate(key=Upper("parent_id")).filter(key__in=parents)
    by_parent = {one.key: one for one in groups}
    cells = (
        Cell("kind", _kind, blank=KEEP),
        Cell("label"),
        Cell("holder"),
        choice_cell("status", TokenStatus),
        moment_cell("expires_at"),
        Cell("group", _named(by_parent, str.upper, _("There is no token group with this parent id tag.")), blank=None),
        Cell("contract", _named(contracts, identifiers.key, _("There is no contract with this EMAID.")), blank=None),
        Cell("concurrent_sessions", truth_cell("concurrent_sessions").read, blank=KEEP),
    )
    return {cell.column: cell for cell in cells}


def _kind(text: str) -> TokenKind:
    kind = TokenKind(choice_cell("kind", TokenKind).read(text))
    if kind == TokenKind.ONCE:
        raise ValidationError(_("Tokens for one start are made by the portal only."))
    return kind


def _named(known: Mapping[str, Any], key: Callable[[str], str], missing: Any) -> Callable[[str], Any]:
    def read(text: str) -> Any:
        if key(text) not in known:
            raise ValidationError(missing)
        return known[key(text)]

    return read


TOKENS = _Kind(
    IdToken,
    ("token", "kind", "label", "holder", "status", "expires_at", "group", "contract", "concurrent_sessions"),
    lambda text: text.strip().upper(),
    lambda text: {"token": clean_tag(text, "token")},
    _known_tokens,
    _token_cells,
    ("group", "contract"),
)


# --- The dry run --------------------------------------------------------------------------------------------------
def check_entries(kind: _Kind, organisation: Organisation, data: bytes) -> EntriesPlan:
    """The dry run: changes nothing. A constant number of queries, however many rows."""
    plan = EntriesPlan()
    if problem := too_large(data):
        plan.problems.append(problem)
        return plan
    table = read_csv(data, kind.columns, (kind.identity,), MAX_ROWS)
    plan.problems = table.problems
    if table.columns and not any(problem.line == 1 for problem in table.problems):
        _plan(kind, organisation, _told_once(kind, table.rows, plan), plan)
    plan.problems.sort(key=lambda problem: problem.line)
    return plan


def _told_once(kind: _Kind, rows: Iterable[Row], plan: EntriesPlan) -> list[Row]:
    """The rows that name what they are of, each for the first time."""
    lines: dict[str, int] = {}
    for line, cells in rows:
        key = kind.key(cells[kind.identity])
        if not key:
            plan.problems.append(Problem(line, kind.identity, _("This is needed in every row.")))
        elif key in lines:
            message = _("This stands in line %(line)d already.") % {"line": lines[key]}
            plan.problems.append(Problem(line, kind.identity, message))
        else:
            lines[key] = line
    first = set(lines.values())
    return [row for row in rows if row[0] in first]


def _plan(kind: _Kind, organisation: Organisation, rows: list[Row], plan: EntriesPlan) -> None:
    known = kind.known({kind.key(cells[kind.identity]) for _line, cells in rows})
    cells_of = kind.cells(rows)
    for line, cells in rows:
        stored = known.get(kind.key(cells[kind.identity]))
        entry = copy(stored) if stored else kind.model(organisation=organisation)
        before = values_of(stored, kind.columns) if stored else {}
        broken = _fill(kind, entry, cells, cells_of, stored is None)
        broken = {**_field_errors(kind, entry), **broken}
        for column, errors in broken.items():
            plan.problems += [Problem(line, column, message) for message in errors]
        plan.entries.append(_Wanted(entry, stored is None, before, values_of(entry, kind.columns)))


def _fill(
    kind: _Kind, entry: Any, cells: Mapping[str, str], cells_of: Mapping[str, Cell], is_new: bool
) -> dict[str, list[str]]:
    """Set what the row says; what could not be read, by column."""
    broken: dict[str, list[str]] = {}
    for column, text in cells.items():
        try:
            if column != kind.identity:
                found = {column: value_of(cells_of[column], text)}
            else:
                found = kind.identify(text) if is_new else {}
        except ValidationError as error:
            broken[column] = error.messages
            continue
        for name, value in found.items():
            if value is not KEEP:
                setattr(entry, name, value)
    return broken


def _field_errors(kind: _Kind, entry: Any) -> dict[str, list[str]]:
    """What is wrong with the fields, each by itself and together. No query."""
    try:
        entry.clean_fields(exclude=["organisation", *kind.related])
        entry.clean()
    except ValidationError as error:
        return {name: texts for name, texts in error.message_dict.items() if name in kind.columns}
    return {}


# --- The import ---------------------------------------------------------------------------------------------------
def import_entries(kind: _Kind, actor: Actor, organisation: Organisation, data: bytes) -> EntriesPlan:
    """Check the file again and write all of it, or nothing where the plan has problems.

    Raises Refused where somebody entered the same at this very moment.
    """
    plan = check_entries(kind, organisation, data)
    if plan.problems:
        return plan
    try:
        with transaction.atomic():
            _write(kind, actor, organisation, plan)
    except IntegrityError as error:
        raise Refused(_("Somebody entered the same at the same moment: nothing was imported, try again.")) from error
    return plan


def _write(kind: _Kind, actor: Actor, organisation: Organisation, plan: EntriesPlan) -> None:
    new = [one for one in plan.entries if one.is_new]
    changed = [one for one in plan.entries if not one.is_new and one.changes[1]]
    kind.model._default_manager.bulk_create([one.entry for one in new], batch_size=_AT_ONCE)
    write_changes((one.entry, one.changes[1]) for one in changed)
    AuditEntry.objects.bulk_create((_audit(actor, organisation, one) for one in [*new, *changed]), batch_size=_AT_ONCE)


def _audit(actor: Actor, organisation: Organisation, one: _Wanted) -> AuditEntry:
    old, new = one.changes
    filled = {name: value for name, value in new.items() if value not in ("", None)}
    return audit_entry(
        actor, organisation, "charging.imported", one.entry, before=old, after=filled if one.is_new else new
    )


def check_contracts(organisation: Organisation, data: bytes) -> EntriesPlan:
    return check_entries(CONTRACTS, organisation, data)


def import_contracts(actor: Actor, organisation: Organisation, data: bytes) -> EntriesPlan:
    return import_entries(CONTRACTS, actor, organisation, data)


def check_tokens(organisation: Organisation, data: bytes) -> EntriesPlan:
    return check_entries(TOKENS, organisation, data)


def import_tokens(actor: Actor, organisation: Organisation, data: bytes) -> EntriesPlan:
    return import_entries(TOKENS, actor, organisation, data)
