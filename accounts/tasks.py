"""Background work of the accounts app."""

from importlib import import_module
from smtplib import SMTPException
from typing import Any

from allauth.usersessions.models import UserSession
from celery import shared_task
from django.conf import settings
from django.contrib.sessions.models import Session
from django.core.mail import EmailMessage
from django.utils import timezone
from django_scopes import scopes_disabled

from accounts import programs
from accounts.services import files, jobs, webhook_delivery
from common.tasks import Periodic


@shared_task(autoretry_for=(SMTPException, OSError), retry_backoff=10, retry_backoff_max=3600, max_retries=12)
def send_mail(subject: str, body: str, to: list[str], **kwargs: Any) -> None:
    """Send one mail; a mail server that is away is asked again, for about half a day."""
    EmailMessage(subject, body, to=to).send()


@shared_task
def run_job(job_id: int) -> None:
    jobs.run_job(job_id)


@shared_task
def resume_jobs() -> None:
    with scopes_disabled():
        jobs.resume_jobs(timezone.now())


@shared_task
def expire_jobs() -> None:
    with scopes_disabled():
        jobs.expire_jobs(timezone.now())


@shared_task
def remove_deleted_files() -> None:
    with scopes_disabled():
        files.remove_deleted(timezone.now())


@shared_task
def remove_left_over_bytes() -> None:
    with scopes_disabled():
        files.remove_left_over(timezone.now())


@shared_task
def clear_sessions() -> None:
    """Forget the sessions that have expired, and the browsers that they were of."""
    import_module(settings.SESSION_ENGINE).SessionStore.clear_expired()
    UserSession.objects.exclude(session_key__in=Session.objects.values("session_key")).delete()


@shared_task
def forget_answers() -> None:
    with scopes_disabled():
        programs.forget_answers(timezone.now())


@shared_task
def deliver_webhooks() -> None:
    with scopes_disabled():
        webhook_delivery.deliver(timezone.now())


@shared_task
def tidy_webhooks() -> None:
    """Give up what waited too long, and forget what is old."""
    with scopes_disabled():
        webhook_delivery.give_up(timezone.now())
        webhook_delivery.prune(timezone.now())


PERIODIC = (
    Periodic("accounts.deliver_webhooks", deliver_webhooks, every_s=2),
    Periodic("accounts.tidy_webhooks", tidy_webhooks, every_s=300),
    Periodic("accounts.resume_jobs", resume_jobs, every_s=30),
    Periodic("accounts.expire_jobs", expire_jobs, every_s=600),
    Periodic("accounts.clear_sessions", clear_sessions, every_s=24 * 3600),
    Periodic("accounts.forget_answers", forget_answers, every_s=3600),
    Periodic("accounts.remove_left_over_bytes", remove_left_over_bytes, every_s=24 * 3600),
    Periodic("accounts.remove_deleted_files", remove_deleted_files, every_s=3600),
)
