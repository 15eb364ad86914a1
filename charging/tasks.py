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


@shared_task
def judge_attempts() -> None:
    """Count those who were let to charge and did not begin."""
    with scopes_disabled():
        while services.judge_attempts(timezone.now()) == services.ATTEMPTS_AT_ONCE:
            pass


@shared_task
def look_after_starts() -> None:
    """The starts from the portal: those that nobody plugged in for, those that have ended, those at their limit."""
    with scopes_disabled():
        now = timezone.now()
        services.give_up_waiting(now)
        services.finish_ended()
        services.stop_at_limits(task_actor("charging.look_after_starts"), now)


@shared_task
def forget_session_profiles() -> None:
    with scopes_disabled():
        services.forget_session_profiles(timezone.now())


@shared_task
def send_due_reboots() -> None:
    with scopes_disabled():
        services.send_due_reboots(timezone.now())


@shared_task
def reckon_costs() -> None:
    """Write what sessions cost that have ended."""
    with scopes_disabled():
        while services.reckon_costs(timezone.now()) == services.COSTS_AT_ONCE:
            pass


@shared_task
def check_local_lists() -> None:
    """Send stations their list of tokens again where it is no longer right: a bounded number each time."""
    with scopes_disabled():
        now = timezone.now()
        services.check_local_lists(task_actor("charging.check_local_lists"), now)
        services.forget_unused_contents(now)


PERIODIC = (
    Periodic("charging.check_local_lists", check_local_lists, every_s=30),
    Periodic("charging.reckon_costs", reckon_costs, every_s=10),
    Periodic("charging.keep_stops", keep_stops, every_s=15),
    Periodic("charging.classify_sessions", classify_sessions, every_s=10),
    Periodic("charging.judge_attempts", judge_attempts, every_s=60),
    Periodic("charging.send_due_reboots", send_due_reboots, every_s=10),
    Periodic("charging.look_after_starts", look_after_starts, every_s=10),
    Periodic("charging.forget_session_profiles", forget_session_profiles, every_s=15),
    Periodic("charging.close_abandoned", close_abandoned, every_s=60),
    Periodic("charging.rest_idle_power", rest_idle_power, every_s=30),
)
