"""Writes of the stations app: one named function per write."""

from stations.services.assignments import (
    add_to_group,
    create_contact,
    create_group,
    delete_contact,
    delete_group,
    remove_from_group,
    rename_group,
    update_contact,
)
from stations.services.boots import BootReport, confirm_hardware, record_boots
from stations.services.master_data import change_life_cycle, clone_station, create_station, update_station
from stations.services.presence import (
    give_up_lost,
    note_lost,
    record_diagnostics_status,
    record_firmware_status,
    require_reboot,
    set_offline,
    set_online,
    touch,
)
from stations.services.search_index import address_line, index_stations

__all__ = [
    "BootReport",
    "add_to_group",
    "address_line",
    "change_life_cycle",
    "clone_station",
    "confirm_hardware",
    "create_contact",
    "create_group",
    "create_station",
    "delete_contact",
    "delete_group",
    "give_up_lost",
    "index_stations",
    "note_lost",
    "record_boots",
    "record_diagnostics_status",
    "record_firmware_status",
    "remove_from_group",
    "rename_group",
    "require_reboot",
    "set_offline",
    "set_online",
    "touch",
    "update_contact",
    "update_station",
]
