"""Database work of the event loop: one transaction in a thread, across organisations, tried again where two met."""

import random
import time
from collections.abc import Callable
from typing import TypeVar

from django.db import DatabaseError, close_old_connections, transaction
from django_scopes import scopes_disabled

T = TypeVar("T")

ATTEMPTS = 5
LONGEST_PAUSE_S = 0.05
# Serialization failure, deadlock, and a row that two transactions made at the same time.
_WORTH_ANOTHER_TRY = frozenset({"40001", "40P01", "23505"})


def in_transaction(work: Callable[[], T]) -> T:
    """Do `work` in one transaction, outside any organisation's scope; commit before returning its result."""
    for attempt in range(1, ATTEMPTS + 1):
        try:
            with scopes_disabled(), transaction.atomic():
                return work()
        except DatabaseError as error:
            if attempt == ATTEMPTS or _sqlstate(error) not in _WORTH_ANOTHER_TRY:
                raise
            time.sleep(random.uniform(0, LONGEST_PAUSE_S))  # noqa: S311
    raise AssertionError("The last attempt returns or raises.")


def in_thread(work: Callable[[], T]) -> T:
    """Do `work` in a thread of ours: its connection is given back, or dropped if it broke, as after a web request."""
    close_old_connections()
    try:
        return work()
    finally:
        close_old_connections()


def is_outage(error: BaseException) -> bool:
    """Whether the database, not the work, was at fault: the same work may succeed later."""
    return isinstance(error, DatabaseError) and not (_sqlstate(error) or "08").startswith(("21", "22", "23", "42"))


def _sqlstate(error: DatabaseError) -> str | None:
    return getattr(error.__cause__, "sqlstate", None)
