"""The audit log is append-only in the database itself, whoever asks."""

import pytest
from django.db import InternalError, ProgrammingError, connection, transaction

from accounts import selectors, services
from accounts.models import AuditEntry
from common.actor import SYSTEM
from tests.accounts.conftest import actor_of

REFUSED = (InternalError, ProgrammingError)


@pytest.fixture
def entry(organisation) -> AuditEntry:
    services.record(SYSTEM, organisation, "tests.happened", organisation, before={"a": 1}, after={"a": 2})
    return AuditEntry.objects.get(action="tests.happened")


def run(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


def refuses(statement: str) -> None:
    with pytest.raises(REFUSED, match="append-only"), transaction.atomic():
        run(statement)


def test_update_is_refused(entry):
    refuses("UPDATE accounts_auditentry SET action = 'nothing'")
    with pytest.raises(REFUSED, match="append-only"), transaction.atomic():
        entry.save()
    assert AuditEntry.objects.get(pk=entry.pk).action == "tests.happened"


def test_delete_is_refused(entry):
    refuses("DELETE FROM accounts_auditentry")
    with pytest.raises(REFUSED, match="append-only"), transaction.atomic():
        entry.delete()
    assert AuditEntry.objects.filter(pk=entry.pk).exists()


def test_truncate_is_refused(entry):
    """With the trigger as the migration made it; for other tests' clean-up the fixtures switch it off."""
    run("SET CONSTRAINTS ALL IMMEDIATE")  # PostgreSQL alters no table that has checks waiting
    run("ALTER TABLE accounts_auditentry ENABLE TRIGGER auditentry_no_truncate")
    refuses("TRUNCATE accounts_auditentry")
    refuses("TRUNCATE accounts_organisation CASCADE")
    run("ALTER TABLE accounts_auditentry DISABLE TRIGGER auditentry_no_truncate")
    assert AuditEntry.objects.filter(pk=entry.pk).exists()


def test_a_failed_change_leaves_no_row(organisation, owner):
    with transaction.atomic():
        services.record(actor_of(owner), organisation, "tests.failed")
        transaction.set_rollback(True)
    assert not AuditEntry.objects.filter(action="tests.failed").exists()


def test_an_organisation_sees_only_its_own_rows(organisation, other_organisation, entry):
    assert entry in selectors.audit_entries(organisation)
    assert entry not in selectors.audit_entries(other_organisation)


def test_who_where_and_what_are_kept(organisation, owner):
    services.record(actor_of(owner), organisation, "tests.who", owner)
    kept = AuditEntry.objects.get(action="tests.who")
    assert (kept.actor_kind, kept.actor_id, kept.actor_label) == ("user", owner.pk, str(owner))
    assert (kept.object_type, kept.object_id, kept.object_label) == ("accounts.user", str(owner.pk), str(owner))


def test_differences_keep_what_changed():
    assert services.differences({"a": 1, "b": 2}, {"a": 1, "b": 3, "c": 4}) == ({"b": 2, "c": None}, {"b": 3, "c": 4})
