from typing import Any

from django.utils.translation import gettext_lazy as _

from accounts.audit import action_in_words, changes
from accounts.models import ApiToken, Job, Membership
from accounts.rights import CHANGE_TOKENS, CHANGE_USERS, VIEW_AUDIT, VIEW_USERS
from common.tables import Column, Empty, Table


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
