"""Since when a platform is out of reach, and who is connected to it.

Survives a restart, so that ladders do not count the time.
"""

from collections.abc import Mapping
from datetime import datetime

from bridge.store.database import Database
from bridge.store.models import OutageRow
from bridge.store.strands import run
from bridge.store.writer import Tx, Writer

# Stands in the row of the whole platform, which nobody leases.
_CONNECTED = """
    INSERT INTO lanes (platform, place, taken_by, lease_until, fence)
    VALUES ($1, '', $2, clock_timestamp() + $3 * interval '1 second', 0)
    ON CONFLICT (platform, place) DO UPDATE SET taken_by = EXCLUDED.taken_by, lease_until = EXCLUDED.lease_until
    RETURNING fence
"""
_ELSEWHERE = """
    SELECT platform FROM lanes WHERE place = '' AND taken_by <> $1 AND lease_until > clock_timestamp()
"""


class Outages:
    def __init__(self, database: Database, writer: Writer) -> None:
        self._database = database
        self._writer = writer

    async def begin(self, platform: str, at: datetime) -> None:
        """The first time counts; saying it again changes nothing."""

        async def job(tx: Tx) -> None:
            row = OutageRow(platform=platform, since=at)
            await OutageRow.bulk_create([row], ignore_conflicts=True, using_db=tx.connection)

        await self._writer.work(job)

    async def end(self, platform: str, at: datetime) -> datetime | None:
        """Since when it was away, to one caller only; None when it was not."""

        async def job(tx: Tx) -> datetime | None:
            row = await OutageRow.filter(platform=platform).using_db(tx.connection).select_for_update().first()
            if row is None:
                return None
            await row.delete(using_db=tx.connection)
            return min(row.since, at)

        return await self._writer.work(job)

    async def open(self) -> Mapping[str, datetime]:
        with self._database.reads() as connection:
            return {row.platform: row.since for row in await OutageRow.all().using_db(connection)}

    async def connected(self, platform: str, holder: str, seconds: float) -> None:
        """Tell the other daemons that this one is connected to the platform; it holds for so long."""

        async def job(tx: Tx) -> None:
            await run(tx.connection, _CONNECTED, [platform, holder, seconds])

        await self._writer.work(job)

    async def connected_elsewhere(self, holder: str) -> set[str]:
        """Platforms to which another daemon is connected."""
        with self._database.reads() as connection:
            return {row["platform"] for row in await run(connection, _ELSEWHERE, [holder])}
