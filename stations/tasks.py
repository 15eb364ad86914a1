"""Celery's doors to the station services."""

from celery import shared_task
from django.utils import timezone

from common.tasks import Periodic
from stations import services


@shared_task
def purge_history() -> None:
    services.purge_deleted(timezone.now() - services.UNDO_FOR)


@shared_task
def fold_map_counts() -> None:
    services.fold_map_counts()


PERIODIC = (
    Periodic("stations.purge_history", purge_history, every_s=24 * 3600),
    Periodic("stations.fold_map_counts", fold_map_counts, every_s=20),
)
