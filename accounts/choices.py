from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class ActorKind(TextChoices):
    USER = "user", _("Person")
    TOKEN = "token", _("API token")
    STATION = "station", _("Station")
    TASK = "task", _("Background task")
    SYSTEM = "system", _("Portal")


class Theme(TextChoices):
    AUTO = "auto", _("As the device")
    LIGHT = "light", _("Light")
    DARK = "dark", _("Dark")


class JobState(TextChoices):
    """`EXPIRED` is a finished job whose file is not kept any more."""

    QUEUED = "queued", _("Queued")
    RUNNING = "running", _("Running")
    FINISHED = "finished", _("Finished")
    FAILED = "failed", _("Failed")
    CANCELLED = "cancelled", _("Cancelled")
    EXPIRED = "expired", _("Expired")


class DeliveryState(TextChoices):
    WAITING = "waiting", _("Waiting")
    DELIVERED = "delivered", _("Delivered")
    GIVEN_UP = "given_up", _("Given up")


AUDIT_ACTIONS = (
    ("accounts.file_deleted", _("File deleted")),
    ("accounts.file_uploaded", _("File uploaded")),
    ("accounts.invitation_sent", _("Invitation sent again")),
    ("accounts.job_cancelled", _("Background job cancelled")),
    ("accounts.job_started", _("Background job started")),
    ("accounts.member_added", _("Person added")),
    ("accounts.member_removed", _("Person removed")),
    ("accounts.member_roles_changed", _("Roles of a person changed")),
    ("accounts.organisation_changed", _("Organisation changed")),
    ("accounts.organisation_created", _("Organisation created")),
    ("accounts.password_set", _("Password set")),
    ("accounts.profile_changed", _("Profile changed")),
    ("accounts.recovery_codes_made", _("Recovery codes made")),
    ("accounts.role_created", _("Role created")),
    ("accounts.role_deleted", _("Role deleted")),
    ("accounts.role_renamed", _("Role renamed")),
    ("accounts.role_rights_changed", _("Rights of a role changed")),
    ("accounts.second_factor_added", _("Second factor added")),
    ("accounts.second_factor_removed", _("Second factor removed")),
    ("accounts.subscription_changed", _("Subscription changed")),
    ("accounts.token_created", _("API token created")),
    ("accounts.token_revoked", _("API token revoked")),
    ("accounts.user_changed", _("Account changed by the platform")),
    ("accounts.webhook_changed", _("Webhook changed")),
    ("accounts.webhook_created", _("Webhook created")),
    ("accounts.webhook_deleted", _("Webhook deleted")),
    ("accounts.webhook_secret_renewed", _("Secret of a webhook renewed")),
    ("accounts.webhook_sent_again", _("Delivery of a webhook sent again")),
    ("accounts.webhook_tested", _("Webhook tested")),
)

AUDIT_NAMES = (
    ("events", _("events")),
    ("features", _("features")),
    ("prefix", _("begins with")),
    ("rights", _("rights")),
    ("roles", _("roles")),
)
