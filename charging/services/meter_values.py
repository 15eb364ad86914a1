"""MeterValues (OCPP 1.6 §4.7): every reading is stored, with the session that it belongs to where there is one."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.db.models import Q

from chargeports.choices import PortStatus
from chargeports.models import PortState
from charging.choices import SessionState
from charging.models import ChargingSession, MeterValue
from charging.services.changes import LIVE_FIELDS, Changes, locked_sessions
from charging.services.readings import MeterRow, Reading, samples_json
from charging.services.register import moment_of, take_values
from charging.services.signed_values import keep_signed
from common.bulk import copy_rows
from common.lookups import among

_MAX_ID = 2**31 - 1
_MAX_PORT_NUMBER = 32_767
# A reading may be a little older than the start of its session: clock-aligned values, rounded times (M16).
_EARLY = timedelta(minutes=5)

Place = tuple[int, int]


class MeterReport(NamedTuple):
    """One MeterValues message; `transaction_id` is what the charger says it is, None where it says nothing."""

    station_id: int
    organisation_id: int
    port_number: int
    transaction_id: int | None
    received_at: datetime
    readings: Sequence[Reading]

    @property
    def place(self) -> Place:
        return self.station_id, self.port_number if 0 <= self.port_number <= _MAX_PORT_NUMBER else 0

    @property
    def possible_id(self) -> int | None:
        """The transaction id where it can be one: -1, 0 and other negative numbers mean none (OCPP 1.6 errata 3.18)."""
        known = self.transaction_id
        return known if known is not None and 0 < known <= _MAX_ID else None

    @property
    def first_at(self) -> datetime:
        return min((moment_of(one.sampled_at, self.received_at) for one in self.readings), default=self.received_at)


def record_meter_values(reports: Sequence[MeterReport]) -> list[int | None]:
    """Store all readings, bring the running sessions up to date, and say which session each report belongs to.

    Without a usable transaction id the session that runs at the port at that time is meant; the station's own meter
    (port 0) belongs to none. Where the charger speaks of a transaction that nobody started here, or its port charges
    without one, an orphan keeps the readings together. An ended session is never opened again. Works across
    organisations inside the caller's transaction, with a constant number of queries.
    """
    if not reports:
        return []
    changes = Changes(LIVE_FIELDS)
    found = _Attaching(reports, changes)
    attached = [found.session_of(report) for report in reports]
    for report, session in zip(reports, attached, strict=True):
        _bring_up_to_date(changes, session, report)
    changes.save()
    ids = [session.pk if session is not None else None for session in attached]
    write_rows(
        MeterRow(report.organisation_id, *report.place, session_id, report.received_at, reading)
        for report, session_id in zip(reports, ids, strict=True)
        for reading in report.readings
    )
    return ids


def _bring_up_to_date(changes: Changes, session: ChargingSession | None, report: MeterReport) -> None:
    if session is None or session.stop_received_at is not None:
        return
    changes.watch(session)
    for reading in sorted(report.readings, key=lambda reading: reading.sampled_at):
        take_reading(session, reading, report.received_at)


def take_reading(session: ChargingSession, reading: Reading, received_at: datetime) -> None:
    """Let a reading change the session's energy and live figures."""
    take_values(session, reading.values, moment_of(reading.sampled_at, received_at))


