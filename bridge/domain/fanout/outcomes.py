"""What follows from a delivery's outcome; committed together with it."""

from dataclasses import replace
from datetime import datetime

from bridge.domain.change import Change, Told
from bridge.domain.deliveries import (
    Delivery,
    Ending,
    OpenThread,
    PostHistory,
    PostLine,
    PostWords,
    Strand,
    TellBot,
    Urgency,
)
from bridge.domain.fanout import replies
from bridge.domain.fanout.replies import DELIVERY, line
from bridge.domain.refs import Lane
from bridge.domain.ticket import Ticket, TicketState
from bridge.domain.words import Message, WordsKind


def after(
    delivery: Delivery, ending: Ending, ticket: Ticket | None, message: Message | None, now: datetime
) -> Change | None:
    """What a finished attempt means for its ticket; None when nothing follows.

    `message` is the one the delivery was about. A row of the log, never a version: the ticket itself did not change.
    """
    if ticket is None:
        return None
    match delivery.content, ending:
        case TellBot(), Ending.DONE if message is not None:
            return replies.accepted(ticket, message, now)
        case TellBot(), Ending.HELD if message is not None:
            return replies.gone_stale(ticket, message, now)
        case TellBot(), Ending.DEAD if message is not None and replies.on_its_way(message):
            return replies.refused(ticket, message, now)
        case PostWords(), Ending.DEAD if message is not None:
            return _gap(delivery, ticket, message, now)
        case OpenThread(), Ending.DEAD if delivery.lane == ticket.policy.lane:
            return _no_thread(ticket, now)
        case _:
            return None


def _gap(delivery: Delivery, ticket: Ticket, message: Message, now: datetime) -> Change:
    """Words that could not be shown leave a visible gap; of its user's words the bot hears, never of ours."""
    change = line(ticket, "message.not_shown", now, message)
    gap = Delivery(
        lane=delivery.lane, content=PostLine("gap", (), message.id), strand=Strand.WORDS, urgency=Urgency.WORDS,
        ticket=ticket.id,
    )  # fmt: skip
    if message.kind is not WordsKind.USER:
        return replace(change, deliveries=(gap,))
    told = Told(
        type="message.failed", seq=change.ticket.seq, at=now, actor=DELIVERY, message=message.id,
        facts={"reason": "it could not be posted"},
    )  # fmt: skip
    return replace(change, deliveries=(gap,), told=(told,))


def _no_thread(ticket: Ticket, now: datetime) -> Change:
    """The target cannot be used: the ticket goes to the next place, at last to the console; the bot hears of it."""
    following = ticket.policy.fallback if ticket.state is not TicketState.CLOSED else ()
    lane = following[0] if following else None
    fallback = str(lane) if lane is not None else "console"
    change = line(ticket, "ticket.undeliverable", now, None, fallback=fallback)
    told = Told(
        type="ticket.undeliverable", seq=change.ticket.seq, at=now, actor=DELIVERY,
        facts={"reason": "its channel cannot be used", "fallback": fallback},
    )  # fmt: skip
    moved = replace(change.ticket, policy=replace(ticket.policy, lane=lane, fallback=following[1:]), thread=None)
    return replace(change, ticket=moved, told=(told,), deliveries=_thread_in(lane, ticket, now) if lane else ())


def _thread_in(lane: Lane, ticket: Ticket, now: datetime) -> tuple[Delivery, ...]:
    root = Delivery(lane=lane, content=OpenThread(), strand=Strand.ROOT, urgency=Urgency.ROOT, ticket=ticket.id)
    history = Delivery(
        lane=lane, content=PostHistory(until=now), strand=Strand.WORDS, urgency=Urgency.WORDS, ticket=ticket.id
    )
    return (root, history)
