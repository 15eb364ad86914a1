"""Tables that stay fast at any size: keyset pages, sort, selection and CSV, each under an address of its own.

A list declares a `Table` once and binds it to a request and a queryset; the template `table.html` draws the result, by
plain links without JavaScript and in place with HTMX:

    table = STATIONS.bind(request, filters.qs, filters)
    return table.response() or render(request, "stations/list.html", {"table": table, "filters": filters})
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django.core.exceptions import ObjectDoesNotExist, PermissionDenied, ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.template.base import NodeList
from django.template.loader import get_template
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.utils.formats import number_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from common.access import Access, access_of
from common.csv_files import csv_response
from common.declarations import declared
from common.filters import FilterSet
from common.keyset import BadCursor, Cursor, Keyset
from common.rights import Feature, Right, Text

PAGE_SIZE = 50
# On a sheet: its rows hold much, and the newest are what is looked for.
SHEET_PAGE_SIZE = 30
CSV_BATCH = 1_000
COUNT_LIMIT = 10_000
NOTHING = _("Nothing here yet")
CSV_FORMATS = ("csv", "csv-local")

# A dotted path through the row's attributes (methods are called), or a function of the row.
Accessor = str | Callable[[Any], Any]


@dataclass(frozen=True)
class Column:
    """One column. `value` (by default the attribute `key`) is what CSV holds and what stands in the cell unless a
    `template` draws it, which gets `row`, `value` and `access`. `sort` is an ORM path; without one it cannot be sorted.
    A column that is not `shown` stands in CSV only, one that is not `exported` on the page only.
    """

    key: str
    label: Text
    value: Accessor | None = None
    template: str | None = None
    sort: str | None = None
    css: str = ""
    shown: bool = True
    exported: bool = True

    def value_of(self, row: Any) -> Any:
        accessor = self.value or self.key
        return accessor(row) if callable(accessor) else follow(row, accessor)


def follow(row: Any, path: str) -> Any:
    """The value at the end of a dotted path; None where the path ends early."""
    for name in path.split("."):
        try:
            row = getattr(row, name, None)
        except ObjectDoesNotExist:
            return None
        row = row() if callable(row) else row
    return row


@dataclass(frozen=True)
class BulkAction:
    """A button for the selected rows: POSTs to the URL named `url_name`, whose view asks `selected_rows`.

    Apps above a table's own list theirs in `BULK_ACTIONS` of `sheets.py`, with the name of the `table`.
    """

    label: Text
    url_name: str
    right: Right
    icon: str
    table: str = ""
    feature: Feature | None = None

    def open_to(self, access: Access) -> bool:
        return access.can(self.right) and (self.feature is None or access.has(self.feature))


@dataclass(frozen=True)
class Empty:
    """What an empty table says; `url_name` leads to what would fill it, for those who hold `right`."""

    title: Text = NOTHING
    text: Text = ""
    action: Text = ""
    url_name: str = ""
    right: Right | None = None


@dataclass(frozen=True)
class Table:
    """`name` is unique on its page. `default_sort` is a column's key, after a minus for the other direction.

    `row_actions` is a template for the cell at the right, with `row` and `access`. `csv_right` None offers no CSV.
    `counted` False spares the count where even a bounded one is dear. `redrawn_by` selects the element around a live
    fragment (CSS) whose every change draws the table anew, with the filter and the page that it shows.
    """

    name: str
    label: Text
    columns: tuple[Column, ...]
    default_sort: str
    row_actions: str | None = None
    bulk_actions: tuple[BulkAction, ...] = ()
    empty: Empty = field(default_factory=Empty)
    csv_right: Right | None = None
    counted: bool = True
    page_size: int = PAGE_SIZE
    redrawn_by: str = ""

    def bind(self, request: HttpRequest, queryset: QuerySet[Any], filters: FilterSet | None = None) -> "BoundTable":
        return BoundTable(self, request, queryset, filters)

    @property
    def shown_columns(self) -> list[Column]:
        return [column for column in self.columns if column.shown]

    def sortable(self, key: str) -> Column | None:
        return next((column for column in self.columns if column.key == key and column.sort), None)


@dataclass(frozen=True)
class Cell:
    column: Column
    value: Any


@dataclass(frozen=True)
class Row:
    object: Any
    cells: list[Cell]


@dataclass(frozen=True)
class Heading:
    """A column's head: where a click sorts, and how it is sorted now (`ascending`, `descending` or empty)."""

    column: Column
    url: str
    direction: str


@dataclass(frozen=True)
class Page:
    rows: list[Any]
    before: Cursor | None
    after: Cursor | None


