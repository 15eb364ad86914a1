"""Exports of charge logs as background jobs: which sessions, which columns, which kind of file."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import QuerySet
from django.http import HttpRequest, QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Job, Organisation
from accounts.services import start_job
from accounts.services.jobs import RunningJob
from charging import selectors
from charging.filters import SessionFilter
from charging.models import ChargingSession
from charging.rights import EXPORT_SESSIONS
from charging.tables import SESSIONS
from common.access import Access
from common.actor import Actor
from common.csv_files import CsvStyle, local_style
from common.jobs import JobKind
from common.keyset import Keyset
from common.row_files import write_csv, write_json, write_xlsx
from common.tables import Column
from stations.models import Station

COLUMNS = tuple(column for column in SESSIONS.columns if column.exported)
_BATCH = 1_000


# --- Starting -----------------------------------------------------------------------------------------------------
def start_session_export(
    actor: Actor,
    organisation: Organisation,
    station: Station | None,
    choice: Mapping[str, Any],
    *,
    query: str = "",
    ids: list[int] | None = None,
) -> Job:
    """Export the sessions of one station or of all. `choice` is what the wizard's form was cleaned to; `query` is a
    filter of the list (`SessionFilter`), `ids` the sessions that were ticked there.
    """
    period = {name: choice[name].isoformat() if choice[name] else "" for name in ("start", "end")}
    parameters = {
        **{name: choice[name] for name in ("columns", "format", "delimiter", "decimal_mark")},
        **period,
        "ports": list(map(int, choice.get("ports", ()))),
        "station_id": station.pk if station else None,
        "query": query,
        "ids": ids or [],
    }
    title = _("Charge logs of %(station)s") % {"station": station} if station else _("Charge logs of all stations")
    if any(period.values()):
        title = f"{title}, {period['start'] or '…'} – {period['end'] or '…'}"
    return start_job(organisation, SESSION_EXPORT, parameters, actor, title=title, subject=subject_of(station))


def subject_of(station: Station | None) -> str:
    return f"station.{station.pk}" if station else ""


# --- Running ------------------------------------------------------------------------------------------------------
def export_sessions(running: RunningJob) -> None:
    wanted = running.parameters
    columns = [column for column in COLUMNS if column.key in wanted["columns"]]
    rows = _rows(running, _chosen(running), columns)
    header, keys = [column.label for column in columns], [column.key for column in columns]
    with running.result(f"charge-logs-{timezone.localdate()}.{wanted['format']}") as file:
        if wanted["format"] == "xlsx":
            write_xlsx(file, header, rows)
        elif wanted["format"] == "json":
            write_json(file, keys, rows)
        else:
            write_csv(file, header, rows, _style(wanted))


def _style(wanted: Mapping[str, Any]) -> CsvStyle:
    """As the reader's language has it, but for what was chosen."""
    local = local_style()
    return CsvStyle(wanted["delimiter"] or local.delimiter, wanted["decimal_mark"] or local.decimal_mark, True)


def _rows(running: RunningJob, sessions: QuerySet[ChargingSession], columns: list[Column]) -> Iterator[list[Any]]:
    """A row per session, oldest first, read in batches by key; each batch is a step of the job."""
    total = sessions.order_by().count()
    keyset, done = Keyset(sessions, "started_at"), 0
    batch = keyset.rows(None, _BATCH)
    while batch:
        running.progress(done, total, _("%(done)d of %(total)d") % {"done": done, "total": total})
        yield from ([column.value_of(session) for column in columns] for session in batch)
        done += len(batch)
        batch = keyset.rows(keyset.cursor_of(batch[-1]), _BATCH)


def _chosen(running: RunningJob) -> QuerySet[ChargingSession]:
    """The sessions that the wizard was asked for, in the scope of the job's organisation."""
    wanted = running.parameters
    request = HttpRequest()
    request.access = Access(running.organisation, running.actor)  # type: ignore[attr-defined]
    sessions = SessionFilter(QueryDict(wanted["query"]), selectors.sessions(), request=request).qs
    zone = timezone.get_current_timezone()
    if wanted["station_id"]:
        station = Station.objects.get(pk=wanted["station_id"])
        sessions, zone = sessions.filter(station=station), ZoneInfo(station.time_zone)
    if wanted["ids"]:
        sessions = sessions.filter(pk__in=wanted["ids"])
    if wanted["ports"]:
        sessions = sessions.filter(port_number__in=wanted["ports"])
    if wanted["start"]:
        sessions = sessions.filter(started_at__gte=_midnight(wanted["start"], zone))
    if wanted["end"]:
        sessions = sessions.filter(started_at__lt=_midnight(wanted["end"], zone, days=1))
    return sessions


def _midnight(day: str, zone: Any, days: int = 0) -> datetime:
    return datetime.combine(date.fromisoformat(day) + timedelta(days=days), time(), zone)


SESSION_EXPORT = JobKind("session-export", gettext_lazy("Exports of charge logs"), EXPORT_SESSIONS, export_sessions)
