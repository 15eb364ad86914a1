"""Exports of the message log: the frames of a station as they travelled, in one JSON file (docs/ocpp-export.md).

PostgreSQL writes the lines and COPY hands them over one by one, so that a month of messages takes no more memory than
a minute of them.
"""

import gzip
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, BinaryIO
from zoneinfo import ZoneInfo

import orjson
from django.core.exceptions import ValidationError
from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Job
from accounts.services import start_job
from accounts.services.jobs import RunningJob
from common.actor import Actor
from common.jobs import JobKind
from ocpp_gateway.rights import EXPORT_MESSAGES
from stations.models import Station

FORMAT = "cpms-ocpp-frames"
VERSION = 1
LONGEST = timedelta(days=30)
FURTHEST_BACK = timedelta(days=92)
_LINES_AT_ONCE = 5_000
# How much of the log is read before the job looks whether it was cancelled.
_STEP = timedelta(hours=6)
_COMPRESSION = 3

# One line for an exchange: the call, and where there is one its answer. No text holds a line break or a control
# character once it is JSON, so that a CSV with such marks is the plain lines.
_LINES = """
COPY (
    SELECT ',{"time":' || to_json(received_at) || ',"direction":"' || CASE direction WHEN 'out' THEN 'out' ELSE 'in' END
        || '","message_id":' || to_json(message_id) || ',"action":' || to_json(action)
        || ',"frame":' || to_json(request) || '}'
        || CASE WHEN response IS NULL THEN '' ELSE
            ',{"time":' || coalesce(to_json(answered_at)::text, 'null')
            || ',"direction":"' || CASE direction WHEN 'out' THEN 'in' ELSE 'out' END
            || '","message_id":' || to_json(message_id) || ',"action":' || to_json(action)
            || ',"frame":' || to_json(response) || '}' END
    FROM ocpp_gateway_exchange
    WHERE station_id = %s AND organisation_id = %s AND received_at >= %s AND received_at < %s
    ORDER BY received_at, id
) TO STDOUT WITH (FORMAT csv, DELIMITER E'\\x02', QUOTE E'\\x01', ENCODING 'UTF8')
"""


# --- Starting -----------------------------------------------------------------------------------------------------
def start_export(actor: Actor, station: Station, first: date, last: date, *, compressed: bool = False) -> Job:
    """Export the frames of the days `first` to `last`, in the station's zone. ValidationError beyond the limits."""
    zone = _zone_of(station)
    start, end = (datetime.combine(day, time(), zone) for day in (first, last + timedelta(days=1)))
    _check(first, last, start)
    parameters = {
        "station_id": station.pk,
        "start": start.astimezone(UTC).isoformat(),
        "end": end.astimezone(UTC).isoformat(),
        "name": f"ocpp-{station.identity}-{first}-{last}.json",
        "compressed": compressed,
    }
    title = _("Frames of %(station)s, %(first)s to %(last)s") % {"station": station, "first": first, "last": last}
    return start_job(station.organisation, OCPP_EXPORT, parameters, actor, title=title, subject=subject_of(station))


def subject_of(station: Station) -> str:
    return f"station.{station.pk}"


def _check(first: date, last: date, start: datetime) -> None:
    now = timezone.now()
    if last < first:
        raise ValidationError({"last": _("The last day lies before the first.")})
    if last - first >= LONGEST:
        raise ValidationError({"last": _("An export covers at most %(days)d days.") % {"days": LONGEST.days}})
    if start > now:
        raise ValidationError({"first": _("This day has not begun yet.")})
    if start < now - FURTHEST_BACK:
        raise ValidationError({"first": _("Messages are exported of the last three months only.")})


# --- Running ------------------------------------------------------------------------------------------------------
def export_frames(running: RunningJob) -> None:
    parameters = running.parameters
    station = Station.objects.get(pk=parameters["station_id"])
    start, end = (datetime.fromisoformat(parameters[name]) for name in ("start", "end"))
    compressed = parameters["compressed"]
    with running.result(parameters["name"] + (".gz" if compressed else "")) as file, _packed(file, compressed) as out:
        out.write(header(station, start, end))
        for number, lines in enumerate(blocks(station, start, end, running)):
            out.write(lines if number else lines[1:])
        out.write(b"]}\n")


def header(station: Station, start: datetime, end: datetime) -> bytes:
    """What stands before the frames."""
    about = {
        "format": FORMAT,
        "version": VERSION,
        "station": {"identity": station.identity, "protocol": station.protocol, "time_zone": station.time_zone},
        "period": {"start": start.isoformat(), "end": end.isoformat()},
        "exported_at": timezone.now().isoformat(),
    }
    return orjson.dumps(about)[:-1] + b',"frames":[\n'


def blocks(station: Station, start: datetime, end: datetime, running: RunningJob) -> Iterator[bytes]:
    """Lines of exchanges, each beginning with a comma, many at once. The job's progress is told only between two
    reads: while COPY is on its way, its connection can say nothing else.
    """
    total, first = int((end - start) / _STEP) or 1, start
    while start < end:
        running.progress(int((start - first) / _STEP), total, f"{start.astimezone(_zone_of(station)):%Y-%m-%d}")
        following = min(start + _STEP, end)
        yield from _lines(station, start, following)
        start = following


def _zone_of(station: Station) -> ZoneInfo:
    return ZoneInfo(station.time_zone)


def _lines(station: Station, start: datetime, end: datetime) -> Iterator[bytes]:
    with connection.cursor() as cursor:
        with cursor.copy(_LINES, [station.pk, station.organisation_id, start, end]) as copy:
            gathered: list[Any] = []
            for line in copy:
                gathered.append(line)
                if len(gathered) == _LINES_AT_ONCE:
                    yield b"".join(gathered)
                    gathered.clear()
        if gathered:
            yield b"".join(gathered)


@contextmanager
def _packed(file: BinaryIO, compressed: bool) -> Iterator[BinaryIO]:
    if not compressed:
        yield file
        return
    with gzip.GzipFile(fileobj=file, mode="wb", compresslevel=_COMPRESSION, filename="") as packed:
        yield packed  # type: ignore[misc]


OCPP_EXPORT = JobKind("ocpp-export", gettext_lazy("OCPP exports"), EXPORT_MESSAGES, export_frames)
