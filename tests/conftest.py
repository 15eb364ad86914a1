"""Fixtures that every test may use. Scoped models are reached inside `organisation`'s scope unless a test says so."""

from collections.abc import Callable, Iterator
from math import inf

import pytest
from django.db import connection
from django_scopes import scope

from accounts import services
from accounts.models import Organisation, Role, User
from accounts.services import webhook_events
from common.actor import SYSTEM
from common.rights import all_features
from ocpp_gateway import node
from tests import factories
from tests.server import RunningServer, running_server


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker) -> None:
    """Let a transactional test empty the audit log afterwards: the trigger against TRUNCATE has its own test."""
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute("ALTER TABLE accounts_auditentry DISABLE TRIGGER auditentry_no_truncate")


@pytest.fixture(autouse=True)
def quick_passwords(settings) -> None:
    """Argon2 is slow on purpose; the tests of signing in check that it is what people get."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher", *settings.PASSWORD_HASHERS]


@pytest.fixture(autouse=True)
def own_files(settings, tmp_path) -> None:
    """Uploaded and made files go with the test."""
    settings.MEDIA_ROOT = tmp_path / "files"


@pytest.fixture(autouse=True)
def nobody_listens(settings, monkeypatch) -> None:
    """No webhooks, known for the whole test: a test that makes some is heard at once (`forget_listeners`)."""
    settings.WEBHOOK_NEWS_S = 3600
    monkeypatch.setattr(webhook_events._listeners, "_known", {})
    monkeypatch.setattr(webhook_events._listeners, "_until", inf)


@pytest.fixture
def organisation(db) -> Organisation:
    """The organisation of the fixed cast, with its default roles and every feature: `owner` and `teammate` are members
    of it, `stranger` is not.
    """
    return make_organisation("Network", "network")


@pytest.fixture
def other_organisation(db) -> Organisation:
    return make_organisation("Other network", "other-network")


@pytest.fixture
def owner(organisation) -> User:
    """Holds every right in `organisation`."""
    return administrator(organisation, "owner@network.example")


@pytest.fixture
def teammate(organisation) -> User:
    """A member of `organisation` without any right."""
    person = factories.user(email="teammate@network.example", name="Theo Teammate")
    with scope(organisation=organisation):
        services.add_member(SYSTEM, organisation, person, [])
    return person


@pytest.fixture
def stranger(other_organisation) -> User:
    """Holds every right in another organisation."""
    return administrator(other_organisation, "stranger@other.example")


def make_organisation(name: str, slug: str) -> Organisation:
    return services.create_organisation(SYSTEM, name, slug, features=[feature.code for feature in all_features()])


def administrator(of: Organisation, email: str) -> User:
    person = factories.user(email=email, name=email.partition("@")[0].title())
    with scope(organisation=of):
        services.add_member(SYSTEM, of, person, list(Role.objects.filter(is_administrator=True)))
    return person


@pytest.fixture
def topics(db) -> Callable[[], set[str]]:
    """What the test's transaction would announce, since the last call."""

    def taken() -> set[str]:
        found = set()
        for entry in list(connection.run_on_commit):
            found |= getattr(entry[1], "topics", set())
        connection.run_on_commit.clear()
        return found

    return taken


@pytest.fixture
def server(transactional_db: None, settings, monkeypatch) -> Iterator[RunningServer]:
    """The portal on a free port, with commands sent as soon as they may be, and a clock that ticks often."""
    monkeypatch.setattr(node, "TICK_S", 0.05)
    monkeypatch.setattr(node, "UPKEEP_S", 0.5)
    settings.GATEWAY_BOOT_GRACE_S = 0
    settings.GATEWAY_BOOT_BACKSTOP_S = 0
    settings.GATEWAY_OFFLINE_GRACE_S = 0
    settings.GATEWAY_FIRST_CONTACT_SPREAD_S = 3600
    with running_server() as running:
        yield running
