"""Pages by keyset: a page starts behind a row, not at a number, so that the last page costs as much as the first.

The order is one column and then the primary key, both in the same direction, as an index `(column, id)` gives it. Of a
composite key its last field settles ties: the key of a partitioned table is its time and an id.
Empty values come last upwards and first downwards, which is PostgreSQL's own order.
"""

import base64
import binascii
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.db.models import CompositePrimaryKey, F, Model, Q, QuerySet
from django.db.models.constants import LOOKUP_SEP

SORT_VALUE = "keyset_value"


class BadCursor(ValueError):
    """The text is no cursor of this order."""


@dataclass(frozen=True)
class Cursor:
    """The place of one row in an order."""

    value: Any
    pk: Any

    def encode(self) -> str:
        text = json.dumps([None if self.value is None else str(self.value), str(self.pk)])
        return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


class Keyset:
    """The rows of `queryset` in the order of the ORM path `path`."""

    def __init__(self, queryset: QuerySet[Any], path: str, *, descending: bool = False) -> None:
        self.queryset = queryset.order_by().annotate(**{SORT_VALUE: F(path)})
        self.descending = descending
        self.nullable = _is_nullable(queryset.model, path)
        self.tie = _tie(queryset.model)

    def rows(self, cursor: Cursor | None, limit: int, *, backwards: bool = False) -> list[Any]:
        """Up to `limit` rows behind the cursor (before it, `backwards`), in the order. One query, two at a null."""
        found: list[Any] = []
        for segment in self._segments(cursor, descending=self.descending != backwards):
            found.extend(segment[: limit - len(found)])
            if len(found) == limit:
                break
        return found[::-1] if backwards else found

    def cursor_of(self, row: Any) -> Cursor:
        return Cursor(getattr(row, SORT_VALUE), getattr(row, self.tie))

    def decode(self, text: str) -> Cursor:
        """The cursor that `text` stands for; BadCursor where it stands for none."""
        output = self.queryset.query.annotations[SORT_VALUE].output_field
        try:
            value, pk = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
            if "\0" in f"{value}{pk}".encode().decode():
                raise BadCursor(text)
            decoded = None if value is None else output.to_python(value)
            return Cursor(decoded, self.queryset.model._meta.get_field(self.tie).to_python(pk))
        except (binascii.Error, ValueError, TypeError, ValidationError) as error:
            raise BadCursor(text) from error

    def _segments(self, cursor: Cursor | None, *, descending: bool) -> Iterator[QuerySet[Any]]:
        sign = "-" if descending else ""
        empty = self.queryset.filter(**{f"{SORT_VALUE}__isnull": True}).order_by(f"{sign}{self.tie}")
        filled = self.queryset.order_by(f"{sign}{SORT_VALUE}", f"{sign}{self.tie}")
        if self.nullable:
            filled = filled.filter(**{f"{SORT_VALUE}__isnull": False})
        in_empty = cursor is not None and cursor.value is None
        if cursor and in_empty:
            empty = empty.filter(**{f"{self.tie}__lt" if descending else f"{self.tie}__gt": cursor.pk})
        elif cursor:
            filled = filled.filter(_behind(cursor, self.tie, descending=descending))
        if not self.nullable:
            return iter([filled])
        order = [empty, filled] if descending else [filled, empty]
        passed = cursor is not None and in_empty != descending
        return iter(order[1:] if passed else order)


def _behind(cursor: Cursor, tie: str, *, descending: bool) -> Q:
    """Rows behind the cursor; the first condition is the one that an index can start from."""
    beyond = "lt" if descending else "gt"
    return Q(**{f"{SORT_VALUE}__{beyond}e": cursor.value}) & (
        Q(**{f"{SORT_VALUE}__{beyond}": cursor.value}) | Q(**{f"{tie}__{beyond}": cursor.pk})
    )


def _tie(model: type[Model]) -> str:
    key = model._meta.pk
    return str(key.field_names[-1] if isinstance(key, CompositePrimaryKey) else key.name)


def _is_nullable(model: type[Model], path: str) -> bool:
    """Whether the path may yield NULL. What is no plain field (an annotation, a reversed relation) may."""
    for name in path.split(LOOKUP_SEP):
        try:
            field = model._meta.pk if name == "pk" else model._meta.get_field(name)
        except FieldDoesNotExist:
            return True
        if not field.concrete or field.null:
            return True
        model = field.related_model or model
    return False
