from django.apps import AppConfig
from django.core.checks import Tags, register

from accounts.checks import no_demo_accounts


class AccountsConfig(AppConfig):
    name = "accounts"

    def ready(self) -> None:
        from accounts.receivers import SIGNING_IN, hand_to_worker, write_down  # noqa: PLC0415 - needs the models
        from accounts.signals import job_queued  # noqa: PLC0415

        register(Tags.database)(no_demo_accounts)
        job_queued.connect(hand_to_worker)
        for signal in {signal for signal, _kind in SIGNING_IN}:
            signal.connect(write_down)
