"""Files of the demo: documents of the first stations, and an export of charge logs that can be fetched."""

from datetime import datetime, timedelta
from io import BytesIO

from django.core.files.uploadedfile import SimpleUploadedFile
from django_scopes import scope
from PIL import Image, ImageDraw

from accounts.models import Organisation
from accounts.services.jobs import run_job
from charging.export import COLUMNS, start_session_export
from common.actor import SYSTEM
from stations.models import Station
from stations.services.documents import add_document

STATIONS = 3
EXPORTED = timedelta(days=7)
_PROTOCOL = (
    "Acceptance protocol\n\nProtective conductor: in order\nResidual current device: 24 ms\nRotary field: right\n"
)


def make_files(organisation: Organisation, now: datetime) -> None:
    with scope(organisation=organisation):
        for station in Station.objects.order_by("identity")[:STATIONS]:
            _add(station, "Site plan.png", _plan(station), "Where the station stands")
            _add(station, "Acceptance protocol.txt", _PROTOCOL.encode(), "After the installation")
            _add(station, "Acceptance protocol.txt", f"{_PROTOCOL}Checked again\n".encode(), "")
        week = {"start": now.date() - EXPORTED, "end": now.date()}
        choice = {"columns": [column.key for column in COLUMNS], "format": "csv", **week}
        choice |= {"delimiter": "", "decimal_mark": ""}
        run_job(start_session_export(SYSTEM, organisation, None, choice).pk)


def _add(station: Station, name: str, content: bytes, description: str) -> None:
    add_document(SYSTEM, station, SimpleUploadedFile(name, content), description)


def _plan(station: Station) -> bytes:
    """A drawing of two parking lots with the station between them."""
    picture = Image.new("RGB", (640, 360), "#f4f1ea")
    draw = ImageDraw.Draw(picture)
    for left in (60, 350):
        draw.rectangle((left, 60, left + 230, 300), outline="#56637a", width=6)
    draw.rectangle((300, 150, 340, 210), fill="#2a7de1")
    draw.text((270, 320), station.identity, fill="#18202b")
    target = BytesIO()
    picture.save(target, "PNG")
    return target.getvalue()
