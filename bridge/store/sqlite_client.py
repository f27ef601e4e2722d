"""Tortoise's SQLite client with two differences: writers begin IMMEDIATE, and letters fold as in every language."""

import sqlite3
from typing import Any, cast

from tortoise.backends.base.client import TransactionalDBClient, TransactionContext
from tortoise.backends.sqlite.client import SqliteClient, SqliteTransactionContext, SqliteTransactionWrapper
from tortoise.exceptions import OperationalError


class ImmediateTransaction(SqliteTransactionWrapper):
    async def begin(self) -> None:
        # A plain BEGIN that reads before it writes fails with "database is locked" at once when somebody else wrote
        # meanwhile, whatever the busy timeout; IMMEDIATE waits for its turn.
        try:
            await self._connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            raise OperationalError(error) from error


class ImmediateContext(SqliteTransactionContext):
    async def __aenter__(self) -> TransactionalDBClient:
        try:
            return await super().__aenter__()
        except BaseException:
            # Tortoise keeps its lock when BEGIN fails; every later use of the connection would wait for ever.
            if self._trxlock.locked():
                self._trxlock.release()
            raise


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
