"""Tortoise's SQLite client with two differences: writers begin IMMEDIATE, and letters fold as in every language."""

import sqlite3
from collections.abc import Sequence
from typing import Any, TypeAlias, cast

from tortoise.backends.base.client import TransactionalDBClient, TransactionContext
from tortoise.backends.sqlite.client import (
    SqliteClient,
    SqliteTransactionContext,
    SqliteTransactionWrapper,
    translate_exceptions,
)
from tortoise.connection import get_connections
from tortoise.exceptions import OperationalError

Statement: TypeAlias = tuple[str, list[list[Any]]]
"""A statement, and the rows it is executed with."""


class ImmediateTransaction(SqliteTransactionWrapper):
    async def begin(self) -> None:
        # A plain BEGIN that reads before it writes fails with "database is locked" at once when somebody else wrote
        # meanwhile, whatever the busy timeout; IMMEDIATE waits for its turn.
        try:
            await self._connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            raise OperationalError(error) from error

    @translate_exceptions
    async def execute_all(self, statements: Sequence[Statement]) -> None:
        """Many statements in one turn of the connection's thread: each turn of its own costs more than its rows."""
        async with self.acquire_connection() as connection:
            # aiosqlite runs only its own calls in its thread; several in one turn it does not offer.
            await connection._execute(_run_all, connection._conn, statements)  # noqa: SLF001 - see above


def _run_all(connection: sqlite3.Connection, statements: Sequence[Statement]) -> None:
    for statement, rows in statements:
        connection.executemany(statement, rows)


class ImmediateContext(SqliteTransactionContext):
    async def __aenter__(self) -> TransactionalDBClient:
        # As Tortoise's own, except when BEGIN fails: there it keeps its lock, on which every later use would wait for
        # ever, and leaves the unborn transaction in place as the task's connection.
        await self._trxlock.acquire()
        try:
            await self.ensure_connection()
            self.token = get_connections().set(self.connection_name, self.connection)
            try:
                await self.connection.begin()
            except BaseException:
                get_connections().reset(self.token)
                raise
        except BaseException:
            self._trxlock.release()
            raise
        client: TransactionalDBClient = self.connection
        return client


class HandrailSqliteClient(SqliteClient):
    async def create_connection(self, with_db: bool) -> None:
        await super().create_connection(with_db)
        if self._connection:
            # SQLite's own upper() knows ASCII only; searching for "müller" must find "MÜLLER".
            await self._connection.create_function("upper", 1, _upper, deterministic=True)

    def _in_transaction(self) -> TransactionContext:
        wrapper = cast("Any", ImmediateTransaction(self))  # Tortoise types the wrapper as a client only
        return ImmediateContext(wrapper, self._lock)


def _upper(value: object) -> object:
    return value.upper() if isinstance(value, str) else value


client_class = HandrailSqliteClient
