"""What the team's thread is told."""

from collections.abc import Iterator
from dataclasses import replace

from bridge.domain.change import Change, Entry
from bridge.domain.deliveries import (
    Alert,
    CloseThread,
    Content,
    Delivery,
    Digest,
    EditWords,
    Mark,
    MarkKind,
    OpenThread,
    PostHistory,
    PostLine,
    PostWords,
    RefreshCard,
    Remind,
    RetractWords,
    Strand,
    Urgency,
    Whisper,
)
from bridge.domain.people import Assignee, as_assignee
from bridge.domain.policy import OnThreadGone, StepKind
from bridge.domain.refs import Lane
from bridge.domain.ticket import Ticket, TicketState
from bridge.domain.words import Scalar, WordsKind

STAYS_BEHIND = frozenset({"message.kept_inside", "message.not_sent"})
"""About words in the thread that is left."""


def for_the_team(before: Ticket | None, change: Change) -> tuple[Delivery, ...]:
    """The thread's deliveries, in the order they shall be seen."""
    told: list[Delivery] = []
    lane = change.ticket.policy.lane
    left = before.policy.lane if before is not None else None
    moved = before is not None and left != lane
    if left is not None and moved:
        told += [_of(change, left, content, strand) for content, strand in _farewell(change)]
    if lane is None:
        return tuple(told)
    if moved:
        told += [_of(change, lane, OpenThread(), Strand.ROOT), _history(change, lane)]
    for entry in change.entries:
        if not (moved and entry.kind in STAYS_BEHIND):
            told += _of_entry(before, change, entry, lane)
    if looks_old(before, change):
        told.append(_card(change, lane, Urgency.TURN if _only_turned(before, change) else Urgency.CARD))
    if before is not None and _left_the_queue(before, change.ticket):
        told.append(_digest(lane, crossing=False))
    return tuple(told)


def looks_old(before: Ticket | None, change: Change) -> bool:
    """Does a card that was painted before the change show something else than it is now?"""
    if before is None:
        return False
    # Every reply moves the time of closing, which is worth no edit; somebody who keeps it open looks at that very line.
    kept_open = any(entry.kind == "ticket.kept_open" for entry in change.entries)
    return kept_open or change.brief is not None or _shown(before) != _shown(change.ticket)


def _of(change: Change, lane: Lane, content: Content, strand: Strand, urgency: Urgency = Urgency.WORDS) -> Delivery:
    if strand is Strand.ROOT:
        urgency = Urgency.ROOT
    return Delivery(lane=lane, content=content, strand=strand, urgency=urgency, ticket=change.ticket.id)


def _card(change: Change, lane: Lane, urgency: Urgency) -> Delivery:
    return Delivery(
        lane=lane, content=RefreshCard(), strand=Strand.CARD, urgency=urgency, ticket=change.ticket.id, coalesce="card"
    )


def _digest(lane: Lane, *, crossing: bool) -> Delivery:
    """The queue belongs to a lane, not to a ticket."""
    return Delivery(
        lane=lane, content=Digest(crossing=crossing), strand=Strand.MARKS, urgency=Urgency.REMINDER,
        coalesce="digest-new" if crossing else "digest",
    )  # fmt: skip


def _history(change: Change, lane: Lane) -> Delivery:
    lost = change.ticket.displaced
    until = change.entries[-1].at if lost is None else lost.at
    return _of(change, lane, PostHistory(until=until), Strand.WORDS)


def _farewell(change: Change) -> Iterator[tuple[Content, Strand]]:
    """The thread that is left gets a closing line, its card says where the ticket went, and it rests."""
    for entry in change.entries:
        if entry.message is not None and entry.kind == "message.kept_inside":
            yield Mark(entry.message, MarkKind.NONE), Strand.MARKS
        elif entry.kind == "message.not_sent" and (words := _of_words(entry)) is not None:
            yield words, Strand.WORDS
    moved = next((entry for entry in change.entries if entry.kind == "ticket.rerouted"), None)
    if moved is not None:
        facts = (("route", str(moved.facts.get("route"))), ("by", moved.actor.name))
        yield PostLine("moved", facts), Strand.WORDS
    yield RefreshCard(), Strand.CARD
    yield CloseThread(), Strand.WORDS


def _only_turned(before: Ticket | None, change: Change) -> bool:
    """Does the card change in nothing but who waits for whom?"""
    if before is None or not looks_old(before, change):
        return False
    same = replace(before, waiting_since=change.ticket.waiting_since)
    return not looks_old(same, change)


def _shown(ticket: Ticket) -> tuple[object, ...]:
    """What of a ticket its card shows: only a change of these is worth an edit."""
    return (
        ticket.state, ticket.assignee, ticket.waiting_since, ticket.snoozed_until, ticket.priority,
        ticket.policy.route, ticket.idle_warned_at, ticket.outcome,
    )  # fmt: skip


def _left_the_queue(before: Ticket, after: Ticket) -> bool:
    """A reminded ticket was claimed or closed: the queue that was posted is out of date."""
    return before.state is TicketState.OPEN and after.state is not TicketState.OPEN and before.reminded > 0


