"""Reads of the chargeports app that more than one place needs."""

from collections.abc import Collection, Mapping
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db.models import Count, F, Q, QuerySet, Value
from django.http import Http404
from django.utils import timezone

from accounts.models import Organisation
from chargeports.charging_schedules import in_unit
from chargeports.choices import (
    GOOD_CERTIFICATES,
    HOLDING,
    OPEN_STATES,
    SENDABLE_CERTIFICATES,
    CommandKind,
    CommandState,
    LockReason,
    PortField,
    PortStatus,
    RateUnit,
    TransferKind,
)
from chargeports.error_catalogue import with_meanings
from chargeports.key_catalogue import KeyCatalogue
from chargeports.maintenance import in_maintenance as in_maintenance
from chargeports.models import (
    CertificateAuthority,
    ChargePort,
    Command,
    CompositeSchedule,
    ConfigurationChange,
    ConfigurationKey,
    ConfigurationValue,
    EquipmentError,
    FileTransfer,
    InstalledCertificate,
    InstalledProfile,
    MaintenanceWindow,
    Note,
    PortDevice,
    Reservation,
    SecurityEvent,
    StationCertificate,
)
from chargeports.port_fields import Told, rules_for, setting_for
from chargeports.port_fields import told_of_ports as told_of
from chargeports.services.errors import NO_ERROR
from common.declarations import declared
from stations.choices import LifeCycle
from stations.models import Station
from stations.selectors import entered_or_reported, groups_named

# How many of a station's newest commands are looked through for the result of each setting's last change.
_LOOKED_THROUGH = 200
# Where a page's station keeps its ports.
_SHOWN = "ports_shown"
# How many changes of one setting its history shows.
HISTORY_LENGTH = 100


# --- Commands -----------------------------------------------------------------------------------------------------
def stations_with_queued_commands(station_ids: Collection[int]) -> set[int]:
    """Those of the stations for which a command waits, in whatever organisation. One query."""
    queued = Command.objects.filter(station_id__in=station_ids, state=CommandState.QUEUED)
    return set(queued.values_list("station_id", flat=True))


# --- Charge ports -------------------------------------------------------------------------------------------------
def port_list(organisation: Organisation) -> QuerySet[ChargePort]:
    """The organisation's ports with their state, their station and its state. One query.

    The station names the organisation too, so that its index gives the order by identity.
    """
    ports = ChargePort.objects.filter(station__organisation=organisation)
    return ports.select_related("state", "station", "station__state")


def port_by_address(organisation: Organisation, identity: str, number: int) -> ChargePort:
    """The port of a station, whose identity may be in any case of letters; 404 without one.

    One query, with what the pages of its sheet read of the station: report, device details, groups, and what the apps
    above join (`SHEET_RELATED` in their `parts.py`).
    """
    related = ("report", "device", *declared("parts", "SHEET_RELATED"))
    ports = port_list(organisation).select_related(*(f"station__{name}" for name in related))
    read_along = ports.annotate(groups_named=groups_named("station"))
    port = read_along.filter(station__identity__iexact=identity, number=number).first()
    if port is None:
        raise Http404
    vars(port.station)["groups_named"] = port.groups_named
    return port


def ports_of(station: Station) -> list[ChargePort]:
    """The station's ports with their state, by number. One query."""
    ports = list(ChargePort.objects.filter(station=station).select_related("state").order_by("number"))
    for port in ports:
        port.station = station
    return ports


def ports_shown(station: Station) -> list[ChargePort]:
    """`ports_of`, read once for all parts of a page that show them."""
    kept = vars(station)
    if _SHOWN not in kept:
        kept[_SHOWN] = ports_of(station)
    return list(kept[_SHOWN])


def status_of(port: ChargePort) -> LockReason | PortStatus | str:
    """The port's status with its label, or that it is locked; as the charger wrote it where OCPP knows no such one."""
    if port.state.lock_reason:
        return LockReason(port.state.lock_reason)
    text = port.state.status
    return PortStatus(text) if text in PortStatus.values else text


