import pytest
from asgiref.sync import async_to_sync
from django.db import connection
from django_scopes import scope

from accounts.models import Role, User
from common.actor import Actor
from cpms.celery import app


@pytest.fixture(autouse=True)
def in_scope(db, organisation):
    """Services run in their organisation's scope, as the middleware and the task base open it."""
    with scope(organisation=organisation):
        yield


@pytest.fixture
def mails_sent():
    """Lets what waits for the commit happen, with the worker's part of it in this process."""

    def commit() -> None:
        waiting, connection.run_on_commit = connection.run_on_commit, []
        for entry in waiting:
            entry[1]()

    app.conf.task_always_eager = True
    yield commit
    app.conf.task_always_eager = False


def actor_of(user: User) -> Actor:
    return Actor("user", str(user), user.pk)


def role(name: str) -> Role:
    return Role.objects.get(name=name)


def streamed(response) -> bytes:
    """The whole of an answer that a server would send piece by piece."""

    async def collect() -> bytes:
        return b"".join([chunk async for chunk in response])

    return async_to_sync(collect)()
