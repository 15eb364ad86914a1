from django.apps import AppConfig
from django.core.checks import Tags, register

from accounts.checks import no_demo_accounts


class AccountsConfig(AppConfig):
    name = "accounts"

    def ready(self) -> None:
        register(Tags.database)(no_demo_accounts)
