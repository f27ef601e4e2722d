"""A commit whose answer never came: looked up, so that nothing is lost and nothing is done twice.

Each process counts its commits in a row of its own, inside the transaction. On another connection that row tells
whether the one in doubt was made; asking waits for the lock it may still hold.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from tortoise.backends.base.client import BaseDBAsyncClient

from bridge.domain.errors import StoreUnsure
from bridge.domain.refs import new_id
from bridge.store.asyncpg_client import CommitInDoubtError
from bridge.store.bulk import Bulk
from bridge.store.database import Database, is_trouble
from bridge.store.models import CounterRow
from bridge.store.now import Now
from bridge.store.strands import run

AGAIN_AFTER: Final = 0.1
GIVE_UP_AFTER: Final = 4.0
"""Seconds a database may be away before a commit in doubt is given up: its callers then ask again by their keys."""
KEPT: Final = 24 * 3600 * 1_000_000

# Touches nothing, but waits for the lock of a transaction that is still being ended, also of the first one.
_LOOK = """
    INSERT INTO counters (name, value) VALUES ($1, 0) ON CONFLICT (name) DO UPDATE SET value = counters.value
    RETURNING value
"""
_FORGET = "DELETE FROM counters WHERE name LIKE 'commits of %' AND value < $1 RETURNING name"


class Doubts:
    """One per writer on PostgreSQL; SQLite answers a commit in the same process or not at all."""

    def __init__(self, database: Database, clock: Now) -> None:
        self._database = database
        self._clock = clock
        self._name = f"commits of {new_id('own')}"
        self._number = 0

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[BaseDBAsyncClient]:
        """The writer's transaction, which ends well also when only the answer to its commit was lost.

        Raises: CommitInDoubtError when it was surely not made, StoreUnsure when that cannot be told.
        """
        try:
            async with self._database.transaction() as connection:
                yield connection
        except CommitInDoubtError:
            if not await self._was_made():
                raise

    async def mark(self, bulk: Bulk) -> None:
        """Count the commit that is about to be made; the first one forgets processes that ended long ago."""
        # Microseconds, so that rows nobody writes any more can be told from young ones.
        now = int(self._clock.now().timestamp() * 1_000_000)
        if self._number == 0:
            await run(bulk.connection, _FORGET, [now - KEPT])
        self._number = max(self._number + 1, now)
        bulk.upsert(CounterRow, [{"name": self._name, "value": self._number}], ("name",))

    async def _was_made(self) -> bool:
        loop = asyncio.get_running_loop()
        ends = loop.time() + GIVE_UP_AFTER
        while True:
            try:
                with self._database.writes() as connection:
                    rows = await run(connection, _LOOK, [self._name])
                return bool(rows[0]["value"] == self._number)
            except Exception as error:
                if not is_trouble(error):
                    raise
                if loop.time() > ends:
                    raise StoreUnsure("the database went away during a commit; ask again by the same key") from error
                await asyncio.sleep(AGAIN_AFTER)
