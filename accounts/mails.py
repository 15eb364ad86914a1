"""Mails to people, in the language of who receives them."""

from functools import partial
from typing import Any

from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation

from accounts.models import Membership, User
from accounts.tasks import send_mail

DAY_S = 86_400


def invite(membership: Membership, invited_by: str) -> None:
    """Tell the person of the new membership, with a one-time link where there is no password yet."""
    user, organisation = membership.user, membership.organisation
    is_new = not user.has_usable_password()
    context = {
        "organisation": organisation,
        "invited_by": invited_by,
        "link": password_link(user) if is_new else settings.PUBLIC_URL,
        "days": settings.PASSWORD_RESET_TIMEOUT // DAY_S,
    }
    template = "accounts/mail/invitation" if is_new else "accounts/mail/membership"
    queue_mail(template, user.email, context, user.language or organisation.language)


def queue_mail(template: str, to: str, context: dict[str, Any], language: str) -> None:
    """Render `<template>_subject.txt` and `<template>_message.txt` and hand the mail over when the change is stored."""
    with translation.override(language or translation.get_language()):
        subject = " ".join(render_to_string(f"{template}_subject.txt", context).split())
        body = render_to_string(f"{template}_message.txt", context).strip() + "\n"
    hand_over(subject, body, [to])


def hand_over(subject: str, body: str, to: list[str]) -> None:
    """Queue a mail after the commit; a broker that is away does not undo what was stored."""
    transaction.on_commit(partial(send_mail.delay, subject, body, to), robust=True)


def password_link(user: User) -> str:
    """An address at which the person chooses a password, once and within the time of PASSWORD_RESET_TIMEOUT."""
    path = reverse(
        "account_reset_password_from_key",
        kwargs={"uidb36": user_pk_to_url_str(user), "key": default_token_generator.make_token(user)},
    )
    return settings.PUBLIC_URL + path
