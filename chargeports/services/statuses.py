"""StatusNotification (OCPP 1.6 §4.9): the status of ports and stations, its history, and the errors it tells of.

Nothing is ever refused: an "illegal" transition is what the charger saw. The newest event wins, whatever order
messages arrive in; what arrives late goes into the history only.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db.models import F

from chargeports.choices import PortStatus, worst_status
from chargeports.models import PortState, StatusEvent
from chargeports.services.carried_out import follow_scheduled
from chargeports.services.errors import ErrorBook, Place, StatusReport
from chargeports.services.locks import USABLE, hold_drifted
from chargeports.services.reported import MAX_PORT_NUMBER, make_reported_ports
from chargeports.webhooks import tell_of_statuses
from common.bulk import copy_new, update_rows
from common.live import announce
from common.lookups import among
from common.text import fit
from stations.models import StationState

# A charger whose clock is further ahead than this, or still at its factory date, is judged by the time of arrival.
_AHEAD = timedelta(minutes=5)
_FACTORY_DATE = datetime(2015, 1, 1, tzinfo=UTC)
# An unchanged repeat moves the time of the status on, but not more often than this: some chargers repeat every second.
_REPEAT = timedelta(minutes=1)

_SAID = ("status", "error_code", "vendor_error_code", "vendor_id", "info")
_PORT_FIELDS = (*_SAID, "since", "status_at", "received_at")


def record_statuses(reports: Sequence[StatusReport]) -> None:
    """Take over what the chargers say, in order of arrival; a constant number of queries, however many reports.

    Works across organisations inside the caller's transaction. Ports that nobody entered are made; connector 0 is the
    station itself and touches no port (S02). Numbers that cannot be a connector change nothing.
    """
    usable = [_fitted(report) for report in reports if 0 <= report.port_number <= MAX_PORT_NUMBER]
    if not usable:
        return
    stations = _lock_stations({report.station_id for report in usable})
    usable = [report for report in usable if report.station_id in stations]
    ports = _lock_ports(stations)
    unknown = [report for report in usable if report.port_number and report.place not in ports]
    if unknown:
        make_reported_ports({(r.station_id, r.organisation_id, r.port_number) for r in unknown})
        ports = _lock_ports(stations)
    batch = _Batch(stations, ports, ErrorBook.of(stations))
    for report in usable:
        batch.take(report)
    batch.save()


def _fitted(report: StatusReport) -> StatusReport:
    at, derived = report.at, report.at_is_derived
    if at > report.received_at + _AHEAD or at < _FACTORY_DATE:
        at, derived = report.received_at, True
    return replace(
        report,
        status=fit(report.status, 20),
        error_code=fit(report.error_code, 60),
        vendor_error_code=fit(report.vendor_error_code, 255),
        vendor_id=fit(report.vendor_id, 255),
        info=fit(report.info, 255),
        at=at,
        at_is_derived=derived,
    )


def _lock_stations(ids: set[int]) -> dict[int, StationState]:
    """Everything that follows is per station, so these locks settle every race between nodes."""
    states = StationState.objects.select_for_update().filter(among("station_id", ids)).order_by("station_id")
    return {state.station_id: state for state in states}


def _lock_ports(station_ids: Iterable[int]) -> dict[Place, Any]:
    """Each a PortState that knows its port's `station_id`, `number` and `evse_id`: the port itself is not needed."""
    states = PortState.objects.select_for_update(of=("self",)).order_by("port_id")
    found = states.filter(among("port__station_id", station_ids)).annotate(
        station_id=F("port__station_id"), number=F("port__number"), evse_id=F("port__evse_id")
    )
    return {(state.station_id, state.number): state for state in found}


