"""Reading messages, and which posts of ours show them."""

from typing import Final

from tortoise.expressions import Q

from bridge.domain.deliveries import DeliveryState, Mark, MarkKind
from bridge.domain.refs import DeliveryId, Lane, MessageId, MessageRef, TicketId
from bridge.domain.words import Message
from bridge.store.database import Database
from bridge.store.delivery_models import DeliveryRow, PostRow
from bridge.store.models import MessageRow
from bridge.store.rows import BRIEF, to_message

FILE_PART: Final = 1000
"""The part of a post that shows a single file; words have never as many."""


class Messages:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, message: MessageId) -> Message | None:
        return await self._one(Q(id=message))

    async def by_origin(self, ref: MessageRef) -> Message | None:
        """What a member wrote there."""
        return await self._one(
            Q(origin_platform=ref.lane.platform, origin_place=ref.lane.place, origin_message=ref.message)
        )

    async def by_external(self, ticket: TicketId, external_id: str) -> Message | None:
        """By the bot's own id of it."""
        return await self._one(Q(ticket=ticket, external_id=external_id))

    async def _one(self, which: Q) -> Message | None:
        with self._database.reads() as connection:
            row = await MessageRow.filter(which).exclude(kind=BRIEF).using_db(connection).first()
            return to_message(row) if row else None

    async def of(self, ticket: TicketId) -> list[Message]:
        """All of a ticket, in the order of arrival."""
        with self._database.reads() as connection:
            rows = MessageRow.filter(ticket=ticket).exclude(kind=BRIEF).order_by("ord").using_db(connection)
            return [to_message(row) for row in await rows]

    async def shown(self, message: MessageId, lane: Lane, *, words_only: bool = False) -> list[MessageRef]:
        """Our posts in this lane that show or ask about the message, its parts in order.

        With `words_only` without those of files that came later.
        """
        with self._database.reads() as connection:
            which = PostRow.filter(message=message, platform=lane.platform, place=lane.place)
            which = which.filter(part__lt=FILE_PART) if words_only else which
            rows = await which.order_by("part", "ord").using_db(connection)
            return [MessageRef(lane, row.thread, row.post) for row in rows]

    async def marks(self, message: MessageId, lane: Lane, *, but: DeliveryId) -> frozenset[MarkKind]:
        """Marks of ours that may stand on a member's message, as far as deliveries other than `but` tell."""
        with self._database.reads() as connection:
            which = DeliveryRow.filter(message=message, what=Mark.__name__, platform=lane.platform, place=lane.place)
            rows = await which.exclude(id=but).filter(attempts__gt=0).order_by("ord").using_db(connection)
        standing: set[MarkKind] = set()
        for row in rows:
            mark = MarkKind(row.content["mark"])
            if row.state == DeliveryState.DONE.value:
                standing.clear()
            if mark is not MarkKind.NONE:
                standing.add(mark)
        return frozenset(standing)
