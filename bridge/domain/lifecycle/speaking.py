"""Acts of members that are words: write, decide what was held, send after the undo window, try again."""

from dataclasses import replace

from bridge.domain.actions import (
    HELD_NOTICE_AFTER,
    DecideHeld,
    HeldTooLong,
    Send,
    Write,
)
from bridge.domain.change import Change
from bridge.domain.events import Intent, TimerKind
from bridge.domain.fanout.replies import LATE_AFTER
from bridge.domain.lifecycle.hands import give_to, open_again
from bridge.domain.lifecycle.rules import (
    files_to_show,
    has_it,
    iso,
    must_be_of_team,
    stale_at,
    start_idle_clock,
    stop_answering_ladder,
    stop_waiting_ladder,
)
from bridge.domain.lifecycle.telling import Telling
from bridge.domain.people import ActorKind, Assignee, as_assignee
from bridge.domain.policy import Until
from bridge.domain.speech import Judged, Meaning, kind_of
from bridge.domain.ticket import Held, Pending, SideTalk, TicketState, WhyHeld
from bridge.domain.words import Author, Message, WordsKind, WordsState


def write(telling: Telling, action: Write) -> Change:
    """A member wrote. Only what is judged a reply leaves; everything else stays inside."""
    actor = telling.actor
    if action.intent in {Intent.REPLY, Intent.CLAIM_AND_REPLY}:
        must_be_of_team(telling)
    judged = kind_of(
        telling.ticket, actor, action.text, intent=action.intent, mentions=action.mentions, now=telling.now
    )
    if judged.meaning is not Meaning.NOTE:
        action = replace(action, attachments=files_to_show(telling, action))
    match judged.meaning:
        case Meaning.NOTE:
            return _noted(telling, action, judged)
        case Meaning.HELD:
            return _held(telling, action, judged)
        case Meaning.CLAIM_AND_REPLY:
            give_to(telling, as_assignee(actor), "claimed by replying")
            return _replied(telling, action, judged)
        case Meaning.REPLY:
            return _replied(telling, action, judged)


def _message(telling: Telling, action: Write, judged: Judged, kind: WordsKind, state: WordsState) -> Message:
    actor = telling.actor
    return Message(
        id=action.message, ticket=telling.ticket.id, kind=kind, author=Author.MEMBER, author_key=actor.key,
        author_name=actor.name, text=judged.text, at=telling.now, state=state, origin=action.origin,
        attachments=action.attachments,
    )  # fmt: skip


def _noted(telling: Telling, action: Write, judged: Judged) -> Change:
    telling.add(_message(telling, action, judged, WordsKind.NOTE, WordsState.INSIDE))
    actor = telling.actor
    if not has_it(telling.ticket, actor):
        telling.become(replace(telling.ticket, side_talk=SideTalk(by=actor.key, name=actor.name, at=telling.now)))
    telling.log("note.added", message=action.message, in_thread=action.origin is not None)
    if not actor.known and not actor.may_work_for(telling.ticket.policy.team):
        return telling.done("noted_unknown")
    return telling.done("noted")


def _held(telling: Telling, action: Write, judged: Judged) -> Change:
    telling.add(_message(telling, action, judged, WordsKind.REPLY, WordsState.HELD))
    held = Held(
        message=action.message,
        writer=as_assignee(telling.actor),
        why=judged.why or WhyHeld.UNCLAIMED,
        since=telling.now,
        meant_for=judged.meant_for,
        in_thread=action.origin is not None,
    )
    telling.become(replace(telling.ticket, held=(*telling.ticket.held, held)))
    telling.arm(TimerKind.HELD, telling.now + HELD_NOTICE_AFTER, action.message)
    telling.log(
        "message.held", message=action.message, why=held.why, meant_for=held.meant_for, in_thread=held.in_thread
    )
    return telling.done("held", why=held.why, meant_for=held.meant_for)


def _replied(telling: Telling, action: Write, judged: Judged) -> Change:
    undo = telling.ticket.policy.relay.undo
    telling.add(_message(telling, action, judged, WordsKind.REPLY, WordsState.PENDING))
    pending = Pending(
        message=action.message,
        writer=as_assignee(telling.actor),
        due=telling.now + undo,
        in_thread=action.origin is not None,
    )
    if undo.total_seconds() <= 0:
        leave(telling, pending)
        return telling.done("replied")
    telling.become(replace(telling.ticket, pending=(*telling.ticket.pending, pending)))
    telling.arm(TimerKind.UNDO, pending.due, action.message)
    telling.log("message.written", message=action.message)
    return telling.done("replied", undo_seconds=int(undo.total_seconds()))


