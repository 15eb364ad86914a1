"""Writes of the chargeports app: one named function per write."""

from chargeports.services.availability import follow_life_cycle, is_locked
from chargeports.services.campaign_runs import run_campaigns
from chargeports.services.campaigns import (
    cancel_campaign,
    change_pace,
    discard_campaign,
    pause_campaign,
    plan_campaign,
    plan_correction,
    resume_campaign,
    retry_failed,
    start_campaign,
)
from chargeports.services.capabilities import note_known, note_unknown
from chargeports.services.commands import Wish, cancel_command, request_command, request_each, request_of_all
from chargeports.services.configuration import ReportedKey, record_configuration
from chargeports.services.configuration_keys import create_key, delete_key, update_key
from chargeports.services.devices import SeenMeterKey, change_port_device, note_meter_keys
from chargeports.services.error_codes import (
    create_error_code,
    delete_error_code,
    import_error_codes,
    update_error_code,
)
from chargeports.services.errors import StatusReport
from chargeports.services.firmware import add_firmware, change_firmware, remove_firmware
from chargeports.services.locks import change_availability, hold_after_boot, keep_locks, lock, unlock
from chargeports.services.notes import change_note, delete_note, write_note
from chargeports.services.outbox import (
    cancel_all,
    expire_commands,
    move_command,
    poke_waiting,
    record_answer,
    record_late_answer,
    record_sent,
    requeue_unsent,
    take_queued,
    time_out_commands,
)
from chargeports.services.ports import create_port, delete_port, update_port
from chargeports.services.reported import make_reported_ports
from chargeports.services.reservations import (
    ReservationWish,
    Use,
    cancel_reservation,
    expire_reservations,
    reserve,
    use_reservations,
)
from chargeports.services.search_index import index_ports
from chargeports.services.settings import change_settings
from chargeports.services.statuses import record_statuses
from chargeports.services.templates import compare_now, delete_template, keep_template, keep_templates
from chargeports.services.transfers import (
    TransferReport,
    follow_commands,
    give_up_transfers,
    make_address,
    note_download,
    receive_file,
    record_booted_firmware,
    record_firmware_statuses,
    record_upload_statuses,
    remove_old_diagnostics,
    request_id_of,
    transfer_at,
)
from chargeports.services.windows import (
    WindowWish,
    add_windows,
    change_window,
    end_window,
    keep_windows,
    remove_window,
)

__all__ = [
    "ReportedKey",
    "ReservationWish",
    "SeenMeterKey",
    "StatusReport",
    "TransferReport",
    "Use",
    "WindowWish",
    "Wish",
    "add_firmware",
    "add_windows",
    "cancel_all",
    "cancel_campaign",
    "cancel_command",
    "cancel_reservation",
    "change_availability",
    "change_firmware",
    "change_note",
    "change_pace",
    "change_port_device",
    "change_settings",
    "change_window",
    "compare_now",
    "create_error_code",
    "create_key",
    "create_port",
    "delete_error_code",
    "delete_key",
    "delete_note",
    "delete_port",
    "delete_template",
    "discard_campaign",
    "end_window",
    "expire_commands",
    "expire_reservations",
    "follow_commands",
    "follow_life_cycle",
    "give_up_transfers",
    "hold_after_boot",
    "import_error_codes",
    "index_ports",
    "is_locked",
    "keep_locks",
    "keep_template",
    "keep_templates",
    "keep_windows",
    "lock",
    "make_address",
    "make_reported_ports",
    "move_command",
    "note_download",
    "note_known",
    "note_meter_keys",
    "note_unknown",
    "pause_campaign",
    "plan_campaign",
    "plan_correction",
    "poke_waiting",
    "receive_file",
    "record_answer",
    "record_booted_firmware",
    "record_configuration",
    "record_firmware_statuses",
    "record_late_answer",
    "record_sent",
    "record_statuses",
    "record_upload_statuses",
    "remove_firmware",
    "remove_old_diagnostics",
    "remove_window",
    "request_command",
    "request_each",
    "request_id_of",
    "request_of_all",
    "requeue_unsent",
    "reserve",
    "resume_campaign",
    "retry_failed",
    "run_campaigns",
    "start_campaign",
    "take_queued",
    "time_out_commands",
    "transfer_at",
    "unlock",
    "update_error_code",
    "update_key",
    "update_port",
    "use_reservations",
    "write_note",
]
