"""Operations of the REST API on charge ports, their errors, locks, maintenance windows, reservations and files."""

from datetime import datetime
from typing import Any, TypeVar

from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.utils import timezone
from ninja import Field, File, Form, Query, Schema, UploadedFile
from pydantic import AwareDatetime

from chargeports import firmware as firmwares
from chargeports import selectors, services
from chargeports.choices import (
    AuthenticationType,
    CalibrationLaw,
    CommandKind,
    CurrentType,
    LockReason,
    Plug,
    ReservationState,
    Severity,
    TransferKind,
    TransferState,
    WindowState,
)
from chargeports.models import (
    ChargePort,
    Command,
    ConfigurationValue,
    EquipmentError,
    FileTransfer,
    Firmware,
    MaintenanceWindow,
    PortLock,
    Reservation,
)
from chargeports.rights import (
    CHANGE_AVAILABILITY,
    CHANGE_FIRMWARE,
    CHANGE_MAINTENANCE,
    CHANGE_PORTS,
    CONTROL_CHARGING,
    VIEW_CONFIGURATION,
    VIEW_DIAGNOSTICS,
    VIEW_ERRORS,
    VIEW_FIRMWARE,
    VIEW_MAINTENANCE,
    VIEW_PORTS,
    VIEW_RESERVATIONS,
)
from chargeports.transfers import DOWNLOADS, UPLOADS
from common.access import access_of
from common.api import ROOT, Operations, Page, PageQuery, page_of
from stations.selectors import station_by_identity

ports = Operations("Charge ports")
errors = Operations("Errors")
locks = Operations("Locks")
windows = Operations("Maintenance windows")
reservations = Operations("Reservations")
firmware = Operations("Firmware")
diagnostics = Operations("Diagnostics")
configuration = Operations("Configuration")

Rows = TypeVar("Rows", bound="QuerySet[Any]")


class StationQuery(PageQuery):
    station: str | None = Field(None, max_length=48, description="The identity of one station.")

    def narrow(self, rows: Rows) -> Rows:
        """The rows of the station that is asked for."""
        return rows.filter(station__identity__iexact=self.station) if self.station else rows


class CommandId(Schema):
    """The command that carries it out, under `/commands`."""

    command_id: int


# --- Charge ports -------------------------------------------------------------------------------------------------
class _PortEntered(Schema):
    """What people enter of a charge port."""

    name: str = ""
    evse_id: str = ""
    current_type: CurrentType = CurrentType.AC
    plugs: list[Plug] = []
    max_power_w: int | None = None
    max_voltage_v: int | None = None
    max_current_a: int | None = None
    phases: int | None = None
    calibration_law: CalibrationLaw = CalibrationLaw.NONE
    authentication_required: bool | None = None
    authentication_types: list[AuthenticationType] = []


class PortIn(_PortEntered):
    number: int = Field(ge=1, le=99, description="OCPP's connector.")


class PortChange(_PortEntered):
    """What is not named stays as it is."""


class PortOut(PortIn):
    """`status` is the charger's; `locked` says whether the portal locks the port."""

    station: str = Field(alias="station.identity")
    plugs: list[str]  # type: ignore[assignment] # also what no version knows any more
    authentication_types: list[str]  # type: ignore[assignment]
    status: str = Field(alias="state.status")
    error_code: str = Field(alias="state.error_code")
    since: datetime | None = Field(alias="state.since")
    locked: bool

    @staticmethod
    def resolve_locked(port: ChargePort) -> bool:
        return port.state.locked_since is not None


class PortQuery(StationQuery):
    status: str | None = Field(None, max_length=20, description="As OCPP writes it, e.g. Available.")


@ports.operation("GET", "/charge-ports", VIEW_PORTS, Page[PortOut])
def list_charge_ports(request: HttpRequest, query: Query[PortQuery]) -> Any:
    """List charge ports"""
    found = query.narrow(selectors.port_list(access_of(request).organisation))
    if query.status:
        found = found.filter(state__status=query.status)
    return page_of(found, query, "pk")


@ports.operation("POST", "/stations/{identity}/charge-ports", CHANGE_PORTS, PortOut, status=201)
def create_charge_port(request: HttpRequest, identity: str, body: PortIn) -> Any:
    """Create a charge port"""
    station = station_by_identity(identity)
    made = services.create_port(access_of(request).actor, station, _given(body))
    return _port(request, identity, made.number)


