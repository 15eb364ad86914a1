"""What follows from the accounts app's own signals."""

from typing import Any

from allauth.account.signals import password_changed, password_reset
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authenticator_added, authenticator_removed, authenticator_reset
from django.dispatch import Signal
from django.http import HttpRequest

from accounts.models import User
from accounts.services.audit import record
from accounts.tasks import run_job
from common.actor import Actor
from common.client import client_address


def hand_to_worker(sender: Any, job_id: int, **kwargs: Any) -> None:
    run_job.delay(job_id)


SIGNING_IN: dict[tuple[Signal, str], str] = {
    (password_changed, ""): "accounts.password_set",
    (password_reset, ""): "accounts.password_set",
    (authenticator_added, Authenticator.Type.TOTP): "accounts.second_factor_added",
    (authenticator_removed, Authenticator.Type.TOTP): "accounts.second_factor_removed",
    (authenticator_reset, Authenticator.Type.RECOVERY_CODES): "accounts.recovery_codes_made",
}
"""What of allauth's signals, by the kind of second factor, stands in the audit log."""


def write_down(
    signal: Signal, request: HttpRequest, user: User, authenticator: Authenticator | None = None, **kwargs: Any
) -> None:
    """A person changed how they sign in. The row belongs to the platform, as the account does."""
    action = SIGNING_IN.get((signal, authenticator.type if authenticator else ""))
    if action:
        record(Actor("user", str(user), user.pk, client_address(request)), None, action, user)
