"""A ticket's story in order: the bot's turns folded, words of people, and what happened in between."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeAlias

from bridge.console.standing import OUTCOME_WORDS
from bridge.domain.change import Entry
from bridge.domain.paint import Moment, Span
from bridge.domain.refs import MemberKey
from bridge.domain.ticket import Held, Outcome, Pending, WhyHeld
from bridge.domain.views import TicketView
from bridge.domain.words import Author, Message, WordsKind, WordsState

GROUP_SECONDS = 240


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One message as it is shown."""

    message: Message
    name: str
    mine: bool
    joined: bool
    """Follows the same person's words closely: the name is not repeated."""
    held: Held | None = None
    pending: Pending | None = None
    epoch: int = 0

    @property
    def id(self) -> str:
        return str(self.message.id)

    @property
    def question(self) -> str:
        """What the writer of a held message is asked."""
        if self.held is None:
            return ""
        match self.held.why:
            case WhyHeld.UNCLAIMED:
                return "Nobody has this ticket."
            case WhyHeld.CLOSED:
                return "Not sent: this ticket is closed."
            case WhyHeld.MENTION | WhyHeld.SIDE_TALK:
                return f"Held. This looks meant for {self.held.meant_for or 'the team'}."


@dataclass(frozen=True, slots=True, kw_only=True)
class Happened:
    """One line of the system."""

    id: str
    symbol: str
    line: tuple[Span, ...]
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Folded:
    """What the user and the bot said before a person was asked for."""

    id: str
    turns: tuple[Said, ...]


Item: TypeAlias = Said | Happened | Folded


def timeline_of(view: TicketView, me: MemberKey) -> tuple[Item, ...]:
    """All items, oldest first. Deleted notes leave no trace; unsent replies stay visible as such."""
    history = tuple(_said(view, message, me) for message in view.messages if message.kind is WordsKind.HISTORY)
    items: list[Item] = [Folded(id="before", turns=history)] if history else []
    items.extend(_joined(sorted(_told(view, me), key=_order)))
    return tuple(items)


def _told(view: TicketView, me: MemberKey) -> Iterator[Said | Happened]:
    for message in view.messages:
        if message.kind is WordsKind.HISTORY:
            continue
        if message.state is WordsState.DELETED and message.kind is WordsKind.NOTE:
            continue
        yield _automatic(view, message) if message.author is Author.SYSTEM else _said(view, message, me)
    for entry in view.entries:
        words = _sentence(entry, view.user.called)
        if words is not None:
            symbol, line = words
            yield Happened(id=f"entry-{entry.seq}", symbol=symbol, line=line, at=entry.at)


def _automatic(view: TicketView, message: Message) -> Happened:
    """A text of ours to the user."""
    failed = message.state is WordsState.FAILED
    line = f"{'Could not be sent' if failed else 'Sent'} to {view.user.called}: {message.text}"
    return Happened(id=str(message.id), symbol="⚠" if failed else "✉", line=(line,), at=message.at)


def _order(item: Said | Happened) -> tuple[datetime, int]:
    # At the same instant the cause ("Ana claimed") stands above the words that came with it.
    return (item.message.at, 1) if isinstance(item, Said) else (item.at, 0)


def _joined(items: list[Said | Happened]) -> Iterator[Item]:
    before: Said | None = None
    for item in items:
        if isinstance(item, Happened):
            before = None
            yield item
            continue
        joined = before is not None and _continues(before.message, item.message)
        before = item
        yield replace(item, joined=joined)


def _continues(before: Message, now: Message) -> bool:
    return (
        before.author_key == now.author_key
        and before.kind is now.kind
        and (now.at - before.at).total_seconds() < GROUP_SECONDS
    )


def _said(view: TicketView, message: Message, me: MemberKey) -> Said:
    said_by = message.author_name or message.author_key
    return Said(
        message=message,
        name=view.user.called if message.author is Author.USER else said_by,
        mine=message.author is Author.MEMBER and message.author_key == me,
        joined=False,
        held=next((held for held in view.ticket.held if held.message == message.id), None),
        pending=next((pending for pending in view.ticket.pending if pending.message == message.id), None),
        epoch=view.ticket.epoch,
    )


