"""Every table of the store, row by row: read from one database, written to another, compared by digest."""

import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from importlib import import_module
from typing import Any

from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.fields import BooleanField, DatetimeField, JSONField
from tortoise.fields.base import Field
from tortoise.models import Model

from bridge.store.address import MODELS
from bridge.store.bulk import insert
from bridge.store.claims import moment
from bridge.store.strands import run

CHUNK = 1000

_PG_LAST = "SELECT last_value, is_called FROM {sequence}"
_PG_SEQUENCE = "SELECT pg_get_serial_sequence($1, $2) AS name"


@dataclass(frozen=True, slots=True)
class Sum:
    """What a table holds, whatever the order of its rows and the kind of its database."""

    rows: int = 0
    digest: int = 0

    def with_row(self, row: Mapping[str, object]) -> "Sum":
        text = json.dumps({name: _plain(value) for name, value in row.items()}, sort_keys=True)
        return Sum(self.rows + 1, (self.digest + int.from_bytes(sha256(text.encode()).digest())) % 2**256)


def tables() -> list[type[Model]]:
    """Every model there is, by table name: one that is added later is copied too."""
    found = {
        one._meta.db_table: one  # noqa: SLF001 - Tortoise's own way to a model's table
        for module in MODELS
        for one in vars(import_module(module)).values()
        if isinstance(one, type) and issubclass(one, Model) and one is not Model
    }
    return [found[name] for name in sorted(found)]


def name_of(model: type[Model]) -> str:
    return str(model._meta.db_table)  # noqa: SLF001 - as above


async def rows_of(connection: BaseDBAsyncClient, model: type[Model]) -> AsyncIterator[list[dict[str, Any]]]:
    """All rows, a chunk at a time, by their primary key."""
    key, fields = model._meta.pk_attr, model._meta.fields_map  # noqa: SLF001 - as above
    names = sorted(fields)
    # Not by Tortoise's query sets: while two databases are open, they speak the language of the one opened last.
    columns, table = ", ".join(f'"{name}"' for name in names), name_of(model)
    query = f'SELECT {columns} FROM "{table}" {{after}} ORDER BY "{key}" LIMIT {CHUNK}'  # noqa: S608 - our own names
    found = await run(connection, query.format(after=""))
    while found:
        yield [{name: _read(row[name], fields[name]) for name in names} for row in found]
        if len(found) < CHUNK:
            return
        found = await run(connection, query.format(after=f'WHERE "{key}" > $1'), [found[-1][key]])


async def sum_of(connection: BaseDBAsyncClient, model: type[Model]) -> Sum:
    total = Sum()
    async for chunk in rows_of(connection, model):
        for row in chunk:
            total = total.with_row(row)
    return total


async def write(connection: BaseDBAsyncClient, model: type[Model], rows: list[dict[str, Any]]) -> None:
    await insert(connection, model, rows)


async def is_empty(connection: BaseDBAsyncClient, model: type[Model]) -> bool:
    return not await run(connection, f'SELECT 1 AS there FROM "{name_of(model)}" LIMIT 1')  # noqa: S608 - our own name


async def last_number(connection: BaseDBAsyncClient, model: type[Model]) -> int:
    """The last one its sequence gave away, also to rows that are gone; 0 for none, or where there is no sequence."""
    if not model._meta.pk.generated:  # noqa: SLF001 - as above
        return 0
    if connection.capabilities.dialect == "sqlite":
        rows = await run(connection, "SELECT seq FROM sqlite_sequence WHERE name = $1", [name_of(model)])
        return int(rows[0]["seq"]) if rows else 0
    sequence = await _sequence(connection, model)
    (row,) = await run(connection, _PG_LAST.format(sequence=sequence))
    return int(row["last_value"]) if row["is_called"] else 0


async def go_on_after(connection: BaseDBAsyncClient, model: type[Model], number: int) -> None:
    """The sequence's next one is higher than that."""
    if not number:
        return
    if connection.capabilities.dialect == "sqlite":
        table = name_of(model)
        await run(connection, "DELETE FROM sqlite_sequence WHERE name = $1", [table])
        await run(connection, "INSERT INTO sqlite_sequence (name, seq) VALUES ($1, $2)", [table, number])
        return
    await run(connection, "SELECT setval($1::regclass, $2)", [await _sequence(connection, model), number])


async def _sequence(connection: BaseDBAsyncClient, model: type[Model]) -> str:
    (row,) = await run(connection, _PG_SEQUENCE, [name_of(model), model._meta.pk_attr])  # noqa: SLF001 - as above
    return str(row["name"])


def _read(value: Any, field: Field[Any]) -> Any:
    """A raw value as the model means it."""
    if value is None:
        return None
    match field:
        case JSONField():
            return json.loads(value) if isinstance(value, str) else value
        case DatetimeField():
            return moment(value)
        case BooleanField():
            return bool(value)
        case _:
            return value


def _plain(value: object) -> object:
    """The same for both kinds of databases, which spell times, numbers and truth in their own ways."""
    match value:
        case datetime():
            return value.astimezone(UTC).isoformat(timespec="microseconds")
        case dict():
            return {str(key): _plain(each) for key, each in value.items()}
        case list():
            return [_plain(each) for each in value]
        case bool():
            return int(value)
        case float() if value.is_integer():
            return int(value)
        case _:
            return value