@ports.operation("GET", "/stations/{identity}/charge-ports/{int:number}", VIEW_PORTS, PortOut)
def read_charge_port(request: HttpRequest, identity: str, number: int) -> Any:
    """Read a charge port"""
    return _port(request, identity, number)


@ports.operation("PATCH", "/stations/{identity}/charge-ports/{int:number}", CHANGE_PORTS, PortOut)
def change_charge_port(request: HttpRequest, identity: str, number: int, body: PortChange) -> Any:
    """Change a charge port"""
    services.update_port(access_of(request).actor, _port(request, identity, number), _given(body))
    return _port(request, identity, number)


@ports.operation("DELETE", "/stations/{identity}/charge-ports/{int:number}", CHANGE_PORTS, status=204)
def delete_charge_port(request: HttpRequest, identity: str, number: int) -> None:
    """Delete a charge port

    Its sessions stay. A charger that reports the connector again makes the port again.
    """
    services.delete_port(access_of(request).actor, _port(request, identity, number))


def _port(request: HttpRequest, identity: str, number: int) -> ChargePort:
    return selectors.port_by_address(access_of(request).organisation, identity, number)


def _given(body: Schema) -> dict[str, Any]:
    return body.model_dump(exclude_unset=True)


# --- Errors -------------------------------------------------------------------------------------------------------
class ErrorOut(Schema):
    """`port_number` 0 is the station itself; `until` is empty while the error lasts."""

    id: int
    station: str = Field(alias="station.identity")
    port_number: int
    error_code: str
    vendor_error_code: str
    vendor_id: str
    info: str
    severity: Severity
    since: datetime
    until: datetime | None
    occurrences: int
    in_maintenance: bool


class ErrorQuery(StationQuery):
    is_open: bool | None = Field(None, alias="open")
    severity: Severity | None = None


@errors.operation("GET", "/errors", VIEW_ERRORS, Page[ErrorOut])
def list_errors(request: HttpRequest, query: Query[ErrorQuery]) -> Any:
    """List errors, the newest first"""
    found = query.narrow(EquipmentError.objects.select_related("station"))
    if query.is_open is not None:
        found = found.filter(until__isnull=query.is_open)
    if query.severity:
        found = found.filter(severity=query.severity)
    return page_of(found, query, "since", descending=True)


@errors.operation("GET", "/errors/{int:pk}", VIEW_ERRORS, ErrorOut)
def read_error(request: HttpRequest, pk: int) -> Any:
    """Read an error"""
    return get_object_or_404(EquipmentError.objects.select_related("station"), pk=pk)


# --- Permanent locks ----------------------------------------------------------------------------------------------
class LockIn(Schema):
    port_number: int | None = Field(None, ge=1, le=99, description="Without one the whole station.")


class LockOut(Schema):
    """`port_number` 0 is the whole station."""

    id: int
    station: str = Field(alias="station.identity")
    port_number: int
    reason: LockReason
    since: datetime
    locked_by: str = Field(alias="actor_label")


@locks.operation("GET", "/locks", VIEW_PORTS, Page[LockOut])
def list_locks(request: HttpRequest, query: Query[StationQuery]) -> Any:
    """List the locks that hold"""
    return page_of(query.narrow(_open_locks()), query, "pk")


@locks.operation("POST", "/stations/{identity}/locks", CHANGE_AVAILABILITY, CommandId, status=202)
def lock(request: HttpRequest, identity: str, body: LockIn) -> Any:
    """Lock a charge port or a station until it is unlocked

    The command that tells the charger waits for a station that is offline.
    """
    command = services.lock(access_of(request).actor, station_by_identity(identity), body.port_number)
    return {"command_id": command.pk}


@locks.operation("DELETE", "/locks/{int:pk}", CHANGE_AVAILABILITY, CommandId, status=202)
def unlock(request: HttpRequest, pk: int) -> Any:
    """Undo a lock

    That of a maintenance window ends with the window.
    """
    found = get_object_or_404(_open_locks().filter(reason=LockReason.MANUAL), pk=pk)
    command = services.unlock(access_of(request).actor, found.station, found.port_number)
    return {"command_id": command.pk}


def _open_locks() -> QuerySet[PortLock]:
    return PortLock.objects.filter(until__isnull=True).select_related("station")


