"""What leaves the house: outbox rows and their contents.

Contents name words by id; delivery fills them when it sends, so that erased words cannot leave any more.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum, StrEnum
from typing import TypeAlias

from bridge.domain.alarms import Alarm
from bridge.domain.people import Assignee
from bridge.domain.refs import DeliveryId, Lane, MessageId, MessageRef, TicketId, ToldId


class Strand(StrEnum):
    """What has to keep its order within one ticket and lane. Only words wait for each other; all wait for the root."""

    ROOT = "root"
    WORDS = "words"
    CARD = "card"
    MARKS = "marks"


class Urgency(IntEnum):
    """The lane's choice among heads; smaller goes first."""

    ANSWER = 0
    """An answer to a person's click."""
    ROOT = 1
    WORDS = 2
    CARD = 3
    REMINDER = 4
    TURN = 5
    """A card that a talk turns with every word: who waits for whom may be told a little later."""


class MarkKind(StrEnum):
    """What stands on a member's own message."""

    SENT = "sent"
    FAILED = "failed"
    HELD = "held"
    NONE = "none"
    """Takes a held mark away."""


@dataclass(frozen=True, slots=True)
class OpenThread:
    """Post the card and open the ticket's thread under it."""


@dataclass(frozen=True, slots=True)
class OpenWatch:
    """Post a card without buttons for people who watch; no thread is opened under it, nothing is relayed."""


@dataclass(frozen=True, slots=True)
class PostWords:
    """Show a message in the thread: the user's, or a member's written elsewhere.

    With `file` only this file of it: one that was fetched after the words were shown, or could not be.
    """

    message: MessageId
    part: int = 0
    parts: int = 1
    file: str | None = None


@dataclass(frozen=True, slots=True)
class EditWords:
    """The message changed at its author; change what was posted."""

    message: MessageId


@dataclass(frozen=True, slots=True)
class RetractWords:
    """The message was deleted at its author."""

    message: MessageId


@dataclass(frozen=True, slots=True)
class PostHistory:
    """What was said before, as the first thing under the card: the bot's turns before the handoff, and with
    `until` also what user and team said up to then (a thread that replaces another).
    """

    until: datetime | None = None
    part: int = 0
    parts: int = 1


@dataclass(frozen=True, slots=True)
class PostLine:
    """One plain line of Handrail's own in the thread. `code` and `facts` name a sentence of `domain.notices`."""

    code: str
    facts: tuple[tuple[str, str], ...] = ()
    message: MessageId | None = None


@dataclass(frozen=True, slots=True)
class RefreshCard:
    """Bring the card up to date. Has no content: the card is built from the ticket when it is sent."""


@dataclass(frozen=True, slots=True)
class CloseThread:
    """The ticket is closed: archive or leave its thread as the platform does."""


@dataclass(frozen=True, slots=True)
class Mark:
    """Set a mark on the member's own message."""

    message: MessageId
    mark: MarkKind


@dataclass(frozen=True, slots=True)
class Whisper:
    """Tell one person something in the thread, privately where the platform can.

    `message` is the held message it asks about.
    """

    to: Assignee
    code: str
    facts: tuple[tuple[str, str], ...] = ()
    message: MessageId | None = None


@dataclass(frozen=True, slots=True)
class Remind:
    """A reminder in the ticket's thread. `who` is `team`, `assignee` or a team's name; `mention` makes it ring."""

    step: str
    who: str
    mention: bool
    late: bool = False


@dataclass(frozen=True, slots=True)
class Digest:
    """The queue of a lane, posted anew at the bottom when `crossing`, else edited in place."""

    crossing: bool


@dataclass(frozen=True, slots=True)
class Alert:
    """A direct message or mention to each member of `team`."""

    team: str
    late: bool = False


@dataclass(frozen=True, slots=True)
class TellBot:
    """A callback. Its envelope is filled from the feed row `told` when it is sent."""

    told: ToldId


@dataclass(frozen=True, slots=True)
class TellAlarm:
    """A line for those who keep the site, in a channel and about no ticket: what is wrong, or that it is over."""

    alarm: Alarm


Content: TypeAlias = (
    OpenThread
    | OpenWatch
    | PostWords
    | EditWords
    | RetractWords
    | PostHistory
    | PostLine
    | RefreshCard
    | CloseThread
    | Mark
    | Whisper
    | Remind
    | Digest
    | Alert
    | TellBot
    | TellAlarm
)


class DeliveryState(StrEnum):
    """WAITING has a predecessor or no root yet; UNKNOWN must be looked up before anything is sent again."""

    WAITING = "waiting"
    READY = "ready"
    SENDING = "sending"
    UNKNOWN = "unknown"
    HELD = "held"
    """Too old to leave without a click; what waits behind it goes on waiting."""
    DONE = "done"
    DEAD = "dead"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One thing to say to one lane, as a decision orders it. Id, state and attempts are the store's."""

    lane: Lane
    content: Content
    strand: Strand
    urgency: Urgency
    id: DeliveryId = DeliveryId("")
    """Given by the store; stays the same over every attempt and is the key on the platform."""
    ticket: TicketId | None = None
    not_before: datetime | None = None
    expires_at: datetime | None = None
    """Dropped unsent after this: signs of life grow stale."""
    coalesce: str | None = None
    """At most one unsent delivery per ticket, lane and this word: the later one finds the earlier and adds nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """A delivery as the outbox hands it to a drain, committed as `sending`."""

    id: DeliveryId
    delivery: Delivery
    attempt: int
    """1 on the first try."""
    first_at: datetime | None
    """When it was first attempted; None on the first."""
    unknown: bool
    """The last attempt's outcome is unknown: look before sending."""
    attempted_at: datetime | None
    """When the attempt with the unknown outcome began."""
    created_at: datetime
    """When it was committed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted:
    """What a platform made of a delivery: the thread for a root, the message for a post."""

    thread: str | None = None
    message: MessageRef | None = None


class Ending(StrEnum):
    """How an attempt ended, for `fanout.after`."""

    DONE = "done"
    RETRY = "retry"
    UNKNOWN = "unknown"
    HELD = "held"
    """Not attempted: too old by now, so a person is asked."""
    NEVER = "never"
    """Not attempted: nobody wants it said any more."""
    DEAD = "dead"
