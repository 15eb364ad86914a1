"""Celery's doors to the charging services."""

from celery import shared_task
from django.utils import timezone
from django_scopes import scopes_disabled

from charging import services
from common.actor import task_actor
from common.tasks import Periodic


@shared_task
def close_abandoned() -> None:
    with scopes_disabled():
        services.close_abandoned(task_actor("charging.close_abandoned"), timezone.now())


@shared_task
def rest_idle_power() -> None:
    with scopes_disabled():
        services.rest_idle_power(timezone.now())


@shared_task
def keep_stops() -> None:
    """Plan and carry out the scheduled stops of sessions."""
    with scopes_disabled():
        services.keep_stops(timezone.now())


@shared_task
def classify_sessions() -> None:
    with scopes_disabled():
        while services.check_signed():
            pass
        while services.classify_closed(timezone.now()) == services.AT_ONCE:
            pass


PERIODIC = (
    Periodic("charging.keep_stops", keep_stops, every_s=15),
    Periodic("charging.classify_sessions", classify_sessions, every_s=10),
    Periodic("charging.close_abandoned", close_abandoned, every_s=60),
    Periodic("charging.rest_idle_power", rest_idle_power, every_s=30),
)
