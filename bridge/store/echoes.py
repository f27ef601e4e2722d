"""What the platform itself tells of our posts: a second way to learn of one whose answer was lost."""

from enum import StrEnum
from typing import Final

from tortoise.backends.base.client import BaseDBAsyncClient

from bridge.domain.change import Change
from bridge.domain.deliveries import Delivery, DeliveryState, RetractWords, Strand, Urgency
from bridge.domain.refs import DeliveryId, Lane, MessageId, TicketId
from bridge.store.database import Database
from bridge.store.delivery_models import DeliveryRow, PostRow, ThreadRow
from bridge.store.writer import Tx, Writer

KEPT_TRACK_OF: Final = frozenset({"OpenThread", "OpenWatch", "PostWords", "PostHistory", "Remind"})
"""Kinds of deliveries whose post is always remembered: one of them that is not known is a second one."""
DOUBLE: Final = "double "


class Echo(StrEnum):
    """What a post turned out to be."""

    KNOWN = "known"
    """It is remembered, or none of ours, or being sent or looked up at this moment."""
    ADOPTED = "adopted"
    DOUBLE = "double"


def is_double(message: MessageId) -> bool:
    """Is that what a second post is taken back under?"""
    return message.startswith(DOUBLE)


class Echoes:
    def __init__(self, database: Database, writer: Writer) -> None:
        self._database = database
        self._writer = writer

    async def heard(self, delivery: DeliveryId, lane: Lane, post: str) -> Echo:
        """A post with this delivery's key stands there."""
        with self._database.reads() as connection:
            if await _meaning(connection, delivery, lane, post) is Echo.KNOWN:
                return Echo.KNOWN

        async def job(tx: Tx) -> Echo:
            row = await _row(tx.connection, delivery, lane)
            ticket = await tx.ticket(TicketId(row.ticket)) if row is not None and row.ticket else None
            meaning = await _meaning(tx.connection, delivery, lane, post)
            if meaning is Echo.ADOPTED:
                which = DeliveryRow.filter(id=delivery).using_db(tx.connection)
                # One that was about to be sent again is in doubt once more: a look ends it.
                await which.update(seen=post, not_before=None, state=DeliveryState.UNKNOWN.value, unknown=1)
                tx.wake(lane)
            if meaning is Echo.DOUBLE and ticket is not None:
                name = MessageId(f"{DOUBLE}{post}"[:64])
                known = PostRow(message=name, platform=lane.platform, place=lane.place, post=post)
                await PostRow.bulk_create([known], ignore_conflicts=True, using_db=tx.connection)
                away = Delivery(
                    lane=lane, content=RetractWords(name), strand=Strand.MARKS, urgency=Urgency.WORDS, ticket=ticket.id
                )
                await tx.apply(Change(ticket=ticket, code="double", deliveries=(away,)))
            return meaning

        return await self._writer.work(job)

    async def seen(self, delivery: DeliveryId) -> str | None:
        """The post the platform told of, while its outcome is unknown to us."""
        with self._database.reads() as connection:
            row = await DeliveryRow.filter(id=delivery).only("ord", "seen").using_db(connection).first()
            return row.seen if row is not None else None


async def _row(connection: BaseDBAsyncClient, delivery: DeliveryId, lane: Lane) -> DeliveryRow | None:
    which = DeliveryRow.filter(id=delivery, platform=lane.platform, place=lane.place)
    return await which.using_db(connection).first()


async def _meaning(connection: BaseDBAsyncClient, delivery: DeliveryId, lane: Lane, post: str) -> Echo:
    row = await _row(connection, delivery, lane)
    if row is None:
        return Echo.KNOWN
    again = row.state == DeliveryState.READY.value and row.attempts > 0
    if row.state == DeliveryState.UNKNOWN.value or again:
        return Echo.KNOWN if row.seen is not None else Echo.ADOPTED
    if row.state != DeliveryState.DONE.value or row.what not in KEPT_TRACK_OF:
        return Echo.KNOWN
    threads = ThreadRow.filter(platform=lane.platform, place=lane.place, root=post)
    posts = PostRow.filter(platform=lane.platform, place=lane.place, post=post)
    if await threads.using_db(connection).exists() or await posts.using_db(connection).exists():
        return Echo.KNOWN
    return Echo.DOUBLE
