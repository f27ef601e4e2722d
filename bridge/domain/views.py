"""Read models: what the store gives to those who show or tell."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from bridge.domain.change import Entry, TicketFacts
from bridge.domain.people import Actor
from bridge.domain.policy import Policy
from bridge.domain.refs import BotName, DeliveryId, Lane, MessageId, ThreadRef, TicketId, ToldId
from bridge.domain.ticket import Ticket
from bridge.domain.words import Brief, Message, Scalar, User


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedRow:
    """One thing a bot is told. `cursor` rises without gaps of order per bot; words are named, not held."""

    id: ToldId
    bot: BotName
    cursor: int
    type: str
    at: datetime
    seq: int
    ticket: TicketFacts
    """As it was when it happened."""
    actor: Actor
    facts: Mapping[str, Scalar] = field(default_factory=dict)
    message: MessageId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FilledRow:
    """A feed row with the words it names, as they are now."""

    row: FeedRow
    user: User
    brief: Brief
    message: Message | None
    transcript: tuple[Message, ...] = ()
    """Since the handoff; only for `ticket.closed`."""
    thread: ThreadRef | None = None
    """Where its team works on it now; only for `ticket.opened`, and only once the thread stands."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QueuePlace:
    """A ticket nobody has, and where it stands; 1 is next."""

    ticket: TicketId
    bot: BotName
    position: int
    told: int | None
    """As its bot last heard it."""


class Section(StrEnum):
    """The console's lists."""

    UNASSIGNED = "unassigned"
    MINE = "mine"
    OPEN = "open"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class InboxRow:
    """One line of a list."""

    ticket: Ticket
    title: str
    user: str
    """What the user is called."""
    last_text: str
    """The beginning of the last words of user or member, at most 140 characters; empty when there are none."""
    last_at: datetime
    last_by_user: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Inbox:
    rows: tuple[InboxRow, ...]
    counts: Mapping[Section, int]
    next: str | None = None
    """Cursor of the next page."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Before:
    """An earlier ticket of the same user."""

    id: TicketId
    number: int
    title: str
    outcome: str | None
    assignee: str | None
    closed_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketView:
    """All that a ticket's page and its card show."""

    ticket: Ticket
    brief: Brief
    user: User
    messages: tuple[Message, ...] = ()
    """Oldest first."""
    entries: tuple[Entry, ...] = ()
    before: tuple[Before, ...] = ()
    """Latest first, at most five."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LaneView:
    """A lane's state for operators and for the trouble line of cards."""

    lane: Lane
    waiting: int
    oldest_at: datetime | None
    failing_since: datetime | None
    """Since when its head could not be delivered."""
    paused_because: str | None = None
    paused_at: datetime | None = None
    paused_until: datetime | None = None
    """None while it is paused: until somebody resumes it."""
    paused_by: str | None = None
    """The operator who did."""
    dead: int = 0
    unknown: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryView:
    id: DeliveryId
    ticket: TicketId | None
    lane: Lane
    what: str
    state: str
    attempts: int
    reason: str | None
    created_at: datetime
    number: int | None = None
    """Of its ticket, where it was asked for."""
    attempted_at: datetime | None = None
    not_before: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsoleMember:
    """Somebody who may sign in to the console."""

    name: str
    admin: bool
    invited_at: datetime
    last_seen_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Followers:
    """So many running tickets of one bot, whose threads are on one platform, keep to one policy."""

    policy: Policy
    bot: BotName
    platform: str | None
    """None: the console only."""
    count: int
