"""Writes of the charging app: one named function per write."""

from charging.services.abandoned import close_abandoned, rest_idle_power
from charging.services.admissions import admit_everyone, admit_groups
from charging.services.authorization import AuthorizeRequest, TokenVerdict, authorize
from charging.services.classification import AT_ONCE, classify_closed, classify_range
from charging.services.contracts import (
    block_contract,
    block_contracts,
    change_contract,
    create_contract,
    unblock_contract,
    unblock_contracts,
)
from charging.services.corrections import (
    UNCORRECTED,
    Correction,
    corrections_of,
    create_correction,
    delete_correction,
    update_correction,
)
from charging.services.costs import COSTS_AT_ONCE, estimate, reckon_costs
from charging.services.fault_rules import rules_of, save_fault_rules
from charging.services.following import finish_ended, follow_commands, give_up_waiting
from charging.services.goodwill import review_goodwill
from charging.services.limits import stop_at_limits
from charging.services.local_lists import (
    LISTS_AT_ONCE,
    NO_LIST,
    check_local_lists,
    follow_lists,
    forget_unused_contents,
    keep_local_list,
    note_list_progress,
    plan_local_list,
)
from charging.services.meter_values import MeterReport, record_meter_values
from charging.services.not_begun import ATTEMPTS_AT_ONCE, judge_attempts
from charging.services.passwords import LINK_IS_GOOD_FOR, ask_for_password, contract_of_link, set_password
from charging.services.readings import Reading, Sample
from charging.services.reboots import cancel_reboot, plan_reboot, send_due_reboots
from charging.services.recount import recount
from charging.services.remote_starts import PORTAL_TAG, request_start
from charging.services.reservations import request_reservation
from charging.services.scheduled import cancel_stop, schedule_stop, schedule_stop_of_start, stop_now
from charging.services.scheduled_sweep import keep_stops
from charging.services.session_profiles import forget_session_profiles
from charging.services.signed_values import check_signed
from charging.services.starts import StartOutcome, StartRequest, start_sessions
from charging.services.stopping import force_stop, stop_session
from charging.services.stops import StopOutcome, StopRequest, stop_sessions
from charging.services.tariffs import (
    add_version,
    assign_tariff,
    create_tariff,
    remove_version,
    target_of,
    unassign_tariff,
)
from charging.services.tokens import (
    block_id_token,
    block_tokens,
    change_id_token,
    change_token_group,
    create_id_token,
    create_token_group,
    unblock_id_token,
    unblock_tokens,
)
from charging.services.vouchers import MAX_VOUCHERS, create_vouchers, revoke_vouchers

__all__ = [
    "ATTEMPTS_AT_ONCE",
    "AT_ONCE",
    "COSTS_AT_ONCE",
    "LINK_IS_GOOD_FOR",
    "LISTS_AT_ONCE",
    "MAX_VOUCHERS",
    "NO_LIST",
    "PORTAL_TAG",
    "UNCORRECTED",
    "AuthorizeRequest",
    "Correction",
    "MeterReport",
    "Reading",
    "Sample",
    "StartOutcome",
    "StartRequest",
    "StopOutcome",
    "StopRequest",
    "TokenVerdict",
    "add_version",
    "admit_everyone",
    "admit_groups",
    "ask_for_password",
    "assign_tariff",
    "authorize",
    "block_contract",
    "block_contracts",
    "block_id_token",
    "block_tokens",
    "cancel_reboot",
    "cancel_stop",
    "change_contract",
    "change_id_token",
    "change_token_group",
    "check_local_lists",
    "check_signed",
    "classify_closed",
    "classify_range",
    "close_abandoned",
    "contract_of_link",
    "corrections_of",
    "create_contract",
    "create_correction",
    "create_id_token",
    "create_tariff",
    "create_token_group",
    "create_vouchers",
    "delete_correction",
    "estimate",
    "finish_ended",
    "follow_commands",
    "follow_lists",
    "force_stop",
    "forget_session_profiles",
    "forget_unused_contents",
    "give_up_waiting",
    "judge_attempts",
    "keep_local_list",
    "keep_stops",
    "note_list_progress",
    "plan_local_list",
    "plan_reboot",
    "reckon_costs",
    "record_meter_values",
    "recount",
    "remove_version",
    "request_reservation",
    "request_start",
    "rest_idle_power",
    "review_goodwill",
    "revoke_vouchers",
    "rules_of",
    "save_fault_rules",
    "schedule_stop",
    "schedule_stop_of_start",
    "send_due_reboots",
    "set_password",
    "start_sessions",
    "stop_at_limits",
    "stop_now",
    "stop_session",
    "stop_sessions",
    "target_of",
    "unassign_tariff",
    "unblock_contract",
    "unblock_contracts",
    "unblock_id_token",
    "unblock_tokens",
    "update_correction",
]
