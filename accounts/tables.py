from typing import Any

from django.utils.translation import gettext_lazy as _

from accounts.audit import action_in_words, changes
from accounts.models import ApiToken, Job, Membership, WebhookDelivery, WebhookTarget
from accounts.rights import (
    CHANGE_TOKENS,
    CHANGE_USERS,
    CHANGE_WEBHOOKS,
    VIEW_AUDIT,
    VIEW_USERS,
    VIEW_WEBHOOKS,
)
from common.tables import Column, Empty, Table
from common.webhooks import label_of


def roles_of(member: Membership) -> str:
    return ", ".join(role.name for role in member.roles.all())


def rights_of(token: ApiToken) -> list[str]:
    return [right.name for right in token.rights.all()]


def state_of(member: Membership) -> Any:
    if not member.user.is_active:
        return _("Blocked")
    return _("Active") if member.user.has_usable_password() else _("Invited")


MEMBERS = Table(
    name="users",
    label=_("Users"),
    columns=(
        Column("name", _("Name"), value="user.name", template="accounts/cells/member.html", sort="user__name"),
        Column("email", _("E-mail address"), value="user.email", sort="user__email"),
        Column("roles", _("Roles"), value=roles_of),
        Column("state", _("State"), value=state_of, template="accounts/cells/state.html"),
        Column(
            "last_login",
            _("Last sign-in"),
            value="user.last_login",
            template="accounts/cells/moment.html",
            sort="user__last_login",
        ),
    ),
    default_sort="name",
    csv_right=VIEW_USERS,
    empty=Empty(_("No users"), action=_("Invite somebody"), url_name="user-invite", right=CHANGE_USERS),
)

TOKENS = Table(
    name="api-tokens",
    label=_("API tokens"),
    columns=(
        Column("name", _("Name"), sort="name"),
        Column("prefix", _("Begins with"), css="mono"),
        Column("rights", _("Rights"), value=rights_of, template="accounts/cells/rights.html"),
        Column("created_by", _("Made by")),
        Column("created_at", _("Made"), template="accounts/cells/moment.html", sort="created_at"),
        Column("last_used_at", _("Last used"), template="accounts/cells/moment.html", sort="last_used_at"),
        Column("expires_at", _("Expires"), template="accounts/cells/expiry.html", sort="expires_at"),
    ),
    default_sort="-created_at",
    row_actions="accounts/cells/token_actions.html",
    empty=Empty(
        _("No API tokens"),
        _("A token lets a program read from the portal, with rights of its own."),
        _("Make a token"),
        "api-token-create",
        CHANGE_TOKENS,
    ),
)

AUDIT = Table(
    name="audit-log",
    label=_("Audit log"),
    columns=(
        # Numbers rise with the time, and the index is by number.
        Column("at", _("Time"), template="accounts/cells/moment_exact.html", sort="id", css="nowrap"),
        Column("actor_label", _("Who"), template="accounts/cells/actor.html"),
        Column("action", _("Action"), value=action_in_words),
        Column("object_label", _("Object")),
        Column("changes", _("Changes"), value=changes, template="accounts/cells/changes.html"),
        Column("address", _("IP address"), css="mono"),
    ),
    default_sort="-at",
    csv_right=VIEW_AUDIT,
)


def events_of(target: WebhookTarget) -> list[str]:
    return [str(label_of(name)) for name in target.events]


def event_of(delivery: WebhookDelivery) -> Any:
    return label_of(delivery.event)


WEBHOOKS = Table(
    name="webhooks",
    label=_("Webhooks"),
    columns=(
        Column("name", _("Name"), sort="name", template="accounts/cells/webhook_name.html"),
        Column("url", _("Address"), css="breaks"),
        Column("events", _("Events"), value=events_of, template="accounts/cells/rights.html"),
        Column("state", _("State"), value="failing_since", template="accounts/cells/webhook_state.html"),
        Column("delivered_at", _("Last delivery"), template="accounts/cells/moment.html", css="nowrap"),
    ),
    default_sort="name",
    row_actions="accounts/cells/webhook_actions.html",
    redrawn_by="#webhooks-now",
    empty=Empty(
        _("No webhooks yet"),
        _("A webhook tells another system at once of what happens: connections, statuses, sessions, errors, commands."),
        _("New webhook"),
        "webhook-create",
        CHANGE_WEBHOOKS,
    ),
)

DELIVERIES = Table(
    name="webhook-deliveries",
    label=_("Deliveries of webhooks"),
    columns=(
        # Numbers rise with the time, and the indexes are by number.
        Column("created_at", _("Happened"), template="accounts/cells/delivery_link.html", sort="id", css="nowrap"),
        Column("target", _("Webhook"), value="target.name"),
        Column("event", _("Event"), value=event_of),
        Column("subject", _("About"), css="nowrap"),
        Column("state", _("State"), value="get_state_display", template="accounts/cells/delivery_state.html"),
        Column("status_code", _("Answer"), css="number"),
        Column("problem", _("Problem"), css="breaks"),
        Column("tries", _("Tries"), css="number"),
        Column("tried_at", _("Last try"), template="accounts/cells/moment.html", css="nowrap"),
    ),
    default_sort="-created_at",
    csv_right=VIEW_WEBHOOKS,
    redrawn_by="#webhooks-now",
    empty=Empty(_("No deliveries"), _("What was sent to webhooks stands here, with the request and the answer.")),
)


def kind_of(job: Job) -> Any:
    """The kind's label; for one that no version declares any more, its name."""
    kind = job.declared_kind
    return kind.label if kind else job.kind


JOBS = Table(
    name="jobs",
    label=_("Background jobs"),
    columns=(
        Column("created_at", _("Started"), template="accounts/cells/moment.html", sort="created_at", css="nowrap"),
        Column("kind", _("Kind"), value=kind_of),
        Column("title", _("What"), template="accounts/cells/job_title.html"),
        Column("state", _("State"), value="get_state_display", template="accounts/cells/job_state.html"),
        Column("size", _("Size"), "result.size_bytes", "accounts/cells/job_size.html", css="number"),
        Column("actor_label", _("By")),
        Column("ended_at", _("Ended"), template="accounts/cells/moment.html", css="nowrap"),
        Column("expires_at", _("Kept until"), template="accounts/cells/moment.html", css="nowrap"),
    ),
    default_sort="-created_at",
    row_actions="accounts/cells/job_actions.html",
    empty=Empty(_("No background jobs"), _("Exports and other work that takes longer stands here with its progress.")),
)
