"""Messages in threads we may own without knowing it yet: the only events that are kept raw."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from tortoise.backends.base.client import BaseDBAsyncClient

from bridge.crashpoint import crashpoint
from bridge.domain.events import EventKey, PersonWrote
from bridge.domain.refs import Lane, MessageRef, ThreadRef
from bridge.store.database import Database
from bridge.store.delivery_models import ThreadRow
from bridge.store.delivery_rows import parked_row, to_parked
from bridge.store.models import ParkedRow
from bridge.store.strands import run
from bridge.store.writer import Tx, Writer

AT_MOST = timedelta(minutes=15)
"""After this a parked message is taken up whatever became of the root."""

_OPENING = """
    SELECT platform, place FROM outbox WHERE state = 'sending' AND strand = 'root'
    UNION
    SELECT platform, place FROM outbox WHERE state = 'unknown' AND strand = 'root'
"""


class Parked:
    def __init__(self, database: Database, writer: Writer) -> None:
        self._database = database
        self._writer = writer

    async def park(self, event: PersonWrote, now: datetime) -> bool:
        """Keep it if its thread may be ours; else False, and it leaves no row.

        It may be while a root of its lane is on its way, and it is when the thread was bound since the caller looked.
        """
        thread = event.thread
        if thread is None:
            return False

        async def job(tx: Tx) -> bool:
            if not await _known(tx.connection, thread) and thread.lane not in await _opening(tx.connection):
                return False
            row = parked_row(event, thread.lane, now)
            await ParkedRow.bulk_create([ParkedRow(**row)], ignore_conflicts=True, using_db=tx.connection)
            crashpoint("parked.before_commit")
            return True

        return await self._writer.work(job)

    async def holds_back(self, event: PersonWrote, now: datetime) -> bool:
        """Do earlier words of its thread still wait here? Then it must not overtake them.

        Words that could not be taken up for long do not silence their thread.
        """
        thread = event.thread
        if thread is None:
            return False
        with self._database.reads() as connection:
            rows = ParkedRow.filter(
                platform=thread.lane.platform, place=thread.lane.place, parked_at__gt=now - AT_MOST
            ).order_by("ord")
            waiting = [to_parked(row) for row in await rows.using_db(connection)]
        first = next((each for each in waiting if each.thread == thread), None)
        return first is not None and first.key != event.key

    async def revise(self, origin: MessageRef, text: str | None) -> bool:
        """Change words that still wait here, or take them back with None. False: they do not wait here."""
        with self._database.reads() as connection:
            if await _waiting(connection, origin) is None:
                return False

        async def job(tx: Tx) -> bool:
            row = await _waiting(tx.connection, origin)
            if row is None:
                return False
            which = ParkedRow.filter(ord=row.ord).using_db(tx.connection)
            if text is None:
                await which.delete()
            else:
                revised = parked_row(replace(to_parked(row), text=text), origin.lane, row.parked_at)
                await which.update(event=revised["event"])
            return True

        return await self._writer.work(job)

    async def ready(self, now: datetime) -> list[PersonWrote]:
        """Those whose thread is known by now, or whose lane has no root on its way any more; oldest first.

        Those that waited too long as well, whatever became of the root.
        """
        with self._database.reads() as connection:
            rows = await ParkedRow.all().order_by("ord").using_db(connection)
            if not rows:
                return []
            opening = await _opening(connection)
            known = await _bound(connection, rows)
        return [
            event
            for row, event in ((row, to_parked(row)) for row in rows)
            if event.thread in known or Lane(row.platform, row.place) not in opening or row.parked_at <= now - AT_MOST
        ]

    async def remove(self, key: EventKey) -> None:
        """It was taken up, or turned out not to be ours."""

        async def job(tx: Tx) -> None:
            await ParkedRow.filter(scope=key.scope, key=key.key).using_db(tx.connection).delete()

        await self._writer.work(job)


async def _known(connection: BaseDBAsyncClient, thread: ThreadRef) -> bool:
    which = ThreadRow.filter(platform=thread.lane.platform, place=thread.lane.place, root=thread.root)
    return await which.using_db(connection).exists()


async def _waiting(connection: BaseDBAsyncClient, origin: MessageRef) -> ParkedRow | None:
    rows = ParkedRow.filter(platform=origin.lane.platform, place=origin.lane.place).using_db(connection)
    return next((row for row in await rows if to_parked(row).origin == origin), None)


async def _bound(connection: BaseDBAsyncClient, rows: Sequence[ParkedRow]) -> set[ThreadRef]:
    threads = [thread for row in rows if (thread := to_parked(row).thread) is not None]
    which = ThreadRow.filter(root__in=[thread.root for thread in threads]).using_db(connection)
    return {ThreadRef(Lane(row.platform, row.place), row.root) for row in await which}


async def _opening(connection: BaseDBAsyncClient) -> set[Lane]:
    return {Lane(row["platform"], row["place"]) for row in await run(connection, _OPENING)}