def error_of(port: ChargePort) -> str:
    """The error that the port's newest status tells, with the manufacturer's code; empty where it tells none."""
    state = port.state
    said = (state.error_code if state.error_code != NO_ERROR else "", state.vendor_error_code)
    return " · ".join(filter(None, said))


def open_errors(station: Station) -> QuerySet[EquipmentError]:
    """The errors of the station and its ports that have not ended, newest first."""
    return EquipmentError.objects.filter(station=station, until__isnull=True).order_by("-since", "-pk")


def all_open_errors() -> QuerySet[EquipmentError]:
    """The organisation's errors that have not ended, newest first, with their stations."""
    open_now = EquipmentError.objects.filter(until__isnull=True)
    return open_now.select_related("station").order_by("-since", "-pk")


def errors() -> QuerySet[EquipmentError]:
    """The organisation's errors, past ones too, with their stations and what the catalogue says of them. One query."""
    return with_meanings(EquipmentError.objects.select_related("station"))


def errors_of(station: Station) -> QuerySet[EquipmentError]:
    return errors().filter(station=station)


def count_open_errors() -> dict[str, int]:
    """How many of the organisation's errors have not ended, by what the charger's status tells of their severity."""
    counted = EquipmentError.objects.filter(until__isnull=True).values_list("severity").annotate(count=Count("pk"))
    return dict(counted)


# --- Commands -----------------------------------------------------------------------------------------------------
def commands() -> QuerySet[Command]:
    """The organisation's commands with their stations. One query."""
    return Command.objects.select_related("station")


def commands_of(station: Station, port_number: int | None = None) -> QuerySet[Command]:
    """The commands of the station, or those that concern one of its ports."""
    found = commands().filter(station=station)
    return found if port_number is None else found.filter(port_number=port_number)


def open_commands(station: Station) -> QuerySet[Command]:
    return commands_of(station).filter(state__in=OPEN_STATES)


# --- Configuration ------------------------------------------------------------------------------------------------
def key_catalogue(station: Station) -> KeyCatalogue:
    """What is known of configuration keys at the station, by its manufacturer and model. One query."""
    vendor, model = (Value(entered_or_reported(station, name)) for name in ("vendor", "model"))
    keys = ConfigurationKey.objects.filter(organisation_id=station.organisation_id).alias(made_by=vendor, type=model)
    fitting = keys.filter(made_by__istartswith=F("vendor")).filter(Q(model="") | Q(type__iexact=F("model")))
    return KeyCatalogue(fitting.order_by("-model", "-vendor", "key"))


def told_of_ports(station: Station, numbers: Collection[int]) -> dict[int, dict[str, Told]]:
    """What the station's configuration tells of its ports, by number and field. Two queries."""
    vendor = entered_or_reported(station, "vendor")
    rules = rules_for(vendor, key_catalogue(station).described)
    return told_of(rules, ConfigurationValue.objects.filter(station=station), numbers)


def configuration_value(station: Station, key: str) -> ConfigurationValue | None:
    """What the station reported for the key in any case of letters."""
    return ConfigurationValue.objects.filter(station=station, key__iexact=key).first()


def last_changes_asked(station: Station) -> dict[str, Command]:
    """The newest command that changes each setting, by the key in lower case. One bounded query."""
    newest = commands_of(station).order_by("-pk")[:_LOOKED_THROUGH].values("pk")
    asked = Command.objects.filter(pk__in=newest, kind=CommandKind.CHANGE_CONFIGURATION).order_by("pk")
    return {str(command.parameters.get("key", "")).lower(): command for command in asked}


def history_of(station: Station, key: str) -> list[ConfigurationChange]:
    """The newest changes of one setting, each with our command that asked for it where one did. One query."""
    changes = ConfigurationChange.objects.filter(station=station, key=key).select_related("command")
    return list(changes.order_by("-at", "-pk")[:HISTORY_LENGTH])


# --- Meters -------------------------------------------------------------------------------------------------------
def calibrated_meters() -> QuerySet[PortDevice]:
    """The organisation's meters whose calibration has an end, with their ports and stations. One query."""
    meters = PortDevice.objects.filter(calibrated_until__isnull=False)
    return meters.exclude(port__station__life_cycle=LifeCycle.DECOMMISSIONED).select_related("port__station")


