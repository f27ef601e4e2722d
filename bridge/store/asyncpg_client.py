"""Tortoise's asyncpg client, except that a transaction that cannot begin leaves nothing behind."""

from tortoise.backends.asyncpg.client import AsyncpgDBClient, TransactionWrapper
from tortoise.backends.base.client import TransactionalDBClient, TransactionContext, TransactionContextPooled
from tortoise.connection import get_connections


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


class HandrailPostgresClient(AsyncpgDBClient):
    def _in_transaction(self) -> TransactionContext:
        return ReturningContext(TransactionWrapper(self), self._pool_init_lock)


client_class = HandrailPostgresClient
