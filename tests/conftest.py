"""Fixtures that every test may use. Scoped models are reached inside `organisation`'s scope unless a test says so."""

import pytest
from django.db import connection


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker) -> None:
    """Let a transactional test empty the audit log afterwards: the trigger against TRUNCATE has its own test."""
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute("ALTER TABLE accounts_auditentry DISABLE TRIGGER auditentry_no_truncate")


