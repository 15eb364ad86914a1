"""Charge ports, their status and errors, the configuration a station reported, and the command outbox."""

from chargeports.models.availability import AvailabilityDay
from chargeports.models.campaigns import Campaign, CampaignTarget
from chargeports.models.capabilities import UnknownCommand
from chargeports.models.certificates import CertificateAuthority, InstalledCertificate, StationCertificate
from chargeports.models.commands import Command
from chargeports.models.configuration import ConfigurationChange, ConfigurationKey, ConfigurationValue
from chargeports.models.devices import MeterKey, PortDevice
from chargeports.models.errors import EquipmentError, VendorErrorCode
from chargeports.models.locks import PortLock
from chargeports.models.maintenance import MaintenanceWindow
from chargeports.models.notes import Note
from chargeports.models.ports import ChargePort, PortState, StatusEvent
from chargeports.models.profiles import ChargingProfile, CompositeSchedule, InstalledProfile
from chargeports.models.reservations import Reservation
from chargeports.models.security_events import SecurityEvent
from chargeports.models.templates import ConfigurationTemplate, Deviation, TemplateSetting
from chargeports.models.transfers import FileTransfer, Firmware

__all__ = [
    "AvailabilityDay",
    "Campaign",
    "CampaignTarget",
    "CertificateAuthority",
    "ChargePort",
    "ChargingProfile",
    "Command",
    "CompositeSchedule",
    "ConfigurationChange",
    "ConfigurationKey",
    "ConfigurationTemplate",
    "ConfigurationValue",
    "Deviation",
    "EquipmentError",
    "FileTransfer",
    "Firmware",
    "InstalledCertificate",
    "InstalledProfile",
    "MaintenanceWindow",
    "MeterKey",
    "Note",
    "PortDevice",
    "PortLock",
    "PortState",
    "Reservation",
    "SecurityEvent",
    "StationCertificate",
    "StatusEvent",
    "TemplateSetting",
    "UnknownCommand",
    "VendorErrorCode",
]
