"""Reading a CSV file that somebody made with whatever program: encoding and delimiter are found out, and everything
that is wrong with the file is told by line and column.
"""

import csv
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from io import StringIO

from django.utils.translation import gettext_lazy as _

from common.csv_files import FORMULA_STARTS
from common.rights import Text

_DELIMITERS = (",", ";", "\t", "|")
# By this first line spreadsheets learn the delimiter; it is no row.
_SEPARATOR_LINE = re.compile(r'\s*"?sep=([,;\t|])"?[ \t,;|]*(?=\r|\n|$)', re.IGNORECASE)
_BYTE_ORDER_MARKS = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}


@dataclass(frozen=True)
class Problem:
    """What is wrong with one cell, or with a whole line where `column` is empty. Lines are counted from 1."""

    line: int
    column: str
    message: Text


@dataclass
class CsvTable:
    """The file's rows, as line number and cells by column name, and what is wrong with its form."""

    columns: list[str] = field(default_factory=list)
    rows: list[tuple[int, Mapping[str, str]]] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def read_csv(data: bytes, known: Collection[str], required: Collection[str], max_rows: int) -> CsvTable:
    """Read a file whose first line names some of the `known` columns, all `required` ones among them.

    UTF-8, UTF-16 and Windows-1252 are understood, and comma, semicolon, tab or bar as delimiter, also where a line
    `sep=;` before the names of the columns says which. Names of columns are compared in lower case; blank lines are
    passed over; blanks around a cell are dropped, and so is the apostrophe that guards a spreadsheet against a formula.
    """
    table = CsvTable()
    text = _decoded(data)
    if text is None:
        table.problems.append(Problem(1, "", _("This is no CSV file: save the spreadsheet as “CSV UTF-8”.")))
        return table
    named = _SEPARATOR_LINE.match(text)
    # The line itself stays, empty, so that the others keep their numbers.
    text = text[named.end() :] if named else text
    lines = _lines(text, named[1] if named else _delimiter(text, known), table)
    line, header = next(lines, (1, list[str]()))
    table.columns = [name.lower().replace(" ", "_").replace("-", "_") for name in header]
    _check_header(table, line, known, required)
    if not table.problems:
        _read_rows(table, lines, max_rows)
    return table


def _decoded(data: bytes) -> str | None:
    """The text of the file; None where it is no text."""
    mark = next((encoding for start, encoding in _BYTE_ORDER_MARKS.items() if data.startswith(start)), None)
    for encoding in [mark] if mark else ["utf-8", "cp1252"]:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        return None if "\x00" in text else text
    return None


def _delimiter(text: str, known: Collection[str]) -> str:
    """The delimiter by which the first line names the most columns."""
    first = text.lstrip().partition("\n")[0].lower()

    def named(delimiter: str) -> int:
        return sum(name.strip(' "\r') in known for name in first.split(delimiter))

    return max(_DELIMITERS, key=named)


def _lines(text: str, delimiter: str, table: CsvTable) -> Iterator[tuple[int, list[str]]]:
    """The lines that are not blank, each with the number of its first line in the file."""
    reader = csv.reader(StringIO(text, newline=""), delimiter=delimiter, strict=True)
    line = 1
    try:
        for cells in reader:
            plain = [_plain(cell) for cell in cells]
            if any(plain):
                yield line, plain
            line = reader.line_num + 1
    except csv.Error:
        table.problems.append(Problem(line, "", _("A quotation mark is out of place or never closed.")))


def _plain(cell: str) -> str:
    text = cell.strip()
    return text[1:] if text[:1] == "'" and text[1:].startswith(FORMULA_STARTS) else text


def _check_header(table: CsvTable, line: int, known: Collection[str], required: Collection[str]) -> None:
    while table.columns and not table.columns[-1]:
        table.columns.pop()
    for place, name in enumerate(table.columns):
        if name not in known:
            table.problems.append(Problem(line, name, _("There is no such column.")))
        elif name in table.columns[:place]:
            table.problems.append(Problem(line, name, _("This column is there twice.")))
    table.problems += [
        Problem(line, name, _("This column is missing.")) for name in required if name not in table.columns
    ]


def _read_rows(table: CsvTable, lines: Iterator[tuple[int, list[str]]], max_rows: int) -> None:
    for line, cells in lines:
        if len(table.rows) == max_rows:
            message = _("The file has more than %(rows)d rows: split it.") % {"rows": max_rows}
            table.problems.append(Problem(line, "", message))
            return
        if any(cells[len(table.columns) :]):
            table.problems.append(Problem(line, "", _("This line has more cells than there are columns.")))
        padded = cells + [""] * (len(table.columns) - len(cells))
        table.rows.append((line, dict(zip(table.columns, padded, strict=False))))
