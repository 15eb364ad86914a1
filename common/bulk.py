"""Writing many rows at once: COPY or INSERT … SELECT for new rows, one UPDATE for changed ones.
All of it belongs to the running transaction.
"""

from collections.abc import Collection, Iterable, Sequence
from operator import attrgetter
from typing import Any

import orjson
from django.core.exceptions import EmptyResultSet
from django.db import connection, models
from django.db.models.expressions import DatabaseDefault
from psycopg import sql


def copy_rows(table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Append `rows` to `table` by COPY, a value for each of `columns`; a JSON column takes its text."""
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(
        sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, columns))
    )
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(row)


def copy_new(objects: Sequence[models.Model]) -> None:
    """Append new objects of one model by COPY, with keys from its sequence where they have none: several times as quick
    as `bulk_create`, for what comes with messages. No signals are sent.
    """
    if not objects:
        return
    meta: Any = objects[0]._meta
    if objects[0].pk is None:
        for one, key in zip(objects, _new_keys(meta.db_table, len(objects)), strict=True):
            one.pk = key
    for one in objects:
        one._state.adding = False
    fields = [field for field in meta.concrete_fields if not field.generated]
    rows = ([_stored(field, one) for field in fields] for one in objects)
    copy_rows(meta.db_table, [field.column for field in fields], rows)


def _new_keys(table: str, count: int) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)", [table, count])
        return [row[0] for row in cursor.fetchall()]


def _stored(field: Any, one: models.Model) -> Any:
    """A field's value as the table takes it; JSON as its text, and in place of the database's default what it is."""
    value = field.pre_save(one, True)
    if isinstance(value, DatabaseDefault):
        value = value.expression.value  # type: ignore[attr-defined]
    return orjson.dumps(value).decode() if isinstance(field, models.JSONField) and value is not None else value


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


def write_changes(changes: Iterable[tuple[models.Model, Collection[str]]]) -> None:
    """Write of each object (all of one model) only the fields named beside it, onto its row as it is now: what somebody
    else wrote into the others since the objects were read stays. Two queries.
    """
    wanted = {one.pk: (one, names) for one, names in changes}
    if not wanted:
        return
    model = type(next(iter(wanted.values()))[0])
    rows = list(model._base_manager.select_for_update().filter(pk__in=wanted).order_by("pk"))
    for row in rows:
        one, names = wanted[row.pk]
        for name in names:
            setattr(row, name, getattr(one, name))
    update_rows(rows, sorted({name for _one, names in wanted.values() for name in names}))


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
