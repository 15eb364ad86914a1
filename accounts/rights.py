from django.utils.translation import gettext_lazy as _

from common.rights import Right

_ADMINISTRATION = _("Administration")

VIEW_USERS = Right("accounts.view_users", _("See users"), _ADMINISTRATION)
CHANGE_USERS = Right("accounts.change_users", _("Invite, change and remove users"), _ADMINISTRATION)
VIEW_ROLES = Right("accounts.view_roles", _("See roles and their rights"), _ADMINISTRATION)
CHANGE_ROLES = Right("accounts.change_roles", _("Change roles and their rights"), _ADMINISTRATION)
VIEW_SUBSCRIPTION = Right("accounts.view_subscription", _("See the subscription"), _ADMINISTRATION)
CHANGE_SUBSCRIPTION = Right("accounts.change_subscription", _("Change the subscription"), _ADMINISTRATION)
VIEW_TOKENS = Right("accounts.view_tokens", _("See API tokens"), _ADMINISTRATION)
CHANGE_TOKENS = Right("accounts.change_tokens", _("Create and revoke API tokens"), _ADMINISTRATION)
VIEW_AUDIT = Right("accounts.view_audit", _("See the audit log"), _ADMINISTRATION)
CHANGE_ORGANISATION = Right("accounts.change_organisation", _("Change the organisation's settings"), _ADMINISTRATION)

RIGHTS = (
    VIEW_USERS,
    CHANGE_USERS,
    VIEW_ROLES,
    CHANGE_ROLES,
    VIEW_SUBSCRIPTION,
    CHANGE_SUBSCRIPTION,
    VIEW_TOKENS,
    CHANGE_TOKENS,
    VIEW_AUDIT,
    CHANGE_ORGANISATION,
)