# --- Maintenance windows ------------------------------------------------------------------------------------------
class WindowIn(Schema):
    """One window for each of the ports, without ports one for the whole station. `tokens` may charge all the same."""

    starts_at: AwareDatetime
    ends_at: AwareDatetime
    port_numbers: list[int] = []
    comment: str = Field("", max_length=500)
    locks_ports: bool = False
    tokens: list[str] = []


class WindowOut(Schema):
    """`port_number` 0 is the whole station."""

    id: int
    station: str = Field(alias="station.identity")
    port_number: int
    starts_at: datetime
    ends_at: datetime
    state: WindowState
    comment: str
    locks_ports: bool
    tokens: list[str]
    requested_by: str = Field(alias="actor_label")


class WindowQuery(StationQuery):
    state: WindowState | None = None


@windows.operation("GET", "/maintenance-windows", VIEW_MAINTENANCE, Page[WindowOut])
def list_maintenance_windows(request: HttpRequest, query: Query[WindowQuery]) -> Any:
    """List maintenance windows, those that begin last first"""
    found, now = query.narrow(selectors.windows()), timezone.now()
    states = {
        WindowState.PLANNED: Q(starts_at__gt=now),
        WindowState.ACTIVE: Q(starts_at__lte=now, ends_at__gt=now),
        WindowState.PAST: Q(ends_at__lte=now),
    }
    return page_of(found.filter(states[query.state]) if query.state else found, query, "starts_at", descending=True)


@windows.operation("POST", "/stations/{identity}/maintenance-windows", CHANGE_MAINTENANCE, list[WindowOut], status=201)
def add_maintenance_windows(request: HttpRequest, identity: str, body: WindowIn) -> Any:
    """Add maintenance windows"""
    wish = services.WindowWish(**body.model_dump())
    return services.add_windows(access_of(request).actor, station_by_identity(identity), wish)


@windows.operation("GET", "/maintenance-windows/{int:pk}", VIEW_MAINTENANCE, WindowOut)
def read_maintenance_window(request: HttpRequest, pk: int) -> Any:
    """Read a maintenance window"""
    return _window(pk)


@windows.operation("POST", "/maintenance-windows/{int:pk}/end", CHANGE_MAINTENANCE, WindowOut)
def end_maintenance_window(request: HttpRequest, pk: int) -> Any:
    """End an active maintenance window now"""
    services.end_window(access_of(request).actor, _window(pk))
    return _window(pk)


@windows.operation("DELETE", "/maintenance-windows/{int:pk}", CHANGE_MAINTENANCE, status=204)
def remove_maintenance_window(request: HttpRequest, pk: int) -> None:
    """Take back a maintenance window that has not begun"""
    services.remove_window(access_of(request).actor, _window(pk))


def _window(pk: int) -> MaintenanceWindow:
    return get_object_or_404(selectors.windows(), pk=pk)


# --- Reservations -------------------------------------------------------------------------------------------------
class ReservationOut(Schema):
    """`id` is the charger's reservation id; `port_number` 0 is any charge port of the station."""

    id: int
    station: str = Field(alias="station.identity")
    port_number: int
    id_tag: str
    contact: str
    state: ReservationState
    answer: str
    session_id: int | None
    command_id: int | None
    reserved_by: str = Field(alias="actor_label")
    created_at: datetime
    expires_at: datetime
    ended_at: datetime | None


class ReservationQuery(StationQuery):
    state: ReservationState | None = None


@reservations.operation("GET", "/reservations", VIEW_RESERVATIONS, Page[ReservationOut])
def list_reservations(request: HttpRequest, query: Query[ReservationQuery]) -> Any:
    """List reservations, the newest first"""
    found = query.narrow(selectors.reservations())
    return page_of(found.filter(state=query.state) if query.state else found, query, "pk", descending=True)


@reservations.operation("GET", "/reservations/{int:pk}", VIEW_RESERVATIONS, ReservationOut)
def read_reservation(request: HttpRequest, pk: int) -> Any:
    """Read a reservation"""
    return _reservation(pk)


@reservations.operation("DELETE", "/reservations/{int:pk}", CONTROL_CHARGING, CommandId, status=202)
def cancel_reservation(request: HttpRequest, pk: int) -> Any:
    """Cancel a reservation

    The command waits for a station that is offline; one that was not sent yet is taken back.
    """
    found = _reservation(pk)
    command: Command = services.cancel_reservation(
        access_of(request).actor,
        found.station,
        CommandKind.CANCEL_RESERVATION,
        {"reservation_id": found.pk},
        wait_for_station=True,
    )
    return {"command_id": command.pk}