def send(telling: Telling, action: Send) -> Change | None:
    """The undo window is over. Replies written earlier leave first: their order is the writer's order."""
    index = next((i for i, p in enumerate(telling.ticket.pending) if p.message == action.message), None)
    if index is None:
        return None
    for pending in telling.ticket.pending[: index + 1]:
        telling.disarm(TimerKind.UNDO, pending.message)
        leave(telling, pending)
    return telling.done("sent")


def send_pending(telling: Telling) -> None:
    """All that waits in an undo window leaves now."""
    for pending in telling.ticket.pending:
        telling.disarm(TimerKind.UNDO, pending.message)
        leave(telling, pending)


def leave(telling: Telling, pending: Pending) -> None:
    """From here on the words are on their way to the user."""
    writer = pending.writer
    ticket = telling.ticket
    telling.rewrite(pending.message, state=WordsState.SENDING)
    telling.become(
        replace(
            telling.ticket,
            pending=tuple(p for p in ticket.pending if p.message != pending.message),
            waiting_since=None,
            last_reply_at=telling.now,
            first_reply_at=ticket.first_reply_at or telling.now,
        )
    )
    actor = replace(
        telling.actor,
        kind=ActorKind.MEMBER,
        key=writer.key,
        name=writer.name,
        avatar_url=writer.avatar_url,
        platform=writer.platform,
        person=writer.person,
    )
    telling.log(
        "message.created",
        tell=True,
        message=pending.message,
        actor=actor,
        author_name=ticket.policy.relay.alias(writer.name),
        author_avatar=writer.avatar_url,
        in_thread=pending.in_thread,
        stale_at=iso(stale_at(telling)),
    )
    telling.arm(TimerKind.LATE, telling.now + LATE_AFTER, pending.message)
    stop_answering_ladder(telling)
    stop_waiting_ladder(telling, Until.REPLIED)
    start_idle_clock(telling)


def decide_held(telling: Telling, action: DecideHeld) -> Change:
    """The writer of a held message says: send it, or keep it inside. Nobody else may."""
    held = next((h for h in telling.ticket.held if h.message == action.message), None)
    if held is None:
        raise telling.refuse("held_decided")
    if held.writer.key != telling.actor.key:
        raise telling.refuse("not_your_words", name=held.writer.name)
    if action.send:
        must_be_of_team(telling)
        _open_for(telling, action, held.writer)
    telling.become(replace(telling.ticket, held=tuple(h for h in telling.ticket.held if h.message != action.message)))
    telling.disarm(TimerKind.HELD, action.message)
    if not action.send:
        telling.rewrite(action.message, state=WordsState.INSIDE)
        telling.log("message.kept_inside", message=action.message, in_thread=held.in_thread)
        return telling.done("kept_inside")
    telling.log("message.released", message=action.message, in_thread=held.in_thread)
    for pending in telling.ticket.pending:
        if pending.due <= held.since + telling.ticket.policy.relay.undo:  # written before it
            telling.disarm(TimerKind.UNDO, pending.message)
            leave(telling, pending)
    leave(
        telling,
        Pending(message=action.message, writer=held.writer, due=telling.now, in_thread=held.in_thread),
    )
    return telling.done("sent_held")


def _open_for(telling: Telling, action: DecideHeld, writer: Assignee) -> None:
    """Claim or reopen first, as the writer chose; a ticket somebody else took meanwhile is not taken over."""
    ticket = telling.ticket
    if ticket.state is TicketState.CLOSED:
        if not action.reopen:
            raise telling.refuse("card_old_closed", by=None, at=None)
        open_again(telling, "a member reopened it", waiting=False)
        give_to(telling, writer, "reopened by replying")
    elif action.claim and ticket.state is TicketState.OPEN:
        give_to(telling, writer, "claimed by replying")
    elif action.claim and not has_it(ticket, telling.actor):
        raise telling.refuse("lost_race", owner=ticket.assignee.name if ticket.assignee else None, seconds=None)


def held_too_long(telling: Telling, action: HeldTooLong) -> Change | None:
    """Nobody decided for two minutes: a plain line says that it was not sent. The writer may still decide."""
    held = next((h for h in telling.ticket.held if h.message == action.message), None)
    if held is None or held.told:
        return None
    told = replace(held, told=True)
    telling.become(
        replace(telling.ticket, held=tuple(told if h.message == action.message else h for h in telling.ticket.held))
    )
    telling.log("message.not_sent", message=action.message, name=held.writer.name, in_thread=held.in_thread)
    return telling.done("held_told")
