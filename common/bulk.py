"""Writing many rows at once: COPY or INSERT … SELECT for new rows, one UPDATE for changed ones.
All of it belongs to the running transaction.
"""

from collections.abc import Iterable, Sequence
from operator import attrgetter
from typing import Any

import orjson
from django.core.exceptions import EmptyResultSet
from django.db import connection, models
from psycopg import sql


def copy_rows(table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Append `rows` to `table` by COPY, a value for each of `columns`; a JSON column takes its text."""
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(
        sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, columns))
    )
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(row)


def insert_from(model: type[models.Model], columns: Sequence[str], rows: models.QuerySet[Any, Any]) -> int:
    """Append to the model's table what `rows` selects (INSERT … SELECT), its values in the order of `columns`; how
    many. Nothing of it passes through Python.
    """
    try:
        statement, parameters = rows.query.sql_with_params()
    except EmptyResultSet:
        return 0
    fields: list[Any] = [model._meta.get_field(name) for name in columns]
    names = sql.SQL(", ").join([sql.Identifier(field.column) for field in fields])
    into = sql.SQL("INSERT INTO {} ({}) ").format(sql.Identifier(model._meta.db_table), names)
    with connection.cursor() as cursor:
        cursor.execute(into + sql.SQL(statement), parameters)
        return int(cursor.rowcount)


def update_rows(objects: Sequence[models.Model], fields: Sequence[str]) -> None:
    """Write `fields` of all `objects` (of one model) by one UPDATE. The values travel as JSON: no bytes, no floats."""
    if not objects:
        return
    meta: Any = objects[0]._meta
    changed = [meta.get_field(name) for name in fields]
    columns = [meta.pk.column, *(field.column for field in changed)]
    values_of = attrgetter(meta.pk.attname, *(field.attname for field in changed))
    values = [dict(zip(columns, values_of(one), strict=True)) for one in objects]
    with connection.cursor() as cursor:
        cursor.execute(_update_sql(meta, changed), [orjson.dumps(values, default=str).decode()])


def _update_sql(meta: Any, changed: Sequence[Any]) -> sql.Composed:
    typed = [
        sql.SQL("{} {}").format(sql.Identifier(field.column), sql.SQL(field.db_type(connection)))
        for field in [meta.pk, *changed]
    ]
    assigned = [sql.SQL("{0} = new.{0}").format(sql.Identifier(field.column)) for field in changed]
    return sql.SQL("UPDATE {table} SET {assigned} FROM jsonb_to_recordset(%s::jsonb) AS new({typed})").format(
        table=sql.Identifier(meta.db_table), assigned=sql.SQL(", ").join(assigned), typed=sql.SQL(", ").join(typed)
    ) + sql.SQL(" WHERE {table}.{pk} = new.{pk}").format(
        table=sql.Identifier(meta.db_table), pk=sql.Identifier(meta.pk.column)
    )
