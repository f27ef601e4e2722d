"""Tickets whose place cannot be used any more: a fresh thread there once, then the next place, at last the console."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from bridge.domain.change import Change, Told
from bridge.domain.deliveries import (
    Content,
    Delivery,
    OpenThread,
    PostHistory,
    PostLine,
    PostWords,
    Remind,
    Strand,
    Urgency,
)
from bridge.domain.fanout.replies import DELIVERY, line
from bridge.domain.refs import Lane
from bridge.domain.ticket import Displaced, Ticket, TicketState
from bridge.domain.words import Message

IN_THREAD: Final = (PostWords, PostHistory, PostLine, Remind)
"""What is posted into a thread: if it cannot be, the thread is no good. Cards and marks prove less."""

THREAD_GONE: Final = "thread.gone"
UNDELIVERABLE: Final = "ticket.undeliverable"
MOVES: Final = frozenset({THREAD_GONE, UNDELIVERABLE})
"""Codes of the changes after which nothing more goes to the old thread; what was unsent goes to the new one."""


def lose(
    delivery: Delivery, ticket: Ticket, began: datetime, now: datetime, unsent: Sequence[Message]
) -> Change | None:
    """Posting into the thread failed for good, as an attempt found out that began then. None: it concerns nobody.

    `unsent` are the words that were still to be shown there, oldest first; the failed ones among them.
    """
    if not isinstance(delivery.content, IN_THREAD) or ticket.state is TicketState.CLOSED:
        return None
    if delivery.lane != ticket.policy.lane:
        return None
    before = ticket.displaced
    if before is not None and before.lane == delivery.lane and (ticket.thread is None or began <= before.at):
        return _once_more(ticket, delivery, unsent, before)
    if ticket.thread is None:
        return None
    if before is not None and before.lane == delivery.lane:
        return move_on(ticket, unsent, now)
    change = line(ticket, THREAD_GONE, now, None, lane=str(delivery.lane), then="reopen")
    moved = replace(change.ticket, thread=None, displaced=Displaced(lane=delivery.lane, at=now))
    return replace(change, ticket=moved, deliveries=_thread_in(delivery.lane, ticket, unsent, now))


def move_on(ticket: Ticket, unsent: Sequence[Message], now: datetime) -> Change:
    """The target cannot be used: the ticket goes to the next place, at last to the console; the bot hears of it."""
    following = ticket.policy.fallback if ticket.state is not TicketState.CLOSED else ()
    lane = following[0] if following else None
    fallback = str(lane) if lane is not None else "console"
    left = ticket.policy.lane
    change = line(ticket, UNDELIVERABLE, now, None, fallback=fallback, lane=str(left) if left else None)
    told = Told(
        type=UNDELIVERABLE, seq=change.ticket.seq, at=now, actor=DELIVERY,
        facts={"reason": "its channel cannot be used", "fallback": fallback},
    )  # fmt: skip
    moved = replace(
        change.ticket, thread=None, policy=replace(ticket.policy, lane=lane, fallback=following[1:]),
        displaced=Displaced(lane=left, at=now) if left is not None else None,
    )  # fmt: skip
    deliveries = _thread_in(lane, ticket, unsent, now) if lane is not None else ()
    return replace(change, ticket=moved, told=(told,), deliveries=deliveries)


def _once_more(ticket: Ticket, delivery: Delivery, unsent: Sequence[Message], before: Displaced) -> Change:
    """It went to the thread that was lost already. What the new thread's history does not have is said there."""
    content, late = delivery.content, {message.id for message in unsent if message.at > before.at}
    again = isinstance(content, PostWords) and content.message in late
    said = (_words(ticket, delivery.lane, content),) if again else ()
    return Change(ticket=ticket, code="said_again", deliveries=said)


def _thread_in(lane: Lane, ticket: Ticket, unsent: Sequence[Message], now: datetime) -> tuple[Delivery, ...]:
    """The root, what was said and shown so far, and then each of the words that were not."""
    until = min((message.at for message in unsent), default=None)
    shown = now if until is None else until - timedelta(microseconds=1)
    root = Delivery(lane=lane, content=OpenThread(), strand=Strand.ROOT, urgency=Urgency.ROOT, ticket=ticket.id)
    history = _words(ticket, lane, PostHistory(until=shown))
    return (root, history, *(_words(ticket, lane, PostWords(message.id)) for message in unsent))


def _words(ticket: Ticket, lane: Lane, content: Content) -> Delivery:
    return Delivery(lane=lane, content=content, strand=Strand.WORDS, urgency=Urgency.WORDS, ticket=ticket.id)
