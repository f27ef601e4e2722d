"""What is not kept for ever: words of tickets that were closed long ago, rows that only served their delivery."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from functools import partial

from bridge.domain.erasing import outlive
from bridge.domain.fanout.replies import REPLY
from bridge.domain.refs import TicketId, UserId
from bridge.domain.words import WordsState
from bridge.store.claims import moment
from bridge.store.database import Database
from bridge.store.delivery_models import DeliveryRow
from bridge.store.files import Files
from bridge.store.keeping_models import FileRow
from bridge.store.models import FeedEntryRow, MessageRow, PolicyRow, UserRow
from bridge.store.policies import Policies
from bridge.store.strands import run
from bridge.store.writer import Tx, Writer

AT_ONCE = 50
"""Tickets emptied in one transaction: whoever escalates meanwhile waits for no more than that."""
PAGE = 500

# The state stands in the text: SQLite takes the partial index only for a value it can see.
_DUE = """
    SELECT id FROM tickets WHERE state = 'closed' AND policy = $1 AND emptied IS NULL AND closed_at <= $2
    ORDER BY closed_at LIMIT $3
"""
_BLANK = """
    UPDATE messages SET text = '', body = '[]', state = 'deleted', failure = NULL
    WHERE ticket IN ({places}) AND kind <> 'brief'
"""
_POSTS = """
    DELETE FROM posts WHERE message IN ({places})
        OR message IN (SELECT id FROM messages WHERE ticket IN ({places}))
"""
_OUTBOX = "DELETE FROM outbox WHERE ticket IN ({places}) AND live = 0"
_MARK = "UPDATE tickets SET emptied = 1 WHERE id IN ({places})"
_FADE = """
    UPDATE users SET name = NULL, locale = NULL, timezone = NULL, avatar_url = NULL, email = NULL
    WHERE id IN ({places})
        AND NOT EXISTS (SELECT 1 FROM tickets WHERE tickets."user" = users.id AND tickets.emptied IS NULL)
"""
_DELIVERED = """
    SELECT o.ord AS ord, o.created_at AS created_at,
        CASE WHEN o.live = 0 AND o.state IN ('done', 'withdrawn') AND (
            (t.id IS NULL AND o.finished_at < $2) OR (t.state = 'closed' AND t.closed_at < $2)
        ) THEN 1 ELSE 0 END AS over
    FROM outbox o LEFT JOIN tickets t ON t.id = o.ticket WHERE o.ord > $1 ORDER BY o.ord LIMIT $3
