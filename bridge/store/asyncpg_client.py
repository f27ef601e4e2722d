"""Tortoise's asyncpg client, except where a transaction cannot begin, or its end stays unknown."""

import contextlib
from types import TracebackType
from typing import Any

import asyncpg  # type: ignore[import-untyped]  # it ships no types
from tortoise.backends.asyncpg.client import AsyncpgDBClient, TransactionWrapper
from tortoise.backends.base.client import TransactionalDBClient, TransactionContext, TransactionContextPooled
from tortoise.connection import get_connections
from tortoise.exceptions import OperationalError, TransactionManagementError

NOT_MADE = (asyncpg.SerializationError, asyncpg.DeadlockDetectedError, asyncpg.IntegrityConstraintViolationError)
"""What PostgreSQL answers to a COMMIT that it surely did not carry out."""

BROKEN = (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, OSError)


class CommitInDoubtError(OperationalError):
    """COMMIT was sent, and its answer never came."""


class ReturningContext(TransactionContextPooled):
    """Whatever breaks, the connection goes back and the task no longer has this transaction as its connection.

    Tortoise keeps both when BEGIN fails, or when the pool finds the connection broken as it takes it back: then every
    later transaction of the same task would be begun on that dead connection, for ever.
    """

    async def __aenter__(self) -> TransactionalDBClient:
        try:
            return await super().__aenter__()
        except BaseException:
            await self._give_back()
            raise

    async def __aexit__(
        self, exc_type: type[BaseException] | None, exc_val: BaseException | None, exc_tb: TracebackType | None
    ) -> None:
        try:
            if exc_type is None:
                await self.client.commit()
            elif exc_type is not TransactionManagementError:
                await self.client.rollback()
        except NOT_MADE:
            raise
        except Exception as error:
            if exc_type is not None:
                raise
            raise CommitInDoubtError(error) from error
        finally:
            await self._give_back()

    async def _give_back(self) -> None:
        token = getattr(self, "token", None)
        if token is not None:
            get_connections().reset(token)
        pool, connection = self.client._parent._pool, self.client._connection  # noqa: SLF001 - no public name
        if pool is not None and connection is not None:
            # The pool ends a connection that it cannot take back, and says so; the place in the pool is free then.
            with contextlib.suppress(*BROKEN):
                await pool.release(connection)


class HandrailPostgresClient(AsyncpgDBClient):
    async def create_pool(self, **options: Any) -> asyncpg.Pool:
        return await super().create_pool(reset=_as_it_is, **options)

    def _in_transaction(self) -> TransactionContext:
        return ReturningContext(TransactionWrapper(self), self._pool_init_lock)


async def _as_it_is(_connection: asyncpg.Connection) -> None:
    """What a connection is given back with: asyncpg ends an open transaction, and nothing of ours changes a session.

    Its usual way asks the server once more after every query.
    """


client_class = HandrailPostgresClient
