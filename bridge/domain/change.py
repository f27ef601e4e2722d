"""What a decision returns, and the answer that is kept with the event's key."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TypeAlias

from bridge.domain.deliveries import Delivery
from bridge.domain.events import TimerKind
from bridge.domain.people import Actor
from bridge.domain.policy import Policy
from bridge.domain.refs import MessageId, MessageRef, TicketId
from bridge.domain.ticket import Owner, Ticket, TicketState
from bridge.domain.words import Attachment, Brief, Message, Scalar, User, WordsKind, WordsState

Facts: TypeAlias = Mapping[str, Scalar]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line of a ticket's log. The log is append-only; `seq` is the ticket's own count, starting at 1."""

    seq: int
    kind: str
    """Dotted, as in callbacks: `ticket.opened`, `message.created`, `note.added`, `reminder.sent`, …"""
    actor: Actor
    at: datetime
    facts: Facts = field(default_factory=dict)
    message: MessageId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What the bot is told: one row of its feed, and one callback if it has an address.

    `seq` is the log entry it projects. Words are named by `message` and filled when read.
    """

    type: str
    seq: int
    at: datetime
    actor: Actor
    facts: Facts = field(default_factory=dict)
    message: MessageId | None = None
    expires_at: datetime | None = None
    ticket: Ticket | None = None
    """As it was at this point of the change; None: as the change leaves it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Arm:
    """Set a timer. One per (ticket, kind, subject): a later one replaces it."""

    timer: TimerKind
    due: datetime
    subject: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Disarm:
    """Take timers away: all of the kind, or the one of `subject`."""

    timer: TimerKind
    subject: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rewrite:
    """Change a message that is stored. None keeps what is there."""

    message: MessageId
    text: str | None = None
    kind: WordsKind | None = None
    state: WordsState | None = None
    revision: int | None = None
    edited_at: datetime | None = None
    failure: str | None = None
    attachments: tuple[Attachment, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Bind:
    """A post of ours exists on a platform: remember which message it shows."""

    message: MessageId
    ref: MessageRef


class Fate(StrEnum):
    """What becomes of a callback that has not left, and of all that the bot is to hear of the ticket after it."""

    HELD = "held"
    """It waits for a person, and what follows waits behind it."""
    GOES = "goes"
    """It leaves now, and what follows after it. Its id stays the same."""
    NEVER = "never"
    """It is not told any more; what follows goes on."""
    KNOWN = "known"
    """The bot has the reply already and is not told again; corrections of it and what follows go on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Callback:
    """The reply of which the bot has not heard yet, by its message."""

    message: MessageId
    fate: Fate
    held: bool = False
    """It was held until now."""
    stale_at: datetime | None = None
    """With GOES: when it is too old once more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """All effects of one decision; the writer commits them together."""

    ticket: Ticket
    code: str
    """What happened, in one word for the answer: `opened`, `merged`, `claimed`, `noted`, `held`, …"""
    entries: tuple[Entry, ...] = ()
    told: tuple[Told, ...] = ()
    deliveries: tuple[Delivery, ...] = ()
    callbacks: tuple[Callback, ...] = ()
    timers: tuple[Arm | Disarm, ...] = ()
    messages: tuple[Message, ...] = ()
    rewrites: tuple[Rewrite, ...] = ()
    brief: Brief | None = None
    user: User | None = None
    facts: Facts = field(default_factory=dict)
    """More for the answer: `merged`, `reopened`, names of members; never words of users."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketFacts:
    """A ticket at one moment, as answers and callbacks show it."""

    id: TicketId
    number: int
    state: TicketState
    owner: Owner
    epoch: int
    version: int
    seq: int
    route: str
    route_reason: str
    assignee_key: str | None
    assignee_name: str | None
    assignee_avatar: str | None
    created_at: datetime
    closed_at: datetime | None
    outcome: str | None
    previous: TicketId | None
    conversation: str
    bot: str
    test: bool
    assignee_alias: str | None = None
    """What the user calls them."""


def facts_of(ticket: Ticket, counted: Ticket | None = None) -> TicketFacts:
    """Take the ticket's public facts as they are now; with `counted`, under its number and version."""
    assignee = ticket.assignee
    counted = counted or ticket
    return TicketFacts(
        id=ticket.id,
        number=counted.number,
        state=ticket.state,
        owner=ticket.owner,
        epoch=ticket.epoch,
        version=counted.version,
        seq=ticket.seq,
        route=ticket.policy.route,
        route_reason=ticket.route_reason,
        assignee_key=assignee.key if assignee else None,
        assignee_name=assignee.name if assignee else None,
        assignee_avatar=assignee.avatar_url if assignee else None,
        created_at=ticket.created_at,
        closed_at=ticket.closed_at,
        outcome=ticket.outcome,
        previous=ticket.previous,
        conversation=ticket.conversation,
        bot=ticket.bot,
        test=ticket.test,
        assignee_alias=ticket.policy.relay.alias(assignee.name) if assignee else None,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What an answer is filled with, as the decision left it."""

    user: User
    brief: Brief
    policy: Policy


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The answer kept with an event's key and given again when the event is repeated. Holds ids, never words."""

    code: str
    ticket: TicketFacts
    message: MessageId | None = None
    facts: Facts = field(default_factory=dict)
    replayed: bool = False
    said: Said | None = field(default=None, compare=False, repr=False)
    """Known only while the decision is fresh, which spares the answer its reads. Never stored."""


def answer(change: Change, ticket: Ticket) -> Verdict:
    """The answer to the event that made this change; `ticket` is the change's, once its number is given."""
    message = change.messages[-1].id if change.messages else None
    return Verdict(code=change.code, ticket=facts_of(ticket), message=message, facts=change.facts)
