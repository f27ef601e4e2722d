"""How a reply of the team fares at its bot: taken, refused, late, too old to leave, before the user, seen."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from bridge.domain.change import Callback, Change, Disarm, Entry, Fate, Rewrite, Told
from bridge.domain.deliveries import Content, Delivery, Mark, MarkKind, Strand, Urgency, Whisper
from bridge.domain.events import Receipt, TimerKind
from bridge.domain.people import Actor, Assignee, system
from bridge.domain.refs import MemberKey
from bridge.domain.ticket import Pending, Ticket, TicketState
from bridge.domain.views import FilledRow
from bridge.domain.words import Author, Message, Scalar, WordsKind, WordsState, on_the_way

DELIVERY: Final = system("delivery")
LATE_AFTER: Final = timedelta(minutes=10)
"""A reply still on its way after this is told to its writer."""

REPLY: Final = "message.created"
"""What the bot is told of a reply."""

WAITS: Final = frozenset({WordsState.SENDING, WordsState.STALE})
"""The bot has not said that it has the words."""


_STATE: Final = {
    Receipt.DELIVERED: WordsState.DELIVERED,
    Receipt.SEEN: WordsState.SEEN,
    Receipt.FAILED: WordsState.FAILED,
}
_RANK: Final = {
    WordsState.SENDING: 0,
    WordsState.STALE: 0,
    WordsState.SENT: 1,
    WordsState.FAILED: 2,
    WordsState.DELIVERED: 3,
    WordsState.SEEN: 4,
}
"""Receipts come in any order: the most that was ever said counts, and what was seen did not fail."""


def too_old(filled: FilledRow, now: datetime) -> bool:
    """Is it a member's reply that has waited for its bot longer than its route allows?"""
    stale_at, message = filled.row.facts.get("stale_at"), filled.message
    if filled.row.type != REPLY or message is None or message.state is not WordsState.SENDING:
        return False
    return isinstance(stale_at, str) and datetime.fromisoformat(stale_at) <= now


def line(
    ticket: Ticket,
    kind: str,
    now: datetime,
    message: Message | None,
    *,
    by: Actor = DELIVERY,
    **facts: Scalar,
) -> Change:
    """One line of the log; never a version: the ticket itself did not change."""
    seq = ticket.seq + 1
    entry = Entry(seq=seq, kind=kind, actor=by, at=now, facts=facts, message=message.id if message else None)
    return Change(ticket=replace(ticket, seq=seq), code=kind, entries=(entry,))


def was_told(message: Message) -> bool:
    """Has the bot had a chance to know of it?"""
    return message.kind is WordsKind.REPLY and message.state in {*_RANK, WordsState.DELETED, WordsState.UNSENT}


def on_its_way(message: Message | None) -> bool:
    return message is not None and message.kind is WordsKind.REPLY and message.state in WAITS


def accepted(ticket: Ticket, message: Message, now: datetime) -> Change | None:
    """The bot has the words: ✅. None when it had them before.

    Given up while they were being handed over, they have left all the same.
    """
    if not on_its_way(message) and not (message.kind is WordsKind.REPLY and message.state is WordsState.UNSENT):
        return None
    change = line(_arrived(ticket, message), "message.sent", now, message)
    return replace(
        change,
        rewrites=(Rewrite(message=message.id, state=WordsState.SENT),),
        timers=(Disarm(timer=TimerKind.LATE, subject=message.id),),
        deliveries=(*_mark(message, MarkKind.SENT, ticket), *_left_behind(message, ticket)),
    )


def _left_behind(message: Message, ticket: Ticket) -> tuple[Delivery, ...]:
    """Words go without a file that cannot come along, and their writer hears it."""
    lacking = any(each.trouble is not None or on_the_way(each) for each in message.attachments)
    return _to_the_writer(message, ticket, "file_failed") if lacking else ()


def refused(ticket: Ticket, message: Message, now: datetime) -> Change:
    """The bot will not take the words, however often they are sent."""
    change = line(_bounced(ticket, message), "message.failed", now, message)
    return _failed(ticket, message, change, "the bot refused it", "reply_failed")


