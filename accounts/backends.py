from typing import Any

from allauth.account.auth_backends import AuthenticationBackend
from django.conf import settings


class Backend(AuthenticationBackend):
    """E-mail and password. A demo account, whose password everybody knows, is nobody in production."""

    def user_can_authenticate(self, user: Any) -> bool:
        return super().user_can_authenticate(user) and not (settings.PRODUCTION and user.is_demo)
