"""What each bot is told, in the order of its cursor; the words are filled in when it is read."""

from collections.abc import Sequence

from tortoise.backends.base.client import BaseDBAsyncClient

from bridge.domain.fanout.replies import REPLY
from bridge.domain.refs import BotName, MessageId, TicketId, ToldId
from bridge.domain.views import FilledRow
from bridge.domain.words import Message, WordsKind, WordsState
from bridge.store.callbacks import withheld
from bridge.store.database import Database
from bridge.store.handed import hand_over
from bridge.store.models import BotRow, FeedEntryRow, MessageRow, TicketRow, UserRow
from bridge.store.rows import BRIEF, to_brief, to_feed, to_message, to_user
from bridge.store.threads import owned
from bridge.store.writer import Tx, Writer

OPENED = "ticket.opened"
CLOSED = "ticket.closed"
PAGE = 500


class Feed:
    def __init__(self, database: Database, writer: Writer) -> None:
        self._database = database
        self._writer = writer

    async def after(self, bot: BotName, cursor: int, limit: int) -> list[FilledRow]:
        """The rows that follow `cursor`; 0 begins at the first one kept."""
        place = min(max(cursor, 0), 2**62)
        with self._database.reads() as connection:
            while True:
                which = FeedEntryRow.filter(bot=bot, cursor__gt=place).order_by("cursor")
                rows = await which.limit(min(limit, PAGE)).using_db(connection)
                kept = await withheld(connection, {TicketId(row.ticket) for row in rows})
                found = await _filled([row for row in rows if row.id not in kept], connection)
                told = [filled for filled in found if not _taken_back(filled)]
                if told or not rows:
                    return told
                place = rows[-1].cursor

    async def hand_over(self, page: Sequence[FilledRow]) -> bool:
        """Before a poll is answered: from now on its bot may have these replies. False: read the page again."""
        sending = [each.row for each in page if each.row.type == REPLY and _on_its_way(each)]
        if not sending:
            return True
        told = [row.id for row in sending]

        async def job(tx: Tx) -> bool:
            return await hand_over(tx.connection, told)

        return await self._writer.work(job, [row.ticket.id for row in sending], alone=True)

    async def get(self, told: ToldId) -> FilledRow | None:
        with self._database.reads() as connection:
            found = await _filled(await FeedEntryRow.filter(id=told).using_db(connection), connection)
            return found[0] if found else None

    async def on_their_way(self, bot: BotName, after: int, upto: int) -> list[tuple[TicketId, MessageId]]:
        """Replies told in the rows after `after` up to `upto` whose arrival nobody has confirmed yet."""
        with self._database.reads() as connection:
            which = FeedEntryRow.filter(bot=bot, cursor__gt=after, cursor__lte=upto)
            found = await which.using_db(connection)
            kept = await withheld(connection, {TicketId(row.ticket) for row in found})
            rows = [to_feed(row) for row in found if row.id not in kept]
            told = {row.message: row.ticket.id for row in rows if row.type == REPLY and row.message is not None}
            sending = MessageRow.filter(id__in=list(told), state=WordsState.SENDING.value).using_db(connection)
            names = [MessageId(row.id) for row in await sending] if told else []
            return [(told[name], name) for name in names]

    async def forgotten(self, bot: BotName) -> int:
        """The last cursor whose row is no longer kept; 0 while all are."""
        with self._database.reads() as connection:
            row = await BotRow.filter(name=bot).using_db(connection).first()
            return (row.forgotten or 0) if row else 0

    async def latest(self, bot: BotName) -> int:
        """The cursor of the last row; 0 when there is none."""
        with self._database.reads() as connection:
            row = await BotRow.filter(name=bot).using_db(connection).first()
            return row.cursor if row else 0


def _on_its_way(filled: FilledRow) -> bool:
    return filled.message is not None and filled.message.state is WordsState.SENDING


def _taken_back(filled: FilledRow) -> bool:
    """About a reply its writer gave up before the bot had it, or one of which it only needs to know that it is gone."""
    if filled.message is None:
        return False
    kept = filled.message.state is WordsState.INSIDE and filled.row.type != "message.deleted"
    return kept or filled.message.state is WordsState.UNSENT


async def _filled(rows: Sequence[FeedEntryRow], connection: BaseDBAsyncClient) -> list[FilledRow]:
    if not rows:
        return []
    told = [to_feed(row) for row in rows]
    tickets = list({one.ticket.id for one in told})
    closed = {one.ticket.id for one in told if one.type == CLOSED}
    owners = await TicketRow.filter(id__in=tickets).using_db(connection).values_list("id", "user")
    user_of = {TicketId(ticket): user for ticket, user in owners}
    found = await UserRow.filter(id__in=list(set(user_of.values()))).using_db(connection)
    users = {row.id: to_user(row) for row in found}
    briefs = await MessageRow.filter(ticket__in=tickets, kind=BRIEF).using_db(connection)
    brief_of = {TicketId(row.ticket): to_brief(row) for row in briefs}
    names = list({one.message for one in told if one.message is not None})
    words = await MessageRow.filter(id__in=names).using_db(connection) if names else []
    messages = {row.id: to_message(row) for row in words}
    transcripts = await _transcripts(closed, connection)
    threads = await owned({one.ticket.id for one in told if one.type == OPENED}, connection)
    return [
        FilledRow(
            row=one,
            user=users[user_of[one.ticket.id]],
            brief=brief_of[one.ticket.id],
            message=messages.get(one.message) if one.message else None,
            transcript=tuple(transcripts.get(one.ticket.id, ())) if one.type == CLOSED else (),
            thread=threads.get(one.ticket.id) if one.type == OPENED else None,
        )
        for one in told
        if one.ticket.id in brief_of and user_of.get(one.ticket.id) in users
    ]


async def _transcripts(tickets: set[TicketId], connection: BaseDBAsyncClient) -> dict[TicketId, list[Message]]:
    """What user and members said to each other since the handoff."""
    found: dict[TicketId, list[Message]] = {}
    if tickets:
        between = [WordsKind.USER.value, WordsKind.REPLY.value]
        which = MessageRow.filter(ticket__in=list(tickets), kind__in=between).order_by("ord")
        for row in await which.using_db(connection):
            found.setdefault(TicketId(row.ticket), []).append(to_message(row))
    return found
