from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest

from accounts import mails
from accounts.models import User
from common.client import client_address


class AccountAdapter(DefaultAccountAdapter):
    """How allauth signs people in here."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """People are invited by an administrator of their organisation; nobody signs up alone."""
        return False

    def get_client_ip(self, request: HttpRequest) -> str:
        """Failed tries are counted by this address: only trusted proxies may name another one."""
        return client_address(request)

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Through the queue: a slow mail server holds up no page, and an answer's time tells nothing."""
        user = context.get("user")
        language = user.language if isinstance(user, User) else ""
        mails.queue_mail(template_prefix, email, {"email": email, **context}, language)
