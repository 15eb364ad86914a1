"""Mails travel through a real queue and a real mail server."""

import time

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from celery.contrib.testing.worker import start_worker

from accounts.tasks import send_mail
from cpms.celery import app
from cpms.embedded.redis import free_port

MAIL = ("Your access", "Choose your password here.", ["somebody@network.example"])
PATIENCE_S = 60


class Inbox:
    """Keeps what it is sent; the first `busy` mails are asked to come again later."""

    def __init__(self, busy: int = 0) -> None:
        self.busy = busy
        self.envelopes: list[Envelope] = []

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        if self.busy:
            self.busy -= 1
            return "451 Busy, come again"
        self.envelopes.append(envelope)
        return "250 Kept"


@pytest.fixture
def inbox(settings):
    kept = Inbox()
    server = Controller(kept, hostname="127.0.0.1", port=free_port())
    server.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = server.server.sockets[0].getsockname()
    settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
    settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
    yield kept
    server.stop()


def test_worker_takes_a_mail_from_the_queue_to_the_server(inbox):
    with start_worker(app, perform_ping_check=False, shutdown_timeout=PATIENCE_S):
        send_mail.delay(*MAIL)
        give_up = time.monotonic() + PATIENCE_S
        while not inbox.envelopes and time.monotonic() < give_up:
            time.sleep(0.05)
    [envelope] = inbox.envelopes
    assert envelope.rcpt_tos == MAIL[2]
    assert b"Subject: Your access" in envelope.content


def test_server_that_is_busy_is_asked_again(inbox):
    inbox.busy = 2
    send_mail.apply(MAIL).get()
    assert len(inbox.envelopes) == 1


def test_server_that_is_away_is_asked_again_and_then_told_of(inbox, settings):
    settings.EMAIL_PORT = 9
    with pytest.raises(OSError, match="refused"):
        send_mail.apply(MAIL).get()
