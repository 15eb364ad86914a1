"""Background work of the accounts app."""

from smtplib import SMTPException
from typing import Any

from celery import shared_task
from django.core.mail import EmailMessage


@shared_task(autoretry_for=(SMTPException, OSError), retry_backoff=10, retry_backoff_max=3600, max_retries=12)
def send_mail(subject: str, body: str, to: list[str], **kwargs: Any) -> None:
    """Send one mail; a mail server that is away is asked again, for about half a day."""
    EmailMessage(subject, body, to=to).send()
