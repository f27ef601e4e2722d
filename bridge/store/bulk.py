"""Many rows in one statement, from plain values.

Tortoise's `bulk_create` builds and validates an object per row; measured, that was half of the writer's time. The
tables still come from the models, so a column has one definition.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from typing import Any, TypeAlias

from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.fields import JSONField
from tortoise.models import Model

from bridge.store.sqlite_client import ImmediateTransaction, Statement

Values: TypeAlias = Mapping[str, Any]
"""One row by column. All rows of a call name the same columns."""

_dumped = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False).encode


@dataclass(slots=True)
class Bulk:
    """What is to be written in one transaction.

    On SQLite all of it is executed in one turn of the connection's thread, when `send` is called: nothing in between
    may read these rows. On PostgreSQL each statement leaves at once.
    """

    connection: BaseDBAsyncClient
    _waiting: list[Statement] = field(default_factory=list)

    async def insert(self, model: type[Model], rows: Sequence[Values]) -> None:
        await self._write(model, rows, (), ())

    async def upsert(self, model: type[Model], rows: Sequence[Values], by: tuple[str, ...], *kept: str) -> None:
        """Insert, or bring the row with the same `by` up to date in all columns but `kept`."""
        await self._write(model, rows, by, kept)

    async def send(self) -> None:
        """Execute what waits."""
        waiting, self._waiting = self._waiting, []
        if waiting and isinstance(self.connection, ImmediateTransaction):
            await self.connection.execute_all(waiting)

    async def _write(
        self, model: type[Model], rows: Sequence[Values], by: tuple[str, ...], kept: tuple[str, ...]
    ) -> None:
        if not rows:
            return
        statement = _written(model, rows, by, kept, self.connection.capabilities.dialect)
        if isinstance(self.connection, ImmediateTransaction):
            self._waiting.append(statement)
        else:
            await self.connection.execute_many(*statement)


async def insert(connection: BaseDBAsyncClient, model: type[Model], rows: Sequence[Values]) -> None:
    """One insert that does not wait for others."""
    bulk = Bulk(connection)
    await bulk.insert(model, rows)
    await bulk.send()


def _written(
    model: type[Model], rows: Sequence[Values], by: tuple[str, ...], kept: tuple[str, ...], dialect: str
) -> Statement:
    columns = tuple(rows[0])
    update = tuple(name for name in columns if name not in (*by, *kept)) if by else ()
    statement = _statement(model, columns, by, update, dialect)
    as_json = _json_columns(model)
    values = [[_dumped(row[name]) if name in as_json else _plain(row[name]) for name in columns] for row in rows]
    return statement, values


@cache
def _statement(
    model: type[Model], columns: tuple[str, ...], by: tuple[str, ...], update: tuple[str, ...], dialect: str
) -> str:
    # Every name comes from our own models and is quoted; every value is a parameter.
    sign = "?" if dialect == "sqlite" else "$"
    names = ", ".join(f'"{name}"' for name in columns)
    places = ", ".join(f"{sign}{index}" for index in range(1, len(columns) + 1))
    statement = f'INSERT INTO "{model._meta.db_table}" ({names}) VALUES ({places})'  # noqa: S608, SLF001 - see above
    if by:
        target = ", ".join(f'"{name}"' for name in by)
        changes = ", ".join(f'"{name}" = EXCLUDED."{name}"' for name in update)
        statement += f" ON CONFLICT ({target}) DO UPDATE SET {changes}"
    return statement


@cache
def _json_columns(model: type[Model]) -> frozenset[str]:
    fields = model._meta.fields_map  # noqa: SLF001 - Tortoise's own way to a model's fields
    return frozenset(name for name, field in fields.items() if isinstance(field, JSONField))


def _plain(value: Any) -> Any:
    # SQLite compares times as text, so they must all be written in UTC.
    return value.astimezone(UTC) if isinstance(value, datetime) else value
