"""A bot that polls tells by its cursor what has arrived; for one with an address the callback's answer does."""

import asyncio

from bridge.desk.asking import hears, ticket_of
from bridge.desk.room import Room
from bridge.domain.change import Change
from bridge.domain.events import FeedRead, ReplyTooOld
from bridge.domain.fanout import accepted
from bridge.domain.fanout.replies import gone_stale
from bridge.domain.refs import MessageId, TicketId
from bridge.store.asks import Ask, ByTicket, Situation

LOOKS_BACK = 2000
"""Rows before a bot's first poll of this process: what it had fetched, but not yet confirmed, when we stopped."""


async def read(room: Room, event: FeedRead) -> None:
    """Replies up to the cursor have reached the bot: their writers see it."""
    if hears(room, event.bot):
        return
    known = room.feeds_read.get(event.bot)
    if known is not None and event.cursor <= known:
        return
    # A cursor from nowhere confirms what was told so far and nothing that is still to come.
    cursor = min(event.cursor, await room.store.feed.latest(event.bot))
    begin = max(0, cursor - LOOKS_BACK) if known is None else known
    arrived = await room.store.feed.on_their_way(event.bot, begin, cursor)
    await asyncio.gather(*(_arrived(room, event, ticket, message) for ticket, message in arrived))
    room.feeds_read[event.bot] = max(begin, cursor)


async def _arrived(room: Room, event: FeedRead, ticket: TicketId, message: MessageId) -> None:
    def settle(seen: Situation) -> Change | None:
        found = seen.messages.get(message)
        return None if found is None else accepted(ticket_of(seen), found, event.at)

    await room.store.writer.decide(Ask(find=ByTicket(ticket, event.bot), decide=settle, messages=(message,)))


async def too_old(room: Room, event: ReplyTooOld) -> None:
    """It waits for its writer's click, and what follows it in the ticket as well."""

    def settle(seen: Situation) -> Change | None:
        found = seen.messages.get(event.message)
        return None if found is None else gone_stale(ticket_of(seen), found, event.at)

    await room.store.writer.decide(
        Ask(find=ByTicket(event.ticket, event.bot), decide=settle, messages=(event.message,))
    )
