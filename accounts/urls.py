"""The addresses of the accounts app, and of the parts of allauth that are open here.

allauth's pages are listed one by one: signing up, changing the e-mail address oneself (an address says who somebody
is, so administrators enter it) and whatever a later version brings stay closed.
"""

from allauth.account import views as account
from allauth.mfa.base import views as mfa
from allauth.mfa.recovery_codes import views as recovery_codes
from allauth.mfa.totp import views as totp
from allauth.usersessions import views as usersessions
from django.urls import path, re_path

from accounts.admin import site
from accounts.views import audit, files, jobs, members, organisations, own, roles, tokens, webhooks

SIGNING_IN = [
    path("accounts/login/", account.login, name="account_login"),
    path("accounts/logout/", account.logout, name="account_logout"),
    path("accounts/inactive/", account.account_inactive, name="account_inactive"),
    path("accounts/reauthenticate/", account.reauthenticate, name="account_reauthenticate"),
    path("accounts/password/change/", account.password_change, name="account_change_password"),
    path("accounts/password/reset/", account.password_reset, name="account_reset_password"),
    path("accounts/password/reset/done/", account.password_reset_done, name="account_reset_password_done"),
    re_path(
        r"^accounts/password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        account.password_reset_from_key,
        name="account_reset_password_from_key",
    ),
    path(
        "accounts/password/reset/key/done/",
        account.password_reset_from_key_done,
        name="account_reset_password_from_key_done",
    ),
    path("accounts/2fa/", mfa.index, name="mfa_index"),
    path("accounts/2fa/authenticate/", mfa.authenticate, name="mfa_authenticate"),
    path("accounts/2fa/reauthenticate/", mfa.reauthenticate, name="mfa_reauthenticate"),
    path("accounts/2fa/totp/activate/", totp.activate_totp, name="mfa_activate_totp"),
    path("accounts/2fa/totp/deactivate/", totp.deactivate_totp, name="mfa_deactivate_totp"),
    path("accounts/2fa/recovery-codes/", recovery_codes.view_recovery_codes, name="mfa_view_recovery_codes"),
    path(
        "accounts/2fa/recovery-codes/generate/",
        recovery_codes.generate_recovery_codes,
        name="mfa_generate_recovery_codes",
    ),
    path(
        "accounts/2fa/recovery-codes/download/",
        recovery_codes.download_recovery_codes,
        name="mfa_download_recovery_codes",
    ),
    path("accounts/sessions/", usersessions.list_usersessions, name="usersessions_list"),
]

urlpatterns = [
    *SIGNING_IN,
    path("accounts/sessions/<int:pk>/end/", own.end_session, name="session-end"),
    path("admin/", site.urls),
    path("profile/", own.profile, name="profile"),
    path("profile/preferences/", own.preferences, name="preferences"),
    path("switch-organisation/", own.switch_organisation, name="switch-organisation"),
    path("organisation/", organisations.organisation, name="organisation"),
    path("subscription/", organisations.subscription, name="subscription"),
    path("subscription/features/", organisations.set_features, name="subscription-features"),
    path("users/", members.users, name="users"),
    path("users/invite/", members.invite, name="user-invite"),
    path("users/<int:pk>/", members.member, name="user"),
    path("users/<int:pk>/invitation/", members.send_invitation, name="user-invitation"),
    path("users/<int:pk>/remove/", members.remove_member, name="user-remove"),
    path("roles/", roles.roles, name="roles"),
    path("roles/rights/", roles.set_rights, name="role-rights"),
    path("roles/new/", roles.create_role, name="role-create"),
    path("roles/<int:pk>/", roles.edit_role, name="role"),
    path("roles/<int:pk>/delete/", roles.delete_role, name="role-delete"),
    path("api-tokens/", tokens.api_tokens, name="api-tokens"),
    path("api-tokens/new/", tokens.create_token, name="api-token-create"),
    path("api-tokens/<int:pk>/revoke/", tokens.revoke_token, name="api-token-revoke"),
    path("webhooks/", webhooks.webhooks, name="webhooks"),
    path("webhooks/new/", webhooks.create_webhook, name="webhook-create"),
    path("webhooks/<int:pk>/", webhooks.edit_webhook, name="webhook-edit"),
    path("webhooks/<int:pk>/secret/", webhooks.renew_secret, name="webhook-renew"),
    path("webhooks/<int:pk>/test/", webhooks.send_test, name="webhook-test"),
    path("webhooks/<int:pk>/delete/", webhooks.delete_webhook, name="webhook-delete"),
    path("webhooks/deliveries/", webhooks.deliveries, name="webhook-deliveries"),
    path("webhooks/deliveries/<int:pk>/", webhooks.delivery, name="webhook-delivery"),
    path("webhooks/deliveries/<int:pk>/again/", webhooks.send_again, name="webhook-again"),
    path("audit-log/", audit.audit_log, name="audit-log"),
    path("files/<int:pk>/<str:name>", files.file, name="file"),
    path("jobs/", jobs.jobs, name="jobs"),
    path("jobs/<int:pk>/", jobs.job, name="job"),
    path("jobs/<int:pk>/cancel/", jobs.cancel_job, name="job-cancel"),
    path("saved-filters/", own.saved_filters, name="saved-filters"),
    path("saved-filters/new/", own.create_saved_filter, name="saved-filter-create"),
    path("saved-filters/<int:pk>/delete/", own.delete_saved_filter, name="saved-filter-delete"),
]
