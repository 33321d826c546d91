"""Rows that many tests begin with: written once by the operations themselves, then inserted as they were then."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.core.management.color import no_style
from django.db import connection, models
from django.db.models.sql import InsertQuery

from agreements import clock

_Statement = tuple[str, Any]


@dataclass(frozen=True)
class Copy:
    """Rows as statements that insert them. They were there at a moment: not in a test that turns the clock back."""

    rows: Iterable[models.Model]
    moment: datetime = field(default_factory=clock.now)
    statements: list[_Statement] = field(init=False, default_factory=list)

    def __post_init__(self) -> None:
        waiting: dict[type[models.Model], list[models.Model]] = {}
        for row in self.rows:
            waiting.setdefault(type(row), []).append(row)
        resets = connection.ops.sequence_reset_sql(no_style(), list(waiting))
        while waiting:
            for model in list(waiting):
                needed = {column.related_model for column in model._meta.concrete_fields if column.is_relation}
                if not needed & (waiting.keys() - {model}):
                    self.statements.extend(_inserts(model, waiting.pop(model)))
        self.statements.extend((statement, None) for statement in resets)

    @property
    def has_been(self) -> bool:
        """Whether the rows were there by now."""
        return self.moment <= clock.now()

    def insert(self) -> None:
        """Insert the rows, whatever refers to others after them, and let the next keys follow."""
        with connection.cursor() as cursor:
            for statement, values in self.statements:
                cursor.execute(statement, values)


def _inserts(model: type[models.Model], rows: list[models.Model]) -> list[_Statement]:
    columns, found = model._meta.concrete_fields, []
    size = connection.ops.bulk_batch_size(columns, rows)
    for start in range(0, len(rows), size):
        query = InsertQuery(model)
        query.insert_values(columns, rows[start : start + size], raw=True)
        found += query.get_compiler(connection=connection).as_sql()
    if connection.vendor == "postgresql":  # as texts: otherwise every value is adapted anew every time
        ops: Any = connection.ops
        return [(ops.compose_sql(statement, values), None) for statement, values in found]
    return found