def received(
    ticket: Ticket, message: Message, receipt: Receipt, by: Actor, now: datetime, *,
    at: datetime | None = None, reason: str | None = None,
) -> Change | None:  # fmt: skip
    """What the bot says of words it was given; None when that is known, or less than is known."""
    rank = _RANK.get(message.state)
    if rank is None or _RANK[_STATE[receipt]] <= rank:
        return None
    facts: dict[str, Scalar] = {"reported_at": at.isoformat()} if at is not None else {}
    if receipt is Receipt.FAILED:
        failed = line(_bounced(ticket, message), "message.failed", now, message, by=by, **facts)
        return _failed(ticket, message, failed, reason or "the bot could not hand it on", "reply_bounced")
    there = _arrived(ticket, message)
    if message.state is WordsState.FAILED:
        there = replace(there, failed=max(0, there.failed - 1))
    entries: tuple[Entry, ...] = ()
    if receipt is Receipt.SEEN and message.state is not WordsState.DELIVERED:
        # Nobody sees what did not arrive: whoever measures arrivals finds one for every message that did.
        before = line(there, "message.delivered", now, message, by=by, **facts, implied=True)
        there, entries = before.ticket, before.entries
    change = line(there, f"message.{receipt}", now, message, by=by, **facts)
    return replace(
        change,
        entries=(*entries, *change.entries),
        rewrites=(Rewrite(message=message.id, state=_STATE[receipt]),),
        callbacks=_known(message),
        timers=(Disarm(timer=TimerKind.LATE, subject=message.id),),
        deliveries=() if message.state in {WordsState.SENT, WordsState.DELIVERED} else (
            *_mark(message, MarkKind.SENT, ticket), *_left_behind(message, ticket),
        ),
    )  # fmt: skip


def late(ticket: Ticket, message: Message, now: datetime, *, down_since: datetime | None) -> Change | None:
    """The words have been on their way for long: their writer is told, once until the bot takes something again."""
    if ticket.late or message.author is not Author.MEMBER or message.state is not WordsState.SENDING:
        return None
    since = down_since.isoformat() if down_since is not None else None
    change = line(replace(ticket, late=True), "reply.late", now, message, name=message.author_name)
    return replace(
        change, deliveries=_to_the_writer(message, ticket, "reply_late", written=message.at.isoformat(), since=since)
    )


def gone_stale(ticket: Ticket, message: Message, now: datetime) -> Change | None:
    """The words are too old to leave without a word: they wait for a click, and what follows them waits as well."""
    if message.author is not Author.MEMBER or message.state is not WordsState.SENDING:
        return None
    if ticket.state is TicketState.CLOSED:
        return _gone_too_late(ticket, message, now)
    writer = Assignee(key=MemberKey(message.author_key), name=message.author_name or "")
    held = Pending(
        message=message.id, writer=writer, due=message.at, in_thread=message.origin is not None, handed=message.handed
    )
    change = line(replace(ticket, stale=(*ticket.stale, held)), "reply.stale", now, message, name=writer.name)
    asked = _to_the_writer(message, ticket, "reply_stale", written=message.at.isoformat())
    return replace(
        change,
        rewrites=(Rewrite(message=message.id, state=WordsState.STALE),),
        callbacks=(Callback(message=message.id, fate=Fate.HELD),),
        timers=(Disarm(timer=TimerKind.LATE, subject=message.id),),
        deliveries=(*_mark(message, MarkKind.HELD, ticket), *asked),
    )


def _gone_too_late(ticket: Ticket, message: Message, now: datetime) -> Change:
    """Nobody looks for a click in a closed ticket, and behind it waits the bot's word that it may speak again."""
    if message.handed:
        return _called_back(ticket, message, now) if ticket.capabilities.delete else _stands(ticket, message, now)
    change = line(ticket, "message.not_sent", now, message, name=message.author_name)
    asked = _to_the_writer(message, ticket, "reply_too_old_closed", written=message.at.isoformat())
    return replace(
        change,
        rewrites=(Rewrite(message=message.id, state=WordsState.UNSENT),),
        callbacks=(Callback(message=message.id, fate=Fate.NEVER),),
        timers=(Disarm(timer=TimerKind.LATE, subject=message.id),),
        deliveries=(*_mark(message, MarkKind.FAILED, ticket), *asked),
    )


