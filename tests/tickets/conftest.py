"""Tickets are told by mail: the inbox is a real mail server on a free port."""

import pytest
from aiosmtpd.controller import Controller
from django_scopes import scopes_disabled

from cpms.embedded.redis import free_port
from tests.accounts.test_mails import Inbox


@pytest.fixture(autouse=True)
def _across_organisations(db):
    """As the tasks work: no organisation's scope is open."""
    with scopes_disabled():
        yield


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