@dataclass
class _Batch:
    """The rows of the stations that the reports speak of, changed in memory and written at once."""

    stations: dict[int, StationState]
    ports: dict[Place, Any]
    errors: ErrorBook
    events: list[StatusEvent] = field(default_factory=list)
    late: list[StatusEvent] = field(default_factory=list)
    changed: set[Place] = field(default_factory=set)
    moved: set[Place] = field(default_factory=set)
    available_or_not: set[int] = field(default_factory=set)

    def take(self, report: StatusReport) -> None:
        known_at = self._known_at(report.place)
        if known_at is not None and report.at < known_at:
            self.late.append(_event(report))
        elif not self._is_repeat(report):
            self.changed.add(report.place)
            self.events.append(_event(report))
            self.errors.take(report)
            self._note_availability(report)
            self._write(report)
        elif known_at is None or report.at - known_at >= _REPEAT:
            self.moved.add(report.place)
            self._write(report)

    def _known_at(self, place: Place) -> datetime | None:
        station_id, number = place
        return self.ports[place].status_at if number else self.stations[station_id].own_status_at

    def _is_repeat(self, report: StatusReport) -> bool:
        if report.port_number == 0:
            return self.stations[report.station_id].own_status == report.status and self.errors.knows(report)
        port = self.ports[report.place]
        return all(getattr(port, name) == getattr(report, name) for name in _SAID)

    def _note_availability(self, report: StatusReport) -> None:
        """Whether a place was made unavailable, or is no longer."""
        station_id, number = report.place
        before = self.ports[report.place].status if number else self.stations[station_id].own_status
        if before != report.status and PortStatus.UNAVAILABLE in (before, report.status):
            self.available_or_not.add(station_id)

    def _write(self, report: StatusReport) -> None:
        if report.port_number == 0:
            station = self.stations[report.station_id]
            station.own_status, station.own_status_at = report.status, report.at
            return
        port = self.ports[report.place]
        if port.status != report.status or port.since is None:
            port.since = report.at
        for name in _SAID:
            setattr(port, name, getattr(report, name))
        port.status_at, port.received_at = report.at, report.received_at

    def save(self) -> None:
        written = self.changed | self.moved
        update_rows([self.ports[place] for place in sorted(written) if place[1]], _PORT_FIELDS)
        summarised = self._summarise()
        own = {place[0] for place in written if place[1] == 0}
        update_rows([self.stations[pk] for pk in sorted(summarised | own)], ["own_status", "own_status_at", "status"])
        self.errors.save()
        if self.available_or_not:
            follow_scheduled(self.available_or_not, datetime.now(UTC))
        self._hold_locks(written)
        copy_new([*self.events, *_unknown_yet(self.late)])
        tell_of_statuses(self.events, {place: state.evse_id for place, state in self.ports.items()})
        announce(f"station.{station_id}" for station_id, _number in self.changed)
        announce(f"port.{station_id}.{number}" for station_id, number in self.changed if number)
        announce(f"organisation.{self.stations[station_id].organisation_id}" for station_id in summarised)

    def _hold_locks(self, written: set[Place]) -> None:
        """A locked port that says it can be used is set right again."""
        ports = [(place, self.ports[place]) for place in sorted(written) if place[1]]
        drifted = [place for place, port in ports if port.locked_since and port.status in USABLE]
        if drifted:
            hold_drifted(drifted, datetime.now(UTC))

    def _summarise(self) -> set[int]:
        """Set each changed station's status to the worst of its ports; answer with those where it is another now."""
        touched: dict[int, list[str]] = {station_id: [] for station_id, number in self.changed if number}
        for (station_id, _number), port in self.ports.items():
            if station_id in touched:
                touched[station_id].append(port.status)
        worst = {station_id: worst_status(statuses) for station_id, statuses in touched.items()}
        changed = {station_id for station_id, status in worst.items() if self.stations[station_id].status != status}
        for station_id in changed:
            self.stations[station_id].status = worst[station_id]
        return changed


def _event(report: StatusReport) -> StatusEvent:
    return StatusEvent(
        organisation_id=report.organisation_id,
        station_id=report.station_id,
        port_number=report.port_number,
        status=report.status,
        error_code=report.error_code,
        vendor_error_code=report.vendor_error_code,
        info=report.info,
        at=report.at,
        received_at=report.received_at,
        at_is_derived=report.at_is_derived,
    )


def _unknown_yet(late: list[StatusEvent]) -> list[StatusEvent]:
    """The late events without those that the history holds already: a charger may send its queue twice."""
    if not late:
        return []
    known = StatusEvent.objects.filter(
        station_id__in={event.station_id for event in late}, at__in={event.at for event in late}
    )
    seen = {_identity(event) for event in known}
    fresh = {_identity(event): event for event in late if _identity(event) not in seen}
    return list(fresh.values())


def _identity(event: StatusEvent) -> tuple[int, int, datetime, str, str]:
    return event.station_id, event.port_number, event.at, event.status, event.error_code
