"""How far each open thread was read back, and who stands in it by our records."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from tortoise.expressions import Q, Subquery

from bridge.domain.refs import Lane, ThreadRef
from bridge.domain.ticket import TicketState
from bridge.domain.words import Author, WordsState
from bridge.store.database import Database
from bridge.store.delivery_models import ThreadRow
from bridge.store.models import MessageRow, TicketRow
from bridge.store.writer import Tx, Writer

GONE = (WordsState.UNSENT.value, WordsState.DELETED.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenThread:
    """An open ticket's thread. `read_to` is its root's id while nothing was read back."""

    thread: ThreadRef
    read_to: str
    read_at: datetime | None
    standing: frozenset[str] = field(default_factory=frozenset)
    """Ids of the members' messages in it that nobody took back."""


class Watermarks:
    def __init__(self, database: Database, writer: Writer) -> None:
        self._database = database
        self._writer = writer

    async def unread_since(self, platform: str, moment: datetime) -> list[OpenThread]:
        """Threads in which open tickets live there and that were not read back since; the longest unread first."""
        with self._database.reads() as connection:
            open_ones = TicketRow.exclude(state=TicketState.CLOSED.value).values("id")
            unread = Q(read_at__isnull=True) | Q(read_at__lt=moment)
            which = ThreadRow.filter(unread, platform=platform, owning=True, ticket__in=Subquery(open_ones))
            rows = await which.using_db(connection)
            written = MessageRow.filter(origin_platform=platform, author=Author.MEMBER.value).exclude(state__in=GONE)
            tickets = Subquery(TicketRow.exclude(state=TicketState.CLOSED.value).values("id"))
            found = (
                await written.filter(ticket__in=tickets)
                .using_db(connection)
                .values_list("origin_place", "origin_thread", "origin_message")
            )
        standing: dict[tuple[str, str], set[str]] = defaultdict(set)
        for place, root, message in found:
            standing[str(place), str(root)].add(str(message))
        rows.sort(key=lambda row: (row.read_at is not None, row.read_at or moment, row.ord))
        return [
            OpenThread(
                thread=ThreadRef(Lane(row.platform, row.place), row.root),
                read_to=row.read_to or row.root,
                read_at=row.read_at,
                standing=frozenset(standing.get((row.place, row.root), ())),
            )
            for row in rows
        ]

    async def move(self, read: Mapping[ThreadRef, str], at: datetime) -> None:
        """These were read back completely up to those messages, by a backfill that began then."""
        if not read:
            return

        async def job(tx: Tx) -> None:
            for thread, read_to in read.items():
                lane = thread.lane
                which = ThreadRow.filter(platform=lane.platform, place=lane.place, root=thread.root)
                await which.using_db(tx.connection).update(read_to=read_to, read_at=at)

        await self._writer.work(job)
