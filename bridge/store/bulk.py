"""Many rows in one statement, from plain values.

Tortoise's `bulk_create` builds and validates an object per row; measured, that was half of the writer's time. The
tables still come from the models, so a column has one definition.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from typing import Any, TypeAlias

from pydantic_core import to_json
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.fields import DatetimeField, JSONField
from tortoise.models import Model

from bridge.store.sqlite_client import ImmediateTransaction
from bridge.store.strands import run

Values: TypeAlias = Mapping[str, Any]
"""One row by column. All rows of a call name the same columns."""
Rows: TypeAlias = list[list[Any]]


@dataclass(frozen=True, slots=True)
class Into:
    """Where rows go: the columns they bring, and those that are updated where a row with the same `by` stands."""

    model: type[Model]
    columns: tuple[str, ...]
    by: tuple[str, ...] = ()
    update: tuple[str, ...] = ()


@dataclass(slots=True)
class Bulk:
    """What is to be written in one transaction, all at once when `send` is called: nothing in between may read it.

    On SQLite that is one turn of the connection's thread, on PostgreSQL one statement: each turn, each way to the
    server and back, costs more than its rows.
    """

    connection: BaseDBAsyncClient
    _waiting: list[tuple[Into, Rows]] = field(default_factory=list)
    _notice: tuple[str, str] | None = None

    def insert(self, model: type[Model], rows: Sequence[Values]) -> None:
        self._add(model, rows, (), ())

    def upsert(self, model: type[Model], rows: Sequence[Values], by: tuple[str, ...], *kept: str) -> None:
        """Insert, or bring the row with the same `by` up to date in all columns but `kept`. No two rows share one."""
        self._add(model, rows, by, kept)

    def notify(self, channel: str, text: str) -> None:
        """Have PostgreSQL tell whoever listens, once this is committed."""
        self._notice = (channel, text)

    async def send(self) -> None:
        """Write what waits."""
        waiting, self._waiting = self._waiting, []
        notice, self._notice = self._notice, None
        if isinstance(self.connection, ImmediateTransaction):
            if waiting:
                await self.connection.execute_all([(_row_by_row(into), rows) for into, rows in waiting])
        elif waiting or notice:
            columns = [list(column) for _, rows in waiting for column in zip(*rows, strict=True)]
            told = notice is not None
            await run(self.connection, _together(tuple(into for into, _ in waiting), told), [*columns, *(notice or ())])

    def _add(self, model: type[Model], rows: Sequence[Values], by: tuple[str, ...], kept: tuple[str, ...]) -> None:
        if not rows:
            return
        columns = tuple(rows[0])
        update = tuple(name for name in columns if name not in (*by, *kept)) if by else ()
        turns = _turns(model, columns)
        written = [[turn(row[name]) if turn else row[name] for name, turn in turns] for row in rows]
        self._waiting.append((Into(model, columns, by, update), written))


async def insert(connection: BaseDBAsyncClient, model: type[Model], rows: Sequence[Values]) -> None:
    """One insert that does not wait for others."""
    bulk = Bulk(connection)
    bulk.insert(model, rows)
    await bulk.send()


@cache
def _row_by_row(into: Into) -> str:
    """For SQLite: the statement that is executed once per row."""
    return f"{_insert(into)} VALUES ({', '.join('?' * len(into.columns))}){_or_update(into)}"


@cache
def _together(all_of_it: tuple[Into, ...], told: bool) -> str:
    """For PostgreSQL: one statement that writes into all these tables; each column is one array."""
    parts, place = [], 0
    for number, into in enumerate(all_of_it):
        arrays = []
        for name in into.columns:
            place += 1
            arrays.append(f"${place}::{_array(into.model, name)}")
        rows = f"SELECT * FROM unnest({', '.join(arrays)})"  # noqa: S608 - places and types only
        parts.append(f"w{number} AS ({_insert(into)} {rows}{_or_update(into)})")
    last = f"SELECT pg_notify(${place + 1}, ${place + 2})" if told else "SELECT 1"
    return f"WITH {', '.join(parts)} {last}" if parts else last


# Every name comes from our own models and is quoted; every value is a parameter.
def _insert(into: Into) -> str:
    names = ", ".join(f'"{name}"' for name in into.columns)
    return f'INSERT INTO "{into.model._meta.db_table}" ({names})'  # noqa: SLF001 - Tortoise's own way to a model's table


def _or_update(into: Into) -> str:
    if not into.by:
        return ""
    target = ", ".join(f'"{name}"' for name in into.by)
    changes = ", ".join(f'"{name}" = EXCLUDED."{name}"' for name in into.update)
    return f" ON CONFLICT ({target}) DO UPDATE SET {changes}"


def _array(model: type[Model], column: str) -> str:
    kind = model._meta.fields_map[column].get_for_dialect("postgres", "SQL_TYPE")  # noqa: SLF001 - see above
    # As text, a value that is too long for its column is refused when it is stored, not cut when it is cast.
    return "text[]" if kind.startswith("VARCHAR") else f"{kind}[]"


@cache
def _turns(model: type[Model], columns: tuple[str, ...]) -> list[tuple[str, Callable[[Any], Any] | None]]:
    """How each column's values are written; None: as they are."""
    fields = model._meta.fields_map  # noqa: SLF001 - see above
    kinds = {name: type(fields[name]) for name in columns}
    return [
        (name, _dumped if kind is JSONField else _utc if kind is DatetimeField else None)
        for name, kind in kinds.items()
    ]


def _dumped(value: Any) -> str:
    return to_json(value, inf_nan_mode="constants").decode()


def _utc(at: datetime | None) -> datetime | None:
    # SQLite compares times as text, so they must all be written in UTC.
    return at.astimezone(UTC) if at is not None else None
