"""Vouchers to print and cut: sheets of A4, each with the code, a QR code of it, and what it is good for."""

import io
from collections.abc import Sequence

import segno
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

from charging.models import Voucher

_COLUMNS, _ROWS = 2, 5
_WIDTH, _HEIGHT = 93 * mm, 54 * mm
_MARGIN = 12 * mm
_QR = 32 * mm


def as_pdf(vouchers: Sequence[Voucher], limits: Sequence[str]) -> bytes:
    """`limits` says in words what each of the vouchers is good for."""
    file = io.BytesIO()
    canvas = Canvas(file, pagesize=A4)
    canvas.setTitle(_("Vouchers"))
    for index, (voucher, limit) in enumerate(zip(vouchers, limits, strict=True)):
        place = index % (_COLUMNS * _ROWS)
        if index and place == 0:
            canvas.showPage()
        row, column = divmod(place, _COLUMNS)
        _draw(canvas, voucher, limit, _MARGIN + column * _WIDTH, A4[1] - _MARGIN - (row + 1) * _HEIGHT)
    canvas.save()
    return file.getvalue()


def _draw(canvas: Canvas, voucher: Voucher, limit: str, left: float, bottom: float) -> None:
    canvas.setLineWidth(0.3)
    canvas.setDash(2, 2)
    canvas.rect(left, bottom, _WIDTH, _HEIGHT)
    canvas.setDash()
    _draw_modules(canvas, voucher.code, left + _WIDTH - _QR - 4 * mm, bottom + 11 * mm)
    until = voucher.batch.valid_until
    lines = [
        (_("Charging voucher"), 11),
        (voucher.batch.name[:34], 9),
        (voucher.code, 12),
        (limit, 9),
        (_("until %(day)s") % {"day": date_format(timezone.localtime(until), "DATE_FORMAT")} if until else "", 9),
    ]
    for number, (text, size) in enumerate(lines):
        canvas.setFont("Courier-Bold" if text == voucher.code else "Helvetica", size)
        canvas.drawString(left + 4 * mm, bottom + _HEIGHT - (10 + 8 * number) * mm, text)


def _draw_modules(canvas: Canvas, code: str, left: float, bottom: float) -> None:
    matrix = segno.make(code, error="m", micro=False).matrix
    module = _QR / len(matrix)
    for y, row in enumerate(matrix):
        for x, is_dark in enumerate(row):
            if is_dark:
                canvas.rect(left + x * module, bottom + _QR - (y + 1) * module, module, module, stroke=0, fill=1)
