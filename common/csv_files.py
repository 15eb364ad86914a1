"""CSV that is streamed, and that a spreadsheet opens without running what strangers wrote into it."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from io import StringIO
from typing import Any

from django.http import StreamingHttpResponse
from django.utils import timezone
from django.utils.formats import get_format

from common.streaming import streamed

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
BYTE_ORDER_MARK = "\ufeff"
CHUNK_ROWS = 500


@dataclass(frozen=True)
class CsvStyle:
    """`spreadsheet` writes times as spreadsheets read them, and the mark by which they know UTF-8; otherwise times are
    ISO 8601 with their offset.
    """

    delimiter: str = ","
    decimal_mark: str = "."
    spreadsheet: bool = False


PLAIN = CsvStyle()


def local_style() -> CsvStyle:
    """As spreadsheets of the reader's language read it."""
    decimal_mark = str(get_format("DECIMAL_SEPARATOR"))
    return CsvStyle(";" if decimal_mark == "," else ",", decimal_mark, spreadsheet=True)


def csv_response(
    name: str, header: Sequence[Any], rows: Iterable[Sequence[Any]], *, local: bool
) -> StreamingHttpResponse:
    """A download `<name>.csv`, plain or in the reader's style."""
    chunks = csv_chunks(header, rows, local_style() if local else PLAIN)
    response = StreamingHttpResponse(streamed(chunks), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return response


def guarded(text: str) -> str:
    """Text that no spreadsheet takes for a formula: what starts like one gets an apostrophe before it."""
    return f"'{text}" if text.startswith(FORMULA_STARTS) and not _is_number(text) else text


def csv_chunks(header: Sequence[Any], rows: Iterable[Sequence[Any]], style: CsvStyle) -> Iterator[str]:
    buffer = StringIO()
    writer = csv.writer(buffer, delimiter=style.delimiter)
    buffer.write(BYTE_ORDER_MARK if style.spreadsheet else "")
    writer.writerow([str(title) for title in header])
    for number, row in enumerate(rows, 1):
        writer.writerow([_text(value, style) for value in row])
        if number % CHUNK_ROWS == 0:
            yield _emptied(buffer)
    yield _emptied(buffer)


def _emptied(buffer: StringIO) -> str:
    text = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return text


def _text(value: Any, style: CsvStyle) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        there = timezone.localtime(value)
        return f"{there:%Y-%m-%d %H:%M:%S}" if style.spreadsheet else there.isoformat(timespec="seconds")
    if isinstance(value, Decimal | float):
        return str(value).replace(".", style.decimal_mark)
    if isinstance(value, list | tuple):
        return guarded(", ".join(str(item) for item in value))
    return guarded(str(value))


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