class _Attaching:
    """Which session each report belongs to."""

    def __init__(self, reports: Sequence[MeterReport], changes: Changes) -> None:
        self._changes = changes
        ids = {report.possible_id for report in reports if report.possible_id}
        self._by_id = {session.pk: session for session in locked_sessions().filter(among("pk", ids))} if ids else {}
        rest = [report for report in reports if report.port_number > 0 and self._named(report) is None]
        self._running: dict[Place, ChargingSession] = {}
        self._orphans: dict[tuple[int, int | None], ChargingSession] = {}
        self._provisional: dict[Place, ChargingSession] = {}
        for session in _others(rest):
            self._remember(self._by_id.get(session.pk, session))
        self._charging = _charging_places([report for report in rest if self._is_without_session(report)])

    def _remember(self, session: ChargingSession) -> None:
        place = (session.station_id, session.port_number)
        if session.state == SessionState.RUNNING:
            self._running[place] = session
            return
        if session.charger_transaction_id is not None:
            self._orphans[session.station_id, session.charger_transaction_id] = session
        if session.ended_at is None:
            self._provisional[place] = session

    def session_of(self, report: MeterReport) -> ChargingSession | None:
        named = self._named(report)
        if named is not None or report.place[1] == 0:
            return named
        running = self._running.get(report.place)
        if running is not None and report.first_at >= running.began_at - _EARLY:
            return running
        return self._orphan_of(report) if running is None else None

    def _is_without_session(self, report: MeterReport) -> bool:
        """It names no transaction, none runs at its port, and no orphan gathers readings there."""
        return not report.possible_id and report.place not in self._running and report.place not in self._provisional

    def _named(self, report: MeterReport) -> ChargingSession | None:
        session = self._by_id.get(report.possible_id or 0)
        return session if session is not None and session.station_id == report.station_id else None

    def _orphan_of(self, report: MeterReport) -> ChargingSession | None:
        known = self._orphans.get((report.station_id, report.possible_id)) if report.possible_id else None
        known = known or self._provisional.get(report.place)
        if known is None and report.readings and (report.possible_id or report.place in self._charging):
            known = self._new_orphan(report)
        return known

    def _new_orphan(self, report: MeterReport) -> ChargingSession:
        session = ChargingSession(
            organisation_id=report.organisation_id,
            station_id=report.station_id,
            port_number=report.place[1],
            state=SessionState.ORPHAN,
            started_at=report.first_at,
            start_received_at=report.received_at,
            charger_transaction_id=report.possible_id,
        )
        self._changes.add(session)
        self._remember(session)
        return session


def _others(reports: Sequence[MeterReport]) -> Iterable[ChargingSession]:
    """The running sessions and the orphans of the stations whose reports name no session of ours."""
    if not reports:
        return ()
    here = Q(among("station_id", {report.station_id for report in reports}))
    ids = {report.possible_id for report in reports if report.possible_id}
    orphans = Q(state=SessionState.ORPHAN) & (Q(ended_at=None) | Q(charger_transaction_id__in=ids))
    return locked_sessions().filter(here & (Q(state=SessionState.RUNNING) | orphans))


def _charging_places(reports: Sequence[MeterReport]) -> set[Place]:
    if not reports:
        return set()
    stations = {report.station_id for report in reports}
    states = PortState.objects.filter(among("port__station_id", stations), status=PortStatus.CHARGING)
    return set(states.values_list("port__station_id", "port__number"))


_COLUMNS = (
    "received_at",
    "organisation_id",
    "station_id",
    "port_number",
    "session_id",
    "sampled_at",
    "context",
    "energy_wh",
    "power_w",
    "current_a",
    "voltage_v",
    "soc_percent",
    "samples",
)


def write_rows(rows: Iterable[MeterRow]) -> None:
    """Append the readings that hold anything, by COPY, and keep what is signed of them."""
    kept = [row for row in rows if any(sample.raw.strip() for sample in row.reading.samples)]
    lines = [_line(row) for row in kept]
    if lines:
        copy_rows(MeterValue._meta.db_table, _COLUMNS, lines)
        keep_signed(kept)


def _line(row: MeterRow) -> tuple[Any, ...]:
    values = row.reading.values
    return (
        row.received_at,
        row.organisation_id,
        row.station_id,
        row.port_number,
        row.session_id,
        row.reading.sampled_at,
        values.context,
        values.energy_wh,
        values.power_w,
        values.current_a,
        values.voltage_v,
        values.soc_percent,
        samples_json(row.reading),
    )