def _called_back(ticket: Ticket, message: Message, now: datetime) -> Change:
    """The bot may have shown words that nobody wants any more."""
    alias = ticket.policy.relay.alias(message.author_name or "")
    change = line(ticket, "message.deleted", now, message, author_name=alias, in_thread=message.origin is not None)
    told = Told(
        type="message.deleted", seq=change.ticket.seq, at=now, actor=DELIVERY, facts=change.entries[0].facts,
        message=message.id,
    )  # fmt: skip
    asked = _to_the_writer(message, ticket, "reply_called_back", written=message.at.isoformat())
    return replace(
        change,
        told=(told,),
        rewrites=(Rewrite(message=message.id, state=WordsState.DELETED),),
        callbacks=_known(message),
        timers=(Disarm(timer=TimerKind.LATE, subject=message.id),),
        deliveries=(*_mark(message, MarkKind.FAILED, ticket), *asked),
    )


def _stands(ticket: Ticket, message: Message, now: datetime) -> Change:
    """What cannot be called back counts as sent."""
    change = line(_arrived(ticket, message), "message.sent", now, message)
    return replace(
        change,
        rewrites=(Rewrite(message=message.id, state=WordsState.SENT),),
        callbacks=_known(message),
        timers=(Disarm(timer=TimerKind.LATE, subject=message.id),),
        deliveries=_mark(message, MarkKind.SENT, ticket),
    )


def _bounced(ticket: Ticket, message: Message) -> Ticket:
    """One more that people must look after; a text of Handrail's own is none."""
    return replace(_arrived(ticket, message), failed=ticket.failed + (message.author is Author.MEMBER))


def _failed(ticket: Ticket, message: Message, change: Change, why: str, code: str) -> Change:
    asked = _to_the_writer(message, ticket, code) if message.author is Author.MEMBER else ()
    return replace(
        change,
        rewrites=(Rewrite(message=message.id, state=WordsState.FAILED, failure=why),),
        callbacks=_known(message),
        timers=(Disarm(timer=TimerKind.LATE, subject=message.id),),
        deliveries=(*_mark(message, MarkKind.FAILED, ticket), *asked),
    )


def _arrived(ticket: Ticket, message: Message) -> Ticket:
    """The bot answers again, and this message waits for nobody any more."""
    return replace(ticket, late=False, stale=tuple(each for each in ticket.stale if each.message != message.id))


def _known(message: Message) -> tuple[Callback, ...]:
    """The bot has it already: telling it again would be one time too many."""
    held = message.state is WordsState.STALE
    return (Callback(message=message.id, fate=Fate.KNOWN, held=held),) if message.state in WAITS else ()


def _mark(message: Message, mark: MarkKind, ticket: Ticket) -> tuple[Delivery, ...]:
    """✅, ⚠ or ✋ on the member's own message, where they wrote it."""
    return _where_written(message, ticket, Mark(message.id, mark))


def _to_the_writer(message: Message, ticket: Ticket, code: str, **facts: str | None) -> tuple[Delivery, ...]:
    """A private word where they wrote it; who wrote in the console sees it there."""
    if message.origin is None:
        return ()
    writer = Assignee(
        key=MemberKey(message.author_key), name=message.author_name or "", platform=message.origin.lane.platform,
        person=message.author_key.partition(":")[2] or None,
    )  # fmt: skip
    said = tuple((name, value) for name, value in facts.items() if value is not None)
    return _where_written(message, ticket, Whisper(writer, code, said, message.id))


def _where_written(message: Message, ticket: Ticket, content: Content) -> tuple[Delivery, ...]:
    if message.origin is None:
        return ()
    return (
        Delivery(
            lane=message.origin.lane, content=content, strand=Strand.MARKS, urgency=Urgency.ANSWER, ticket=ticket.id
        ),
    )
