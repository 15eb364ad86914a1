"""Errors of the equipment: opened, continued and closed by what chargers report (OCPP 1.6 §4.9)."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from chargeports.choices import PortStatus, Severity
from chargeports.maintenance import Occasion, in_maintenance
from chargeports.models import EquipmentError
from chargeports.signals import errors_ended, errors_opened, send_errors
from chargeports.webhooks import tell_of_errors
from common.bulk import update_rows
from common.live import announce
from common.lookups import among

NO_ERROR = "NoError"
_CHANGING = ("vendor_id", "info", "severity", "until", "last_at", "occurrences")

# A port of a station, or the station itself under number 0.
Place = tuple[int, int]
ErrorKey = tuple[str, str]


@dataclass(frozen=True)
class StatusReport:
    """One StatusNotification; `port_number` 0 is the station itself. `at` is the charger's time of the event, or the
    time of arrival where it gave none (`at_is_derived`)."""

    station_id: int
    organisation_id: int
    port_number: int
    status: str
    error_code: str
    vendor_error_code: str
    vendor_id: str
    info: str
    at: datetime
    received_at: datetime
    at_is_derived: bool = False

    @property
    def place(self) -> Place:
        return self.station_id, self.port_number

    @property
    def tells_error(self) -> bool:
        return self.status == PortStatus.FAULTED or self.error_code not in ("", NO_ERROR)


@dataclass
class ErrorBook:
    """The open errors of some stations, changed in memory and written at once."""

    open: dict[Place, dict[ErrorKey, EquipmentError]] = field(default_factory=dict)
    changed: dict[int, EquipmentError] = field(default_factory=dict)
    new: list[EquipmentError] = field(default_factory=list)

    @classmethod
    def of(cls, station_ids: Iterable[int]) -> "ErrorBook":
        book = cls()
        for error in EquipmentError.objects.filter(among("station_id", station_ids), until__isnull=True):
            here = book.open.setdefault((error.station_id, error.port_number), {})
            here[(error.error_code, error.vendor_error_code)] = error
        return book

    def knows(self, report: StatusReport) -> bool:
        """Whether the open errors of the place already say what the report says."""
        here = self.open.get(report.place, {})
        if not report.tells_error:
            return not here
        known = here.get((report.error_code, report.vendor_error_code))
        return known is not None and known.info == report.info

    def take(self, report: StatusReport) -> None:
        """Open or continue the error that is told, or end all errors of the place where none is told any more."""
        here = self.open.setdefault(report.place, {})
        if not report.tells_error:
            for error in here.values():
                error.until = report.at
                self._note(error)
            here.clear()
            return
        known = here.get((report.error_code, report.vendor_error_code))
        if known is None:
            here[(report.error_code, report.vendor_error_code)] = self._open(report)
        else:
            self._continue(known, report)

    def _open(self, report: StatusReport) -> EquipmentError:
        error = EquipmentError(
            organisation_id=report.organisation_id,
            station_id=report.station_id,
            port_number=report.port_number,
            error_code=report.error_code,
            vendor_error_code=report.vendor_error_code,
            vendor_id=report.vendor_id,
            info=report.info,
            severity=_severity(report),
            since=report.at,
            last_at=report.at,
        )
        self.new.append(error)
        return error

    def _continue(self, error: EquipmentError, report: StatusReport) -> None:
        error.vendor_id, error.info, error.last_at = report.vendor_id, report.info, report.at
        error.occurrences += 1
        if _severity(report) == Severity.OUTAGE:
            error.severity = Severity.OUTAGE
        self._note(error)

    def _note(self, error: EquipmentError) -> None:
        if error.pk is not None:
            self.changed[error.pk] = error

    def _mark_maintenance(self) -> None:
        """What happens while work is done is recorded like everything, but nobody is to be woken by it."""
        if self.new:
            expected = in_maintenance([_occasion(error) for error in self.new])
            for error in self.new:
                error.in_maintenance = _occasion(error) in expected

    def save(self) -> None:
        self._mark_maintenance()
        update_rows([self.changed[pk] for pk in sorted(self.changed)], _CHANGING)
        EquipmentError.objects.bulk_create(self.new)
        ended = [error for error in [*self.changed.values(), *self.new] if error.until]
        send_errors(errors_opened, [error.pk for error in self.new])
        send_errors(errors_ended, [error.pk for error in ended])
        tell_of_errors(self.new, ended)
        announce(f"organisation.{error.organisation_id}" for error in [*self.new, *ended])


def _occasion(error: EquipmentError) -> Occasion:
    return error.station_id, error.port_number, error.since


def _severity(report: StatusReport) -> Severity:
    """An error beside a status that is not Faulted is a warning: the port still works (S08)."""
    return Severity.OUTAGE if report.status == PortStatus.FAULTED else Severity.WARNING
