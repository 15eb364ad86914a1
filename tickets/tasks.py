"""Doors for Celery: what is escalated and mailed. They work across organisations."""

from datetime import UTC, datetime

from celery import shared_task
from django_scopes import scopes_disabled

from common.tasks import Periodic
from tickets import services


@shared_task
def escalate_errors() -> None:
    """Escalate what goes on too long, and tell the end of what was escalated."""
    now = datetime.now(UTC)
    with scopes_disabled():
        services.escalate(now)
        services.clear_ended(now)


@shared_task
def post_mails() -> None:
    """Gather what is to be told, and hand each mail that is due to a worker."""
    now = datetime.now(UTC)
    with scopes_disabled():
        services.post_notices(now)
        services.give_up_lost_mails(now)
        for mail_id in services.due_mails(now):
            send_mail.delay(mail_id)


@shared_task
def send_mail(mail_id: int) -> None:
    with scopes_disabled():
        services.send_mail(mail_id)


PERIODIC = (
    Periodic("tickets.escalate_errors", escalate_errors, every_s=30),
    Periodic("tickets.post_mails", post_mails, every_s=15),
)