def _reservation(pk: int) -> Reservation:
    return get_object_or_404(selectors.reservations(), pk=pk)


# --- Configuration ------------------------------------------------------------------------------------------------
class SettingOut(Schema):
    """A value of a secret setting is never known here."""

    key: str
    value: str | None
    readonly: bool
    changed_at: datetime


@configuration.operation("GET", "/stations/{identity}/configuration", VIEW_CONFIGURATION, Page[SettingOut])
def list_configuration(request: HttpRequest, identity: str, query: Query[PageQuery]) -> Any:
    """List the settings that a station reported

    The commands `get_configuration` and `change_configuration` read and change them.
    """
    return page_of(ConfigurationValue.objects.filter(station=station_by_identity(identity)), query, "key")


# --- Firmware and diagnostics -------------------------------------------------------------------------------------
class FirmwareOut(Schema):
    """`location` is what the command `update_firmware` takes; without a model it fits all of the manufacturer's."""

    id: int
    vendor: str
    model: str
    version: str
    note: str
    location: str
    file_id: int
    file_name: str = Field(alias="file.name")
    size_bytes: int = Field(alias="file.size_bytes")
    sha256: str = Field(alias="file.sha256")
    is_signed: bool
    created_at: datetime

    @staticmethod
    def resolve_location(entry: Firmware) -> str:
        return f"{ROOT}firmware/{entry.pk}"

    @staticmethod
    def resolve_is_signed(entry: Firmware) -> bool:
        return bool(entry.signature)


class FirmwareIn(Schema):
    vendor: str
    model: str = ""
    version: str
    note: str = ""
    signing_certificate: str = Field("", description="PEM, with `signature`.")
    signature: str = Field("", description="Base64, with `signing_certificate`.")


class TransferOut(Schema):
    """`word` is the charger's own for the state; `file_id` is the file under `/files`, once it is here."""

    id: int
    station: str = Field(alias="station.identity")
    command_id: int | None
    kind: TransferKind
    state: TransferState
    word: str
    file_name: str
    file_id: int | None
    version_before: str
    version_after: str
    created_at: datetime
    ended_at: datetime | None


@firmware.operation("GET", "/firmware", VIEW_FIRMWARE, Page[FirmwareOut])
def list_firmware(request: HttpRequest, query: Query[PageQuery]) -> Any:
    """List the firmware library, the newest first"""
    return page_of(firmwares.library(), query, "pk", descending=True)


@firmware.operation("POST", "/firmware", CHANGE_FIRMWARE, FirmwareOut, status=201)
def upload_firmware(request: HttpRequest, file: File[UploadedFile], said: Form[FirmwareIn]) -> Any:
    """Put firmware into the library"""
    access = access_of(request)
    return services.add_firmware(access.actor, access.organisation, file, **said.model_dump())


@firmware.operation("GET", "/firmware/{int:pk}", VIEW_FIRMWARE, FirmwareOut)
def read_firmware(request: HttpRequest, pk: int) -> Any:
    """Read an entry of the firmware library"""
    return get_object_or_404(firmwares.library(), pk=pk)


@firmware.operation("DELETE", "/firmware/{int:pk}", CHANGE_FIRMWARE, status=204)
def remove_firmware(request: HttpRequest, pk: int) -> None:
    """Remove firmware from the library"""
    services.remove_firmware(access_of(request).actor, get_object_or_404(firmwares.library(), pk=pk))


@firmware.operation("GET", "/stations/{identity}/firmware-updates", VIEW_FIRMWARE, Page[TransferOut])
def list_firmware_updates(request: HttpRequest, identity: str, query: Query[PageQuery]) -> Any:
    """List the firmware updates of a station, the newest first"""
    return page_of(_transfers(identity, DOWNLOADS), query, "pk", descending=True)


@diagnostics.operation("GET", "/stations/{identity}/diagnostics", VIEW_DIAGNOSTICS, Page[TransferOut])
def list_diagnostics(request: HttpRequest, identity: str, query: Query[PageQuery]) -> Any:
    """List the diagnostics and logs of a station, the newest first"""
    return page_of(_transfers(identity, UPLOADS), query, "pk", descending=True)


def _transfers(identity: str, kinds: tuple[TransferKind, ...]) -> QuerySet[FileTransfer]:
    return selectors.transfers_of(station_by_identity(identity), kinds)


ROUTERS = (ports, errors, locks, windows, reservations, configuration, firmware, diagnostics)
