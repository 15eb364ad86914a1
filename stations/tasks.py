"""Celery's doors to the station services."""

from celery import shared_task
from django.utils import timezone

from common.tasks import Periodic
from stations import services


@shared_task
def purge_history() -> None:
    services.purge_deleted(timezone.now() - services.UNDO_FOR)


PERIODIC = (Periodic("stations.purge_history", purge_history, every_s=24 * 3600),)
