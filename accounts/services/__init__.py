"""Writes of the accounts app, split by subject. Callers are inside the organisation's scope."""

from accounts.services.audit import audit_entry, differences, record, record_change
from accounts.services.files import delete_file, keep_file, open_file, used_bytes
from accounts.services.filters import delete_filter, save_filter
from accounts.services.jobs import cancel_job, start_job
from accounts.services.members import add_member, change_member_roles, invite_user, remove_member, send_invitation
from accounts.services.organisations import change_organisation, create_organisation, set_features, switch_organisation
from accounts.services.profile import change_profile
from accounts.services.roles import create_role, delete_role, rename_role, set_role_rights
from accounts.services.tokens import create_token, revoke_token
from accounts.services.webhook_events import News, listeners, tell
from accounts.services.webhooks import (
    change_target,
    create_target,
    delete_target,
    renew_secret,
    send_again,
    send_test,
)

__all__ = [
    "News",
    "add_member",
    "audit_entry",
    "cancel_job",
    "change_member_roles",
    "change_organisation",
    "change_profile",
    "change_target",
    "create_organisation",
    "create_role",
    "create_target",
    "create_token",
    "delete_file",
    "delete_filter",
    "delete_role",
    "delete_target",
    "differences",
    "invite_user",
    "keep_file",
    "listeners",
    "open_file",
    "record",
    "record_change",
    "remove_member",
    "rename_role",
    "renew_secret",
    "revoke_token",
    "save_filter",
    "send_again",
    "send_invitation",
    "send_test",
    "set_features",
    "set_role_rights",
    "start_job",
    "switch_organisation",
    "tell",
    "used_bytes",
]
