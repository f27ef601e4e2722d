"""Forgets what is kept only for a while. Called by a sweep, so a little late is early enough."""

from datetime import datetime
from functools import partial

from tortoise.expressions import Q

from bridge.store.database import Database
from bridge.store.models import EventKeyRow, InviteRow, SessionRow
from bridge.store.sessions import AT_MOST, IDLE
from bridge.store.writer import Tx, Writer

AT_ONCE = 1000
"""Rows deleted in one batch: whoever escalates meanwhile waits for no more than that."""


class Purge:
    def __init__(self, database: Database, writer: Writer) -> None:
        self._database = database
        self._writer = writer

    async def event_keys(self, before: datetime, *, at_once: int = AT_ONCE) -> int:
        """Forget answers given before then: a call repeated later counts as a new one. How many there were."""
        forgotten = 0
        while old := await self._keys_before(before, at_once):
            await self._writer.work(partial(_forget_keys, old))
            forgotten += len(old)
        return forgotten

    async def sessions(self, now: datetime) -> int:
        """Forget sessions and sign-in links that no longer work; how many sessions there were."""

        async def job(tx: Tx) -> int:
            await InviteRow.filter(expires_at__lte=now).using_db(tx.connection).delete()
            over = Q(seen_at__lte=now - IDLE) | Q(created_at__lte=now - AT_MOST)
            return await SessionRow.filter(over).using_db(tx.connection).delete()

        return await self._writer.work(job)

    async def _keys_before(self, before: datetime, most: int) -> list[int]:
        with self._database.reads() as connection:
            old = EventKeyRow.filter(created_at__lt=before).order_by("created_at").limit(most).using_db(connection)
            return [row.ord for row in await old.only("ord")]


async def _forget_keys(rows: list[int], tx: Tx) -> None:
    await EventKeyRow.filter(ord__in=rows).using_db(tx.connection).delete()
