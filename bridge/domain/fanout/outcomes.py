"""What follows from a delivery's outcome; committed together with it."""

from collections.abc import Sequence
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
from bridge.domain.fanout.moving import lose, move_on
from bridge.domain.fanout.replies import DELIVERY, line
from bridge.domain.fanout.watching import thread_known
from bridge.domain.refs import MessageId
from bridge.domain.ticket import Ticket
from bridge.domain.words import Message, WordsKind


def after(
    delivery: Delivery,
    ending: Ending,
    ticket: Ticket | None,
    message: Message | None,
    now: datetime,
    *,
    lost_at: datetime | None = None,
    unsent: Sequence[Message] = (),
) -> Change | None:
    """What a finished attempt means for its ticket; None when nothing follows.

    `message` is the one the delivery was about. `lost_at`: its place cannot be used, as an attempt found out that began
    then; `unsent` are the words that were still to be shown there.
    A row of the log, never a version: the ticket itself did not change.
    """
    if ticket is None:
        return None
    if lost_at is not None and (change := lose(delivery, ticket, lost_at, now, unsent)) is not None:
        return change
    match delivery.content, ending:
        case TellBot(), Ending.DONE if message is not None:
            return replies.accepted(ticket, message, now)
        case TellBot(), Ending.HELD if message is not None:
            return replies.gone_stale(ticket, message, now)
        case TellBot(), Ending.DEAD if message is not None and replies.on_its_way(message):
            return replies.refused(ticket, message, now)
        case PostWords(), Ending.DEAD if message is not None and delivery.lane == ticket.policy.lane:
            return _gap(delivery, ticket, message, now)
        case PostHistory(), Ending.DEAD if delivery.lane == ticket.policy.lane:
            change = line(ticket, "history.not_shown", now, None)
            return replace(change, deliveries=(_line_in(delivery, "history_gap", None),))
        case OpenThread(), Ending.DONE if delivery.lane == ticket.policy.lane:
            return thread_known(ticket)
        case OpenThread(), Ending.DEAD if delivery.lane == ticket.policy.lane:
            return move_on(ticket, unsent, now)
        case _:
            return None


def _gap(delivery: Delivery, ticket: Ticket, message: Message, now: datetime) -> Change:
    """Words that could not be shown leave a visible gap; of its user's words the bot hears, never of ours.

    A ticket that went elsewhere meanwhile shows them there, in its history.
    """
    change = line(ticket, "message.not_shown", now, message)
    gap = _line_in(delivery, "gap", message.id)
    if message.kind is not WordsKind.USER:
        return replace(change, deliveries=(gap,))
    told = Told(
        type="message.failed", seq=change.ticket.seq, at=now, actor=DELIVERY, message=message.id,
        facts={"reason": "it could not be posted"},
    )  # fmt: skip
    return replace(change, deliveries=(gap,), told=(told,))


def _line_in(delivery: Delivery, code: str, message: MessageId | None) -> Delivery:
    """Where the words are missing."""
    return Delivery(
        lane=delivery.lane, content=PostLine(code, (), message), strand=Strand.WORDS, urgency=Urgency.WORDS,
        ticket=delivery.ticket,
    )  # fmt: skip
