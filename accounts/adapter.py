from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from accounts import mails
from accounts.backends import is_open
from accounts.models import User
from common.client import client_address


class AccountAdapter(DefaultAccountAdapter):
    """How allauth signs people in here."""

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "too_many_login_attempts": _(
            "Too many failed tries. Wait five minutes, or set a new password by “Forgot your password?”."
        ),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """People are invited by an administrator of their organisation; nobody signs up alone."""
        return False

    def pre_login(self, request: HttpRequest, user: Any, **kwargs: Any) -> HttpResponse | None:
        """allauth goes on with people whom the backend refused, to tell them that they are inactive."""
        response = super().pre_login(request, user, **kwargs)
        return response or (None if is_open(user) else self.respond_user_inactive(request, user))

    def get_client_ip(self, request: HttpRequest) -> str:
        """Failed tries are counted by this address: only trusted proxies may name another one."""
        return client_address(request)

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Through the queue: a slow mail server holds up no page, and an answer's time tells nothing."""
        user = context.get("user")
        language = user.language if isinstance(user, User) else ""
        mails.queue_mail(template_prefix, email, {"email": email, **context}, language)
