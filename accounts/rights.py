from django.utils.translation import gettext_lazy as _

from common.rights import Right, Text


def _right(code: str, label: Text) -> Right:
    return Right(code, label, _("Administration"), least_role="administrator")


VIEW_USERS = _right("accounts.view_users", _("See users"))
CHANGE_USERS = _right("accounts.change_users", _("Invite, change and remove users"))
VIEW_ROLES = _right("accounts.view_roles", _("See roles and their rights"))
CHANGE_ROLES = _right("accounts.change_roles", _("Change roles and their rights"))
VIEW_SUBSCRIPTION = _right("accounts.view_subscription", _("See the subscription"))
CHANGE_SUBSCRIPTION = _right("accounts.change_subscription", _("Change the subscription"))
VIEW_TOKENS = _right("accounts.view_tokens", _("See API tokens"))
CHANGE_TOKENS = _right("accounts.change_tokens", _("Create and revoke API tokens"))
VIEW_WEBHOOKS = _right("accounts.view_webhooks", _("See webhooks and their deliveries"))
CHANGE_WEBHOOKS = _right("accounts.change_webhooks", _("Set up webhooks and send deliveries again"))
VIEW_AUDIT = _right("accounts.view_audit", _("See the audit log"))
CHANGE_ORGANISATION = _right("accounts.change_organisation", _("Change the organisation's settings"))
VIEW_JOBS = Right("accounts.view_jobs", _("See background jobs"), _("Administration"))

RIGHTS = (
    VIEW_USERS,
    CHANGE_USERS,
    VIEW_ROLES,
    CHANGE_ROLES,
    VIEW_SUBSCRIPTION,
    CHANGE_SUBSCRIPTION,
    VIEW_TOKENS,
    CHANGE_TOKENS,
    VIEW_WEBHOOKS,
    CHANGE_WEBHOOKS,
    VIEW_AUDIT,
    CHANGE_ORGANISATION,
    VIEW_JOBS,
)