# --- Notes --------------------------------------------------------------------------------------------------------
def notes_of(port: ChargePort) -> QuerySet[Note]:
    """The notes on the port, newest first."""
    return Note.objects.filter(station_id=port.station_id, port_numbers__contains=[port.number])


# --- Reservations -------------------------------------------------------------------------------------------------
def reservations() -> QuerySet[Reservation]:
    """The organisation's reservations with their stations and their newest commands. One query."""
    return Reservation.objects.select_related("station", "command")


def held_reservations(station: Station) -> QuerySet[Reservation]:
    """The station's reservations that nobody else can take now, the oldest first."""
    return Reservation.objects.filter(station=station, state__in=HOLDING).order_by("pk")


# --- Files --------------------------------------------------------------------------------------------------------
def transfers_of(station: Station, kinds: Collection[TransferKind]) -> QuerySet[FileTransfer]:
    """The station's transfers of these kinds with their files, firmware and commands. One query."""
    found = FileTransfer.objects.filter(station=station, kind__in=kinds)
    return found.select_related("station", "file", "firmware", "command")


def transfer_of(command: Command) -> FileTransfer | None:
    """The transfer that the command asked for. One query."""
    return FileTransfer.objects.select_related("file", "firmware").filter(command=command).first()


# --- Maintenance --------------------------------------------------------------------------------------------------
def windows() -> QuerySet[MaintenanceWindow]:
    """The organisation's maintenance windows with their stations. One query."""
    return MaintenanceWindow.objects.select_related("station")


# --- Charging profiles ----------------------------------------------------------------------------------------------
def installed_profiles(station: Station, port_number: int | None = None) -> QuerySet[InstalledProfile]:
    """What the station has, as far as it is known here; of a port also what holds for the whole station."""
    found = InstalledProfile.objects.filter(station_id=station.pk)
    return found if port_number is None else found.filter(port_number__in=(0, port_number))


def composite_schedule(station: Station, port_number: int) -> CompositeSchedule | None:
    """What the station said last that it will allow at the port (0: in all)."""
    return CompositeSchedule.objects.filter(station_id=station.pk, port_number=port_number).first()


def limiting_setting(station: Station, port_number: int, schedule: Mapping[str, Any]) -> tuple[str, str] | None:
    """A setting of the station that limits the current of a port as well, and the value that says the lowest limit of
    the schedule (Q51, Q53): for chargers that refuse charging profiles. Two queries."""
    limit_a = min(
        in_unit(one["limit"], schedule["unit"], RateUnit.AMPERES, one.get("phases")) for one in schedule["periods"]
    )
    rules = rules_for(entered_or_reported(station, "vendor"), key_catalogue(station).described)
    values = ConfigurationValue.objects.filter(station=station)
    return setting_for(rules, values, PortField.MAX_CURRENT_A, port_number, limit_a)


# --- Certificates and security events -----------------------------------------------------------------------------
def authorities() -> QuerySet[CertificateAuthority]:
    """The organisation's authorities, the newest first."""
    return CertificateAuthority.objects.order_by("-pk")


def station_certificates() -> QuerySet[StationCertificate]:
    """All requests of stations for certificates, with what became of them."""
    return StationCertificate.objects.select_related("station", "authority")


def sendable_certificates(station: Station) -> QuerySet[StationCertificate]:
    """The station's certificates that can be sent it once more."""
    found = StationCertificate.objects.filter(station=station, state__in=SENDABLE_CERTIFICATES)
    return found.filter(not_after__gt=timezone.now())


def ending_certificates() -> QuerySet[StationCertificate]:
    """Those in use that end soon, the earliest first."""
    latest = timezone.now() + timedelta(days=settings.CERTIFICATE_RENEWAL_DAYS)
    in_use = station_certificates().filter(state__in=GOOD_CERTIFICATES, not_after__lte=latest)
    return in_use.order_by("not_after", "pk")


def installed_certificates(station: Station) -> QuerySet[InstalledCertificate]:
    return InstalledCertificate.objects.filter(station=station)


def security_events() -> QuerySet[SecurityEvent]:
    return SecurityEvent.objects.select_related("station")
