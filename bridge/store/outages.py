"""Since when a platform is out of reach. Survives a restart, so that ladders do not count the time."""

from collections.abc import Mapping
from datetime import datetime

from bridge.store.database import Database
from bridge.store.models import OutageRow
from bridge.store.writer import Tx, Writer


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
