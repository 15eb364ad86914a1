"""Tables as files, written row by row in constant memory: CSV, spreadsheet, JSON."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, BinaryIO

import orjson
import xlsxwriter
from django.utils import timezone
from django.utils.translation import gettext as _

from common.csv_files import CsvStyle, csv_chunks
from common.errors import Refused

# What a sheet of a spreadsheet holds, less its heading.
XLSX_ROWS = 1_048_575
_XLSX_TIME = "yyyy-mm-dd hh:mm:ss"

Rows = Iterable[Sequence[Any]]


def write_csv(file: BinaryIO, header: Sequence[Any], rows: Rows, style: CsvStyle) -> None:
    for chunk in csv_chunks(header, rows, style):
        file.write(chunk.encode())


def write_xlsx(file: BinaryIO, header: Sequence[Any], rows: Rows) -> None:
    """One sheet with numbers as numbers, times as local times, and texts that are never formulas."""
    book = xlsxwriter.Workbook(file, {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    sheet = book.add_worksheet()
    bold, moment = book.add_format({"bold": True}), book.add_format({"num_format": _XLSX_TIME})
    sheet.freeze_panes(1, 0)
    sheet.set_column(0, max(0, len(header) - 1), 18)
    sheet.write_row(0, 0, [str(title) for title in header], bold)
    for number, row in enumerate(rows, 1):
        if number > XLSX_ROWS:
            raise Refused(_("A spreadsheet holds %(rows)d rows; these are more. Choose CSV.") % {"rows": XLSX_ROWS})
        for column, value in enumerate(row):
            _write_cell(sheet, number, column, value, moment)
    book.close()


def _write_cell(sheet: Any, row: int, column: int, value: Any, moment: Any) -> None:
    if value is None or value == "":
        return
    if isinstance(value, datetime):
        sheet.write_datetime(row, column, timezone.localtime(value).replace(tzinfo=None), moment)
    elif isinstance(value, int | float | Decimal):
        sheet.write_number(row, column, value)
    elif isinstance(value, list | tuple):
        sheet.write_string(row, column, ", ".join(map(str, value)))
    else:
        sheet.write_string(row, column, str(value))


def write_json(file: BinaryIO, keys: Sequence[str], rows: Rows) -> None:
    """A list of objects, one on each line."""
    separator = b"[\n"
    for row in rows:
        file.write(separator + orjson.dumps(dict(zip(keys, map(_plain, row), strict=True)), default=str))
        separator = b",\n"
    file.write(b"[]\n" if separator == b"[\n" else b"\n]\n")


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return float(value)
    return timezone.localtime(value) if isinstance(value, datetime) else value
