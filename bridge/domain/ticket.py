"""The ticket: a value, changed only by `lifecycle.decide`."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from bridge.domain.capabilities import BotCapabilities
from bridge.domain.people import Assignee
from bridge.domain.policy import Policy
from bridge.domain.refs import BotName, ConversationRef, Lane, MemberKey, MessageId, ThreadRef, TicketId, UserId


class TicketState(StrEnum):
    """Where a ticket is in its life."""

    OPEN = "open"
    ASSIGNED = "assigned"
    CLOSED = "closed"


class Owner(StrEnum):
    """Who may speak to the user. While it is not `bot`, the bot stays silent."""

    BOT = "bot"
    QUEUE = "queue"
    HUMAN = "human"


OWNER_OF = {TicketState.OPEN: Owner.QUEUE, TicketState.ASSIGNED: Owner.HUMAN, TicketState.CLOSED: Owner.BOT}


class Kind(StrEnum):
    CONVERSATION = "conversation"
    APPROVAL = "approval"


class Priority(StrEnum):
    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"
    URGENT = "urgent"


class Outcome(StrEnum):
    """How a ticket ended."""

    RESOLVED = "resolved"
    RETURNED_TO_BOT = "returned_to_bot"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    SPAM = "spam"


class WhyEmptied(StrEnum):
    """Why a ticket has no words any more."""

    KEPT_LONG_ENOUGH = "kept_long_enough"
    ERASED = "erased"


class WhyHeld(StrEnum):
    """Why a member's message waits for its writer to decide."""

    UNCLAIMED = "unclaimed"
    MENTION = "mention"
    SIDE_TALK = "side_talk"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A member's message that was not sent, and whose writer is asked."""

    message: MessageId
    writer: Assignee
    why: WhyHeld
    since: datetime
    meant_for: str | None = None
    """The colleague it looks meant for."""
    told: bool = False
    """The visible line that it was not sent has been posted."""
    in_thread: bool = False
    """It stands in the ticket's thread already: its writer wrote it there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pending:
    """A reply in its undo window: written, on its way out, still retractable without a trace."""

    message: MessageId
    writer: Assignee
    due: datetime
    in_thread: bool = False
    """It stands in the ticket's thread already."""
    handed: bool = False
    """Of a stale one: the bot may have it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Climb:
    """Where a ticket is on a ladder: since when it counts, and the index of the next step."""

    since: datetime
    step: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class SideTalk:
    """The last words inside a thread by somebody who does not have the ticket."""

    by: MemberKey
    name: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Displaced:
    """The ticket lost its thread in this lane at that time: the lane could not be used, or not that thread."""

    lane: Lane
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Emptied:
    """Its words are gone for good; what happened, and when, stands in its log."""

    why: WhyEmptied
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """One escalation, as it is now. No words of anybody stand in it: they are in `Brief`, `User` and `Message`."""

    id: TicketId
    bot: BotName
    conversation: str
    user: UserId
    policy: Policy
    route_reason: str
    created_at: datetime
    waiting_since: datetime | None
    """Since when the user waits for the team; None while the team waits for the user."""
    number: int = 0
    """What people call it, `#1042`; 0 until the writer has given one."""
    kind: Kind = Kind.CONVERSATION
    state: TicketState = TicketState.OPEN
    assignee: Assignee | None = None
    last_assignee: Assignee | None = None
    epoch: int = 1
    """Rises by one whenever the owner changes."""
    version: int = 1
    """Counts changes."""
    seq: int = 0
    """Counts log entries."""
    priority: Priority = Priority.NORMAL
    language: str | None = None
    channel: str | None = None
    capabilities: BotCapabilities = field(default_factory=BotCapabilities)
    notices: str = "bot"
    thread: ThreadRef | None = None
    opened_at: datetime | None = None
    """When it was last opened or reopened."""
    claimed_at: datetime | None = None
    first_reply_at: datetime | None = None
    last_user_at: datetime | None = None
    last_reply_at: datetime | None = None
    last_words_at: datetime | None = None
    """The latest time that any of its words bears, whoever said them."""
    closed_at: datetime | None = None
    outcome: Outcome | None = None
    snoozed_until: datetime | None = None
    snoozed_by: str | None = None
    held: tuple[Held, ...] = ()
    pending: tuple[Pending, ...] = ()
    waiting_climb: Climb | None = None
    answering_climb: Climb | None = None
    last_mention_at: datetime | None = None
    reminded: int = 0
    """Reminders since it was last claimed or opened."""
    idle_since: datetime | None = None
    """Since when the user's silence counts towards closing."""
    idle_warned_at: datetime | None = None
    side_talk: SideTalk | None = None
    previous: TicketId | None = None
    failed: int = 0
    """Replies that could not be handed to the bot."""
    usual_wait: timedelta | None = None
    """What people waited on its route when it opened; for texts to the user."""
    told_to_wait: int = 0
    """The epoch in which its user was last told that they still wait."""
    queue_position: int | None = None
    """Its place in the queue as its bot last heard it."""
    late: bool = False
    """A writer was told that their reply is late; nothing has arrived since."""
    stale: tuple[Pending, ...] = ()
    """Replies too old to leave without a click, in the order they were written; `due` is when they were to leave."""
    test: bool = False
    displaced: Displaced | None = None
    """How it last lost its place."""
    watched: tuple[Lane, ...] = ()
    """Where a card to watch stands, or is on its way."""
    emptied: Emptied | None = None

    @property
    def owner(self) -> Owner:
        return OWNER_OF[self.state]

    @property
    def ref(self) -> ConversationRef:
        return ConversationRef(self.bot, self.conversation)

    @property
    def closes_at(self) -> datetime | None:
        """When it closes if the user stays silent; None while nothing counts towards it."""
        idle = self.policy.idle
        if idle is None or self.idle_since is None or self.waiting_since is not None:
            return None
        return self.idle_since + idle.close

    @property
    def waits_on_user(self) -> bool:
        return self.state is not TicketState.CLOSED and self.waiting_since is None
