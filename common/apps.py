from django.apps import AppConfig
from django.db.models.signals import post_migrate

from common.partitions import ensure_all
from common.rights import sync_permissions


class CommonConfig(AppConfig):
    name = "common"

    def ready(self) -> None:
        post_migrate.connect(sync_permissions, sender=self)
        post_migrate.connect(ensure_all, sender=self)
