"""What the store remembers of a delivery's outcome: threads, posts, and the change that follows."""

from collections.abc import Callable
from dataclasses import replace
from typing import TypeAlias

import structlog

from bridge.domain.change import Change
from bridge.domain.deliveries import (
    Digest,
    OpenThread,
    OpenWatch,
    Posted,
    PostHistory,
    PostLine,
    Remind,
    RetractWords,
    Taken,
)
from bridge.domain.refs import MessageId, ThreadRef, TicketId
from bridge.domain.ticket import Ticket
from bridge.store.asks import Situation
from bridge.store.delivery_models import DeliveryRow, LaneRow, PostRow
from bridge.store.messages import FILE_PART
from bridge.store.threads import bind
from bridge.store.writer import Tx

log = structlog.get_logger(__name__)

After: TypeAlias = Callable[[Situation], Change | None]
"""What follows from an outcome; pure."""


def follow(after: After, situation: Situation, taken: Taken) -> Change | None:
    try:
        return after(situation)
    except Exception:
        # What happened on the platform is a fact: it is recorded even if what follows cannot be worked out.
        log.exception("after_failed", delivery=taken.id)
        return None


async def message_of(tx: Tx, taken: Taken) -> MessageId | None:
    """The message a delivery is about; for a callback the one its feed row names."""
    row = await DeliveryRow.filter(id=taken.id).only("ord", "message").using_db(tx.connection).first()
    return MessageId(row.message) if row and row.message else None


async def note(tx: Tx, taken: Taken, posted: Posted) -> None:
    """Remember what now exists on the platform."""
    lane, ticket = taken.delivery.lane, taken.delivery.ticket
    match taken.delivery.content:
        case OpenThread() if posted.thread is not None and ticket is not None:
            await _bind(tx, ThreadRef(lane, posted.thread), ticket)
        case OpenWatch() if posted.message is not None and ticket is not None:
            await bind(tx.connection, ThreadRef(lane, posted.message.message), ticket, owning=False, watching=True)
        case RetractWords(message=message):
            which = PostRow.filter(message=message, platform=lane.platform, place=lane.place)
            await which.using_db(tx.connection).delete()
        case Digest() if posted.message is not None:
            row = LaneRow(platform=lane.platform, place=lane.place, digest_message=posted.message.message)
            key, update = ("platform", "place"), ("digest_message",)
            await LaneRow.bulk_create([row], on_conflict=key, update_fields=update, using_db=tx.connection)
        case PostLine(code="erased"):
            pass  # it stays when the others go
        case PostHistory() | PostLine(message=None) | Remind() if posted.message is not None and ticket is not None:
            # They may hold the user's words or name and are about no message: found again under their ticket.
            await _remember(tx, taken, MessageId(ticket), posted)
        case _ if posted.message is not None and (shown := await message_of(tx, taken)) is not None:
            await _remember(tx, taken, shown, posted)
        case _:
            pass


async def _bind(tx: Tx, thread: ThreadRef, ticket_id: TicketId) -> None:
    ticket = await tx.ticket(ticket_id)
    if ticket is None:
        return
    # A ticket may have been rerouted while this root was on its way: then its thread is not the one it lives in.
    owning = _lives_in(ticket, thread)
    await bind(tx.connection, thread, ticket_id, owning=owning)
    if owning:
        tx.put(replace(ticket, thread=thread))


def _lives_in(ticket: Ticket, thread: ThreadRef) -> bool:
    return thread.lane == ticket.policy.lane


async def _remember(tx: Tx, taken: Taken, message: MessageId, posted: Posted) -> None:
    ref = posted.message
    if ref is None:
        return
    content = taken.delivery.content
    part = FILE_PART if getattr(content, "file", None) is not None else getattr(content, "part", 0)
    row = PostRow(
        message=message,
        part=part,
        platform=ref.lane.platform,
        place=ref.lane.place,
        thread=ref.thread,
        post=ref.message,
    )
    key, update = ("platform", "place", "post"), ("message", "part", "thread")
    await PostRow.bulk_create([row], on_conflict=key, update_fields=update, using_db=tx.connection)