def _facts(entry: Entry, *names: str) -> tuple[tuple[str, str], ...]:
    return tuple((name, str(entry.facts[name])) for name in names if entry.facts.get(name) is not None)


def _of_entry(before: Ticket | None, change: Change, entry: Entry, lane: Lane) -> Iterator[Delivery]:
    words = _of_words(entry)
    if words is not None:
        yield _of(change, lane, words, Strand.WORDS)
        return
    match entry.kind:
        case "ticket.opened":
            yield _of(change, lane, OpenThread(), Strand.ROOT)
            if any(message.kind is WordsKind.HISTORY for message in change.messages):
                yield _of(change, lane, PostHistory(), Strand.WORDS)
        case (
            "message.held"
            | "message.kept_inside"
            | "message.released"
            | "message.unsent"
            | "message.sent"
            | "message.taken_back"
        ):
            yield from _of_held(change, entry, lane)
        case "ticket.reopened":
            yield from _of_return(change, entry, lane)
        case "ticket.closed":
            yield _of(change, lane, CloseThread(), Strand.WORDS)
        case "ticket.idle_warned":
            yield _of(change, lane, PostLine("idle_warning", _facts(entry, "closes_at")), Strand.WORDS)
        case "thread.gone" if entry.facts.get("then") == OnThreadGone.REOPEN:
            if change.ticket.state is not TicketState.CLOSED:
                yield _of(change, lane, OpenThread(), Strand.ROOT)
                yield _history(change, lane)
        case "handover.asked":
            owner = before.assignee if before is not None else None
            if owner is not None and owner.platform == lane.platform:
                asked = Whisper(owner, "handover_asked", (("by", entry.actor.name),))
                yield _of(change, lane, asked, Strand.MARKS, Urgency.ANSWER)
        case "reminder.sent":
            yield _reminder(change, entry, lane)
        case _:
            return


def _of_words(entry: Entry) -> Content | None:
    """Words appear in the thread unless they were written there."""
    if entry.message is None:
        return None
    elsewhere = not entry.facts.get("in_thread")
    match entry.kind:
        case "message.received" | "stage.said":
            return PostWords(entry.message)
        case "message.user_edited":
            return EditWords(entry.message)
        case "message.user_deleted":
            return RetractWords(entry.message)
        case "message.created" | "note.added" if elsewhere:
            return PostWords(entry.message)
        case "message.updated" | "message.rewritten" if elsewhere:
            return EditWords(entry.message)
        case "message.deleted" | "note.deleted" if elsewhere:
            return RetractWords(entry.message)
        case "message.not_sent" if not elsewhere:
            return PostLine("not_sent", _facts(entry, "name"), entry.message)
        case "message.called_back" if not elsewhere:
            return PostLine("called_back", _facts(entry, "name"), entry.message)
        case _:
            return None


def _of_held(change: Change, entry: Entry, lane: Lane) -> Iterator[Delivery]:
    """A held message is visible as such, and its writer is asked where they wrote it."""
    if entry.message is None or not entry.facts.get("in_thread"):
        return
    if entry.kind != "message.held":
        mark = MarkKind.SENT if entry.kind == "message.sent" else MarkKind.NONE
        yield _of(change, lane, Mark(entry.message, mark), Strand.MARKS)
        return
    yield _of(change, lane, Mark(entry.message, MarkKind.HELD), Strand.MARKS)
    question = Whisper(as_assignee(entry.actor), "held", _facts(entry, "why", "meant_for"), entry.message)
    yield _of(change, lane, question, Strand.MARKS, Urgency.ANSWER)


def _of_return(change: Change, entry: Entry, lane: Lane) -> Iterator[Delivery]:
    """The user is back: said in the thread, and whoever had it last is called."""
    if entry.facts.get("cause") == "a member reopened it":
        return
    yield _of(change, lane, PostLine("user_back", _facts(entry, "away_seconds", "offered_name")), Strand.WORDS)
    last = change.ticket.last_assignee
    if entry.facts.get("offered_to") is not None and last is not None and _lives_on(last, lane):
        yield _of(change, lane, Remind("reopened", "last_assignee", mention=True), Strand.MARKS, Urgency.REMINDER)


def _lives_on(member: Assignee, lane: Lane) -> bool:
    return member.platform == lane.platform


def _reminder(change: Change, entry: Entry, lane: Lane) -> Delivery:
    step, late = StepKind(str(entry.facts["step"])), bool(entry.facts.get("late"))
    who = _name(entry.facts.get("who"))
    match step:
        case StepKind.DIGEST:
            return _digest(lane, crossing=True)
        case StepKind.ALERT:
            content: Content = Alert(who if who != "team" else change.ticket.policy.team, late=late)
        case StepKind.NUDGE:
            content = Remind(step, "assignee", mention=True, late=late)
        case _:
            content = Remind(step, who, mention=step is StepKind.MENTION, late=late)
    return _of(change, lane, content, Strand.MARKS, Urgency.REMINDER)


def _name(value: Scalar) -> str:
    return str(value) if value else "team"
