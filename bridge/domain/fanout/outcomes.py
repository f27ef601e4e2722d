"""What follows from a delivery's outcome; committed together with it."""

from dataclasses import replace
from datetime import datetime

from bridge.domain.change import Change, Entry, Rewrite, Told
from bridge.domain.deliveries import (
    Delivery,
    Ending,
    Mark,
    MarkKind,
    OpenThread,
    PostHistory,
    PostLine,
    PostWords,
    Strand,
    TellBot,
    Urgency,
    Whisper,
)
from bridge.domain.people import Assignee, system
from bridge.domain.refs import Lane, MemberKey
from bridge.domain.ticket import Ticket, TicketState
from bridge.domain.words import Message, Scalar, WordsKind, WordsState

DELIVERY = system("delivery")


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
            return accepted(ticket, message, now)
        case TellBot(), Ending.DEAD if _on_its_way(message):
            return _refused(ticket, message, now)
        case PostWords(), Ending.DEAD if message is not None:
            return _gap(delivery, ticket, message, now)
        case OpenThread(), Ending.DEAD if delivery.lane == ticket.policy.lane:
            return _no_thread(ticket, now)
        case _:
            return None


def _on_its_way(message: Message | None) -> bool:
    return message is not None and message.kind is WordsKind.REPLY and message.state is WordsState.SENDING


def _change(
    ticket: Ticket, kind: str, now: datetime, message: Message | None, facts: dict[str, Scalar] | None = None
) -> Change:
    seq = ticket.seq + 1
    entry = Entry(
        seq=seq, kind=kind, actor=DELIVERY, at=now, facts=facts or {}, message=message.id if message else None
    )
    return Change(ticket=replace(ticket, seq=seq), code=kind, entries=(entry,))


def _mark(message: Message, mark: MarkKind, ticket: Ticket) -> tuple[Delivery, ...]:
    """✅ or ⚠ on the member's own message, where they wrote it."""
    if message.origin is None:
        return ()
    return (
        Delivery(
            lane=message.origin.lane, content=Mark(message.id, mark), strand=Strand.MARKS, urgency=Urgency.ANSWER,
            ticket=ticket.id,
        ),
    )  # fmt: skip


def accepted(ticket: Ticket, message: Message, now: datetime) -> Change | None:
    """The bot has the words: ✅. None when it had them before."""
    if not _on_its_way(message):
        return None
    change = _change(ticket, "message.sent", now, message)
    return replace(
        change,
        rewrites=(Rewrite(message=message.id, state=WordsState.SENT),),
        deliveries=_mark(message, MarkKind.SENT, ticket),
    )


def _refused(ticket: Ticket, message: Message | None, now: datetime) -> Change | None:
    if message is None:
        return None
    change = _change(replace(ticket, failed=ticket.failed + 1), "message.failed", now, message)
    told: tuple[Delivery, ...] = _mark(message, MarkKind.FAILED, ticket)
    if message.origin is not None:
        writer = Assignee(
            key=MemberKey(message.author_key), name=message.author_name or "", platform=message.origin.lane.platform,
            person=message.author_key.partition(":")[2] or None,
        )  # fmt: skip
        whisper = Whisper(writer, "reply_failed", (), message.id)
        told += (
            Delivery(
                lane=message.origin.lane, content=whisper, strand=Strand.MARKS, urgency=Urgency.ANSWER,
                ticket=ticket.id,
            ),
        )  # fmt: skip
    return replace(
        change, rewrites=(Rewrite(message=message.id, state=WordsState.FAILED, failure="the bot refused it"),),
        deliveries=told,
    )  # fmt: skip


def _gap(delivery: Delivery, ticket: Ticket, message: Message, now: datetime) -> Change:
    """Words that could not be shown leave a visible gap; of its user's words the bot hears, never of ours."""
    change = _change(ticket, "message.not_shown", now, message)
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
    change = _change(ticket, "ticket.undeliverable", now, None, {"fallback": fallback})
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
