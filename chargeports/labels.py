"""Labels with a QR code for charge ports: held to a telephone they lead to the port's payment page.

A label is a square of modules with the EVSE ID and the name below it, as SVG, as PNG, and many on a sheet as PDF.
"""

import io
from collections.abc import Iterator, Sequence
from urllib.parse import quote

import segno
from django.conf import settings
from django.utils.html import escape
from PIL import Image, ImageDraw, ImageFont
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

from chargeports.models import ChargePort

_QUIET = 4
_TEXT_MODULES = 9
_PIXELS = 16
_COLUMNS, _ROWS = 3, 4


def payment_url(port: ChargePort) -> str:
    """The address of the port's payment page, as the public reaches the portal."""
    return f"{settings.PUBLIC_URL}/pay/{quote(port.evse_id, safe='*')}/"


def as_svg(port: ChargePort) -> str:
    modules = _modules(port)
    width = len(modules) + 2 * _QUIET
    path = "".join(f"M{x} {y}h1v1h-1z" for x, y in _dark(modules))
    texts = "".join(
        f'<text x="{width / 2}" y="{y}" font-size="{size}" font-family="sans-serif" text-anchor="middle">'
        f"{escape(text)}</text>"
        for text, size, y in _lines(port, width)
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {width + _TEXT_MODULES}" width="60mm">'
        f'<rect width="100%" height="100%" fill="#fff"/><path d="{path}"/>{texts}</svg>'
    )


def as_png(port: ChargePort) -> bytes:
    modules = _modules(port)
    width = len(modules) + 2 * _QUIET
    image = Image.new("L", (width * _PIXELS, (width + _TEXT_MODULES) * _PIXELS), 255)
    draw = ImageDraw.Draw(image)
    for x, y in _dark(modules):
        draw.rectangle((x * _PIXELS, y * _PIXELS, (x + 1) * _PIXELS - 1, (y + 1) * _PIXELS - 1), fill=0)
    for text, size, base in _lines(port, width):
        font = ImageFont.load_default(size=size * _PIXELS)
        draw.text((width * _PIXELS / 2, base * _PIXELS), text, fill=0, font=font, anchor="ms")
    file = io.BytesIO()
    image.save(file, "PNG", dpi=(300, 300))
    return file.getvalue()


def as_pdf(ports: Sequence[ChargePort]) -> bytes:
    """Sheets of A4 with twelve labels each, to be cut."""
    file = io.BytesIO()
    canvas = Canvas(file, pagesize=A4)
    per_page = _COLUMNS * _ROWS
    for index, port in enumerate(ports):
        if index and index % per_page == 0:
            canvas.showPage()
        row, column = divmod(index % per_page, _COLUMNS)
        _draw(canvas, port, 12 * mm + column * 64 * mm, A4[1] - 12 * mm - (row + 1) * 68 * mm)
    canvas.save()
    return file.getvalue()


def _draw(canvas: Canvas, port: ChargePort, left: float, bottom: float) -> None:
    modules = _modules(port)
    width = len(modules) + 2 * _QUIET
    module = 54 * mm / width
    top = bottom + (width + _TEXT_MODULES) * module
    for x, y in _dark(modules):
        canvas.rect(left + x * module, top - (y + 1) * module, module, module, stroke=0, fill=1)
    for text, size, base in _lines(port, width):
        canvas.setFont("Helvetica", size * module)
        canvas.drawCentredString(left + width * module / 2, top - base * module, text)


def _modules(port: ChargePort) -> Sequence[Sequence[int]]:
    return segno.make(payment_url(port), error="m", micro=False).matrix


def _dark(modules: Sequence[Sequence[int]]) -> Iterator[tuple[int, int]]:
    """Where the dark modules stand, with the quiet zone around them."""
    for y, row in enumerate(modules):
        for x, is_dark in enumerate(row):
            if is_dark:
                yield x + _QUIET, y + _QUIET


def _lines(port: ChargePort, width: int) -> list[tuple[str, float, float]]:
    """The texts with their size and their base line, in modules: as large as the width lets them be."""
    texts = [text for text in (port.evse_id, port.name or port.station.name) if text]
    return [
        (text, min(3.0, 1.7 * (width - 2) / len(text)), width + 1.5 + 3.8 * line) for line, text in enumerate(texts)
    ]
