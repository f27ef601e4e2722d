"""Tortoise's asyncpg client, except where a transaction cannot begin, or its end stays unknown."""

import asyncpg  # type: ignore[import-untyped]  # it ships no types
from tortoise.backends.asyncpg.client import AsyncpgDBClient, TransactionWrapper
from tortoise.backends.base.client import TransactionalDBClient, TransactionContext, TransactionContextPooled
from tortoise.connection import get_connections
from tortoise.exceptions import OperationalError

NOT_MADE = (asyncpg.SerializationError, asyncpg.DeadlockDetectedError, asyncpg.IntegrityConstraintViolationError)
"""What PostgreSQL answers to a COMMIT that it surely did not carry out."""


class CommitInDoubtError(OperationalError):
    """COMMIT was sent, and its answer never came."""


class ReturningContext(TransactionContextPooled):
    async def __aenter__(self) -> TransactionalDBClient:
        try:
            return await super().__aenter__()
        except BaseException:
            # Tortoise keeps the connection when BEGIN fails, so that each broken one shrinks the pool for good, and
            # leaves the unborn transaction in place as the task's connection.
            get_connections().reset(getattr(self, "token", None))
            pool, connection = self.client._parent._pool, self.client._connection  # noqa: SLF001 - no public name
            if pool is not None and connection is not None:
                await pool.release(connection)
            raise

    async def __aexit__(self, exc_type: object, exc_val: object, exc_tb: object) -> None:
        try:
            await super().__aexit__(exc_type, exc_val, exc_tb)
        except NOT_MADE:
            raise
        except Exception as error:
            if exc_type is not None:
                raise
            raise CommitInDoubtError(error) from error


class HandrailPostgresClient(AsyncpgDBClient):
    def _in_transaction(self) -> TransactionContext:
        return ReturningContext(TransactionWrapper(self), self._pool_init_lock)


client_class = HandrailPostgresClient
