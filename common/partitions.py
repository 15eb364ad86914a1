"""Tables partitioned by time: retention is dropping a partition, and every read is bounded by a time.

A table of this kind is created by SQL in its app's migration (`create_sql`) and declared in its app's `partitions.py`
as an entry of `PARTITIONED`. A default partition takes whatever no partition was made for, so that no row is refused.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Literal

from django.db import connection, models
from psycopg import sql

from common.declarations import declared

Unit = Literal["day", "month"]


class NextValue(models.Func):
    """The next value of a sequence, as a column's default."""

    function = "nextval"
    template = "%(function)s(%(expressions)s)"

    def __init__(self, sequence: str) -> None:
        super().__init__(models.Value(sequence), output_field=models.BigIntegerField())


@dataclass(frozen=True)
class PartitionedTable:
    """`keep_days` None keeps everything; `ahead` is how many partitions stand ready beyond today's."""

    table: str
    unit: Unit
    keep_days: int | None = None
    ahead: int = 3


def create_sql(table: str, columns: str, key: str = "received_at") -> str:
    """SQL that makes a partitioned table `table` with its sequence and its default partition."""
    return (
        f"CREATE SEQUENCE {table}_id_seq;"
        f"CREATE TABLE {table} (id bigint NOT NULL DEFAULT nextval('{table}_id_seq'), {columns},"
        f" PRIMARY KEY ({key}, id)) PARTITION BY RANGE ({key});"
        f"CREATE TABLE {table}_default PARTITION OF {table} DEFAULT;"
        f"ALTER SEQUENCE {table}_id_seq OWNED BY {table}.id;"
    )


def drop_sql(table: str) -> str:
    return f"DROP TABLE {table} CASCADE;"


def _start(day: date, unit: Unit) -> date:
    return day if unit == "day" else day.replace(day=1)


def _next(start: date, unit: Unit) -> date:
    return start + timedelta(days=1) if unit == "day" else (start + timedelta(days=32)).replace(day=1)


def partition_name(table: PartitionedTable, day: date) -> str:
    return f"{table.table}_{_start(day, table.unit):%Y%m%d}"


def ensure(table: PartitionedTable, first: date, last: date) -> None:
    """Make the partitions for the days `first` to `last` where they are missing. Days are UTC days.

    A partition whose rows already lie in the default partition is not made: they stay readable where they are.
    """
    start = _start(first, table.unit)
    with connection.cursor() as cursor:
        while start <= last:
            end = _next(start, table.unit)
            name = partition_name(table, start)
            cursor.execute("SELECT to_regclass(%s) IS NOT NULL", [name])
            exists = cursor.fetchone()[0]
            if not exists and not _default_holds(table, start, end):
                cursor.execute(
                    f"CREATE TABLE IF NOT EXISTS {name} PARTITION OF {table.table}"
                    f" FOR VALUES FROM ('{start} 00:00+00') TO ('{end} 00:00+00')"
                )
            start = end


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def _default_holds(table: PartitionedTable, start: date, end: date) -> bool:
    with connection.cursor() as cursor:
        query = sql.SQL("SELECT EXISTS (SELECT 1 FROM {} WHERE received_at >= %s AND received_at < %s)")
        cursor.execute(query.format(sql.Identifier(f"{table.table}_default")), [_midnight(start), _midnight(end)])
        return bool(cursor.fetchone()[0])


def ensure_upcoming(table: PartitionedTable, now: datetime) -> None:
    today = now.astimezone(UTC).date()
    last = today
    for _ in range(table.ahead):
        last = _next(_start(last, table.unit), table.unit)
    ensure(table, today - timedelta(days=1), last)


def drop_expired(table: PartitionedTable, now: datetime) -> list[str]:
    """Drop the partitions that lie wholly before the time to keep; return their names."""
    if table.keep_days is None:
        return []
    oldest = partition_name(table, (now.astimezone(UTC) - timedelta(days=table.keep_days)).date())
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid"
            " WHERE i.inhparent = to_regclass(%s) AND c.relname <> %s AND c.relname < %s ORDER BY 1",
            [table.table, f"{table.table}_default", oldest],
        )
        expired = [row[0] for row in cursor.fetchall()]
        for name in expired:
            cursor.execute(f"DROP TABLE {name}")
    return expired


def all_partitioned() -> tuple[PartitionedTable, ...]:
    return declared("partitions", "PARTITIONED")


def ensure_all(**kwargs: Any) -> None:
    """Make today's and the next partitions of every declared table (runs after every migrate and once a day)."""
    now = datetime.now(UTC)
    for table in all_partitioned():
        with connection.cursor() as cursor:
            cursor.execute("SELECT to_regclass(%s) IS NOT NULL", [table.table])
            if not cursor.fetchone()[0]:
                continue
        ensure_upcoming(table, now)
