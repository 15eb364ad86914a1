from typing import Any

from allauth.account.auth_backends import AuthenticationBackend
from django.conf import settings


def is_open(user: Any) -> bool:
    """Whether the account may be used. A demo account, whose password everybody knows, is closed in production."""
    return user.is_active and not (settings.PRODUCTION and user.is_demo)


class Backend(AuthenticationBackend):
    """E-mail and password; asked again with every request."""

    def user_can_authenticate(self, user: Any) -> bool:
        return is_open(user)
