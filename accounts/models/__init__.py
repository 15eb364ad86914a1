"""Organisations (tenants), the people and programs that act in them, what they keep and what is done for them."""

from accounts.models.files import StoredFile
from accounts.models.jobs import Job
from accounts.models.people import (
    ApiToken,
    AuditEntry,
    Membership,
    Organisation,
    Role,
    SavedFilter,
    StoredAnswer,
    User,
    UserManager,
)
from accounts.models.webhooks import WebhookDelivery, WebhookTarget

__all__ = [
    "ApiToken",
    "AuditEntry",
    "Job",
    "Membership",
    "Organisation",
    "Role",
    "SavedFilter",
    "StoredAnswer",
    "StoredFile",
    "User",
    "UserManager",
    "WebhookDelivery",
    "WebhookTarget",
]