def _sentence(entry: Entry, user: str) -> tuple[str, tuple[Span, ...]] | None:
    """What an entry says to the team; None for what a message's own state shows already."""
    facts, who = entry.facts, entry.actor.name
    name = _text(facts, "name")
    match entry.kind:
        case "ticket.opened":
            return "●", (f"{who} asked for a person",)
        case "ticket.assigned" if entry.actor.key == facts.get("assignee"):
            return "◐", (f"{who} claimed it",)
        case "ticket.assigned" | "ticket.reassigned":
            return "◐", _hand(entry, who, name)
        case "ticket.unassigned":
            return "●", (_put_back(entry, who),)
        case "ticket.reopened":
            return "↩", (_back(entry, who, user),)
        case "ticket.closed":
            return "✓", (_closed(entry, who),)
        case "ticket.snoozed":
            until = _moment(facts, "until")
            return "☾", (f"{who} put it to rest until ", until) if until else (f"{who} put it to rest",)
        case "ticket.resumed":
            return "☀", (_awake(entry, who, user),)
        case "ticket.kept_open":
            return "◔", (f"{who} keeps it open",)
        case "ticket.idle_warned":
            closes = _moment(facts, "closes_at")
            return "◔", (f"Closes if {user} stays silent: ", closes) if closes else (f"{user} is silent",)
        case "ticket.rerouted":
            return "→", (f"Moved to {_text(facts, 'route')} by {who}",)
        case "ticket.updated":
            return "✎", (f"{who} changed {_text(facts, 'changed') or 'facts'}",)
        case "reminder.sent":
            return "⏰", (_reminded(facts),)
        case "handover.asked":
            return "↔", (f"{who} asks {name} to hand over",)
        case "message.not_sent":
            return "✋", (f"{name}'s message was not sent to {user}.",)
        case "message.called_back":
            return "🗑", (f"{name}'s message came too late and was called back.",)
        case "reply.late":
            return "⏳", (f"{name} was told that {user} has not seen the message yet",)
        case "reply.stale":
            return "✋", (f"Not sent by itself: {name}'s message waits for a click",)
        case "thread.gone":
            return "⚠", ("Its thread was deleted by a member" if entry.actor.key == "thread" else _lost(facts),)
        case "ticket.undeliverable":
            return "⚠", (_lost(facts),)
        case _:
            return None


def _hand(entry: Entry, who: str, name: str) -> tuple[Span, ...]:
    previous = _text(entry.facts, "previous")
    if entry.actor.key == entry.facts.get("assignee"):
        return (f"{who} took it over from {previous}",)
    return (f"{who} handed it to {name}",) if previous else (f"{who} gave it to {name}",)


def _put_back(entry: Entry, who: str) -> str:
    if entry.facts.get("cause") == "released":
        return f"{who} released it: back in the queue"
    return f"Back in the queue: {_text(entry.facts, 'cause') or 'released'}"


def _back(entry: Entry, who: str, user: str) -> str:
    if entry.facts.get("cause") == "a member reopened it":
        return f"{who} reopened it"
    offered = _text(entry.facts, "offered_name")
    return f"{user} is back" + (f". Last time: {offered}" if offered else "")


def _awake(entry: Entry, who: str, user: str) -> str:
    match entry.facts.get("cause"):
        case "woken":
            return f"{who} woke it"
        case "the user wrote":
            return f"Awake again: {user} wrote"
        case _:
            return "Awake again: its time came"


def _closed(entry: Entry, who: str) -> str:
    outcome = _text(entry.facts, "outcome")
    word = OUTCOME_WORDS[Outcome(outcome)] if outcome in set(Outcome) else "Closed"
    if entry.facts.get("reason") == "the user was silent":
        return f"{word}: no answer any more"
    return f"{word} by {who}"


def _lost(facts: Mapping[str, object]) -> str:
    """It lost its thread or channel, and goes on elsewhere."""
    to = _text(facts, "fallback")
    if not to:
        return "Its thread cannot be reached any more: it goes on in a fresh one"
    where = "here in the console" if to == "console" else f"in {to}"
    return f"{_text(facts, 'lane') or 'Its channel'} cannot be used: it goes on {where}"


def _reminded(facts: Mapping[str, object]) -> str:
    who = str(facts.get("who") or "team")
    late = " (late)" if facts.get("late") else ""
    return f"Reminder to {'the team' if who == 'team' else who}{late}"


def _text(facts: Mapping[str, object], name: str) -> str:
    value = facts.get(name)
    return "" if value is None else str(value)


def _moment(facts: Mapping[str, object], name: str) -> Moment | None:
    try:
        return Moment(datetime.fromisoformat(_text(facts, name)))
    except ValueError:
        return None
