"""Writes of the stations app: one named function per write."""

from stations.services.boots import BootReport, confirm_hardware, record_boots
from stations.services.presence import (
    record_diagnostics_status,
    record_firmware_status,
    require_reboot,
    set_offline,
    set_online,
    touch,
)
from stations.services.search_index import index_stations

__all__ = [
    "BootReport",
    "confirm_hardware",
    "index_stations",
    "record_boots",
    "record_diagnostics_status",
    "record_firmware_status",
    "require_reboot",
    "set_offline",
    "set_online",
    "touch",
]
