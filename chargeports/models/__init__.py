"""Charge ports, their status and errors, the configuration a station reported, and the command outbox."""

from chargeports.models.commands import Command
from chargeports.models.configuration import ConfigurationChange, ConfigurationValue
from chargeports.models.errors import EquipmentError, VendorErrorCode
from chargeports.models.locks import PortLock
from chargeports.models.maintenance import MaintenanceWindow
from chargeports.models.ports import ChargePort, PortState, StatusEvent
from chargeports.models.reservations import Reservation
from chargeports.models.transfers import FileTransfer, Firmware

__all__ = [
    "ChargePort",
    "Command",
    "ConfigurationChange",
    "ConfigurationValue",
    "EquipmentError",
    "FileTransfer",
    "Firmware",
    "MaintenanceWindow",
    "PortLock",
    "PortState",
    "Reservation",
    "StatusEvent",
    "VendorErrorCode",
]