class BoundTable:
    """A table on one request: what `table.html` draws."""

    def __init__(
        self, table: Table, request: HttpRequest, queryset: QuerySet[Any], filters: FilterSet | None = None
    ) -> None:
        self.table, self.request, self.queryset, self.filters = table, request, queryset, filters
        self.access = access_of(request)
        self.id = f"table-{table.name}"
        self.sort, self.descending = self._wanted_sort()
        self.keyset = Keyset(queryset, str(self.sort.sort), descending=self.descending)

    def response(self) -> HttpResponseBase | None:
        """The answer to a request for this table alone: CSV, or the fragment that HTMX swaps in. Else None."""
        if self.request.GET.get("format") in CSV_FORMATS:
            return self._csv()
        htmx = getattr(self.request, "htmx", None)
        if htmx and htmx.target == self.id and not htmx.history_restore_request:
            response = render(self.request, "table.html", {"table": self, "filters": self.filters})
            patch_vary_headers(response, ["HX-Request", "HX-Target"])
            return response
        return None

    @cached_property
    def page(self) -> Page:
        size = self.table.page_size
        if before := self._cursor("before"):
            found = self.keyset.rows(before, size + 1, backwards=True)
            if len(found) >= size:
                earlier = len(found) > size
                return self._page(found[-size:], earlier=earlier, later=True)
        after = None if before else self._cursor("after")
        found = self.keyset.rows(after, size + 1)
        return self._page(found[:size], earlier=after is not None, later=len(found) > size)

    @cached_property
    def rows(self) -> list[Row]:
        columns = self.table.shown_columns
        return [Row(row, [Cell(column, column.value_of(row)) for column in columns]) for row in self.page.rows]

    @cached_property
    def cell_templates(self) -> dict[str, NodeList]:
        """The columns' templates by name, found once for all rows."""
        names = {column.template for column in self.table.shown_columns if column.template}
        return {name: get_template(name).template.nodelist for name in names}  # type: ignore[attr-defined]

    @cached_property
    def cell_openings(self) -> dict[str, SafeString]:
        """How each column's cells begin, by its key: on a phone a value stands below its column's name."""
        columns = self.table.shown_columns
        return {one.key: format_html('<td class="{}" data-label="{}">', one.css, one.label) for one in columns}

    @property
    def headings(self) -> list[Heading]:
        return [self._heading(column) for column in self.table.shown_columns]

    @property
    def next_url(self) -> str:
        return self._url(after=self.page.after.encode()) if self.page.after else ""

    @property
    def previous_url(self) -> str:
        return self._url(before=self.page.before.encode()) if self.page.before else ""

    @property
    def first_url(self) -> str:
        return self._url()

    @cached_property
    def count(self) -> int | None:
        """How many rows match, at most one more than COUNT_LIMIT; None where the table is not counted."""
        if not self.page.before and not self.page.after:
            return len(self.page.rows)
        return self.queryset.order_by()[: COUNT_LIMIT + 1].count() if self.table.counted else None

    @property
    def count_text(self) -> str:
        if self.count is None:
            return ""
        limited = number_format(min(self.count, COUNT_LIMIT), force_grouping=True)
        return f"{limited}+" if self.count > COUNT_LIMIT else limited

    @property
    def sort_text(self) -> str:
        return f"{'-' if self.descending else ''}{self.sort.key}"

    @property
    def csv_urls(self) -> list[str]:
        """Addresses of the plain CSV and of the one for spreadsheets in the reader's language."""
        if not self.table.csv_right or not self.access.can(self.table.csv_right):
            return []
        return [self._url(format=kind) for kind in CSV_FORMATS]

    @cached_property
    def bulk_actions(self) -> list[tuple[BulkAction, str]]:
        """The actions that the caller may run, with addresses that carry the filter along."""
        query = self.request.GET.urlencode()
        further = (action for action in declared("sheets", "BULK_ACTIONS") if action.table == self.table.name)
        allowed = [action for action in (*self.table.bulk_actions, *further) if action.open_to(self.access)]
        return [(action, f"{reverse(action.url_name)}?{query}") for action in allowed]

    @property
    def empty_action_url(self) -> str:
        empty = self.table.empty
        allowed = empty.url_name and (empty.right is None or self.access.can(empty.right))
        return reverse(empty.url_name) if allowed else ""

    def _wanted_sort(self) -> tuple[Column, bool]:
        for text in (self.request.GET.get("sort", ""), self.table.default_sort):
            if column := self.table.sortable(text.removeprefix("-")):
                return column, text.startswith("-")
        raise LookupError(f"The default sort of the table {self.table.name} is no sortable column.")

    def _cursor(self, parameter: str) -> Cursor | None:
        """The cursor in the address; a damaged one, or one of another sort, means the first page."""
        try:
            return self.keyset.decode(self.request.GET[parameter]) if parameter in self.request.GET else None
        except BadCursor:
            return None

    def _page(self, rows: list[Any], *, earlier: bool, later: bool) -> Page:
        before = self.keyset.cursor_of(rows[0]) if rows and earlier else None
        return Page(rows, before, self.keyset.cursor_of(rows[-1]) if rows and later else None)

    def _heading(self, column: Column) -> Heading:
        if not column.sort:
            return Heading(column, "", "")
        active = column == self.sort
        key = f"-{column.key}" if active and not self.descending else column.key
        direction = ("descending" if self.descending else "ascending") if active else ""
        return Heading(column, self._url(sort=key), direction)

    def _url(self, **changes: str) -> str:
        query = self.request.GET.copy()
        for name in ("after", "before", "format"):
            query.pop(name, None)
        for name, value in changes.items():
            query[name] = value
        return f"{self.request.path}?{query.urlencode()}" if query else self.request.path

    def _csv(self) -> HttpResponseBase:
        if not self.csv_urls:
            raise PermissionDenied
        columns = [column for column in self.table.columns if column.exported]
        lines = ([column.value_of(row) for column in columns] for row in self._all_rows())
        header = [column.label for column in columns]
        return csv_response(self.table.name, header, lines, local=self.request.GET["format"] == "csv-local")

    def _all_rows(self) -> Iterator[Any]:
        """Every row, read in batches by keyset: no cursor stays open and no list grows."""
        batch = self.keyset.rows(None, CSV_BATCH)
        while batch:
            yield from batch
            batch = self.keyset.rows(self.keyset.cursor_of(batch[-1]), CSV_BATCH)


def selected_rows(request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
    """The rows that a bulk action was asked for: the ticked ones, or all of `queryset` (what the filter matches)."""
    if request.POST.get("all"):
        return queryset
    key = queryset.model._meta.pk
    ids = []
    for text in request.POST.getlist("selected"):
        try:
            ids.append(key.to_python(text))
        except ValidationError:
            continue
    return queryset.filter(pk__in=ids)