"""
_STILL_TOLD = "SELECT id FROM outbox WHERE live = 1 AND id IN ({places})"
_FORGOTTEN = "UPDATE bots SET forgotten = $2 WHERE name = $1 AND (forgotten IS NULL OR forgotten < $2)"


class Retention:
    def __init__(self, database: Database, writer: Writer, policies: Policies, files: Files) -> None:
        self._database = database
        self._writer = writer
        self._policies = policies
        self._files = files

    async def due(self, now: datetime, limit: int = AT_ONCE) -> list[TicketId]:
        """Closed tickets that were kept as long as their routes say, oldest first within a route."""
        found: list[TicketId] = []
        with self._database.reads() as connection:
            digests = await PolicyRow.all().using_db(connection).values_list("digest", flat=True)
            policies = await self._policies.fetch([str(digest) for digest in digests], connection)
            for digest, policy in policies.items():
                if len(found) < limit:
                    rows = await run(connection, _DUE, [digest, now - policy.retain, limit - len(found)])
                    found += [TicketId(row["id"]) for row in rows]
        return found

    async def empty(self, tickets: Sequence[TicketId], now: datetime) -> int:
        """Remove the words of those whose time has come; how many there were. What is done already is left alone."""
        names, files = await self._writer.work(partial(_empty, tickets, now), alone=True)
        if files:
            await self._files.let_go(files)
        return len(names)

    async def forget_delivered(self, before: datetime) -> int:
        """Forget deliveries that ended and whose tickets were closed before then; how many there were."""
        forgotten, place = 0, 0
        while True:
            with self._database.reads() as connection:
                rows = await run(connection, _DELIVERED, [place, before, PAGE])
            over = [row["ord"] for row in rows if row["over"]]
            if over:
                forgotten += await self._writer.work(partial(_forget_delivered, over))
            if len(rows) < PAGE or _is_young(rows[-1], before):
                return forgotten
            place = rows[-1]["ord"]

    async def forget_told(self, before: datetime) -> int:
        """Forget what bots were told before then, but for replies that have not arrived; how many there were."""
        forgotten, place = 0, ""
        while True:
            with self._database.reads() as connection:
                which = FeedEntryRow.filter(id__gt=place).order_by("id").limit(PAGE).using_db(connection)
                rows = await which
                old = [row for row in rows if datetime.fromisoformat(row.body["at"]) < before]
                waits = await self._waits([row.body["message"] for row in old if row.body["type"] == REPLY])
                names = [row.id for row in old if row.body["message"] not in waits]
                live = {row["id"] for row in await run(connection, _in(_STILL_TOLD, names), names)} if names else set()
            gone = [row for row in old if row.id in set(names) - live]
            if gone:
                upto: dict[str, int] = {}
                for row in gone:
                    upto[row.bot] = max(upto.get(row.bot, 0), row.cursor)
                forgotten += await self._writer.work(partial(_forget_told, [row.id for row in gone], upto))
            if len(rows) < PAGE or not old:
                return forgotten
            place = rows[-1].id

    async def _waits(self, messages: Sequence[str]) -> Collection[str | None]:
        """Of these replies those that are still on their way to their bot."""
        with self._database.reads() as connection:
            states = [WordsState.SENDING.value, WordsState.STALE.value]
            rows = MessageRow.filter(id__in=[name for name in messages if name], state__in=states)
            return {row.id for row in await rows.only("ord", "id").using_db(connection)} if messages else ()


async def _empty(tickets: Sequence[TicketId], now: datetime, tx: Tx) -> tuple[list[TicketId], list[str]]:
    changes = [change for each in await tx.tickets(set(tickets)) if (change := outlive(each, now)) is not None]
    names = [change.ticket.id for change in changes]
    if not names:
        return [], []
    for sql in (_BLANK, _POSTS, _OUTBOX, _MARK):
        await run(tx.connection, _in(sql, names), names)
    kept = await FileRow.filter(ticket__in=names).using_db(tx.connection).values_list("id", flat=True)
    files = [str(name) for name in kept]
    await FileRow.filter(id__in=files).using_db(tx.connection).delete()
    await _fade(tx, sorted({change.ticket.user for change in changes}))
    for change in changes:
        await tx.apply(change)
    return names, files


async def _fade(tx: Tx, users: Sequence[UserId]) -> None:
    """Who they are goes with the last of their words. Locked first: somebody may escalate for them right now."""
    await UserRow.filter(id__in=list(users)).order_by("id").using_db(tx.connection).select_for_update()
    await run(tx.connection, _in(_FADE, users), users)


async def _forget_delivered(rows: Sequence[int], tx: Tx) -> int:
    return await DeliveryRow.filter(ord__in=list(rows), live=0).using_db(tx.connection).delete()


async def _forget_told(rows: Sequence[str], upto: Mapping[str, int], tx: Tx) -> int:
    gone = await FeedEntryRow.filter(id__in=list(rows)).using_db(tx.connection).delete()
    for bot in sorted(upto):
        await run(tx.connection, _FORGOTTEN, [bot, upto[bot]])
    return gone


def _is_young(row: Mapping[str, object], before: datetime) -> bool:
    at = moment(row["created_at"])
    return at is not None and at >= before


def _in(sql: str, names: Sequence[object]) -> str:
    return sql.replace("{places}", ", ".join(f"${index}" for index in range(1, len(names) + 1)))
