"""What a shore can report. The desk's one door takes any of these.

Every event carries `key`: unique per fact, so that the same fact reported twice has one effect.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TypeAlias

from bridge.domain.capabilities import BotCapabilities
from bridge.domain.people import Person
from bridge.domain.refs import BotName, Lane, MessageId, MessageRef, ThreadRef, TicketId
from bridge.domain.ticket import Kind, Outcome, Priority
from bridge.domain.words import Attachment, Author, Link, Scalar


@dataclass(frozen=True, slots=True)
class EventKey:
    """`scope` is the shore (`bot:shop-bot`, `acme-slack`, `timer`), `key` its own name of the fact."""

    scope: str
    key: str


# ── from bots ──────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True, kw_only=True)
class FromBot:
    """What every call of a bot has. `fingerprint` is a hash of the body: the same key with another is a conflict."""

    bot: BotName
    key: EventKey | None
    fingerprint: str
    at: datetime
    if_epoch: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class UserFacts:
    """What the bot said about its user; None means unsaid and keeps what is known."""

    external_id: str
    name: str | None = None
    locale: str | None = None
    timezone: str | None = None
    avatar_url: str | None = None
    email: str | None = None
    verified: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One line of the transcript before the handoff."""

    author: Author
    text: str
    at: datetime | None = None
    external_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Escalated(FromBot):
    """A bot needs a human."""

    conversation: str
    user: UserFacts
    title: str | None = None
    description: str | None = None
    summary: str | None = None
    reason_code: str | None = None
    reason_text: str | None = None
    confidence: float | None = None
    channel: str | None = None
    priority: Priority = Priority.NORMAL
    language: str | None = None
    tags: tuple[str, ...] = ()
    attributes: Mapping[str, Scalar] = field(default_factory=dict)
    transcript: tuple[Turn, ...] = ()
    links: tuple[Link, ...] = ()
    capabilities: BotCapabilities = field(default_factory=BotCapabilities)
    notices: str = "bot"
    metadata: str | None = None
    kind: Kind = Kind.CONVERSATION
    test: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class UserWrote(FromBot):
    ticket: TicketId
    text: str
    external_id: str | None = None
    attachments: tuple[Attachment, ...] = ()
    reply_to: str | None = None
    opens: bool = True
    """False: a mere "thanks" that does not reopen a closed ticket."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UserEdited(FromBot):
    ticket: TicketId
    external_id: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UserDeleted(FromBot):
    ticket: TicketId
    external_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketPatched(FromBot):
    ticket: TicketId
    title: str | None = None
    priority: Priority | None = None
    attributes: Mapping[str, Scalar] | None = None
    reroute: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenBack(FromBot):
    ticket: TicketId
    outcome: Outcome
    note: str | None = None


class Activity(StrEnum):
    TYPING = "typing"
    SEEN = "seen"
    LEFT = "left"
    ONLINE = "online"


@dataclass(frozen=True, slots=True, kw_only=True)
class UserActive(FromBot):
    """A passing sign of life; shown, never stored."""

    ticket: TicketId
    activity: Activity


# ── from people ────────────────────────────────────────────────────────────


class Intent(StrEnum):
    """What the writer said it is; PLAIN leaves that to the ticket's relay mode."""

    PLAIN = "plain"
    REPLY = "reply"
    NOTE = "note"
    CLAIM_AND_REPLY = "claim_and_reply"


@dataclass(frozen=True, slots=True, kw_only=True)
class FromPerson:
    key: EventKey
    person: Person
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonWrote(FromPerson):
    """A member's message. `text` is CommonMark with mentions in plain words.

    From a platform: `thread` and `origin` are set. From the console: `ticket` and `intent`.
    """

    text: str
    thread: ThreadRef | None = None
    origin: MessageRef | None = None
    ticket: TicketId | None = None
    intent: Intent = Intent.PLAIN
    mentions: tuple[str, ...] = ()
    """Display names of members, groups, or `everyone` that the message mentions."""
    attachments: tuple[Attachment, ...] = ()
    epoch: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonEdited(FromPerson):
    text: str
    origin: MessageRef | None = None
    message: MessageId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonDeleted(FromPerson):
    origin: MessageRef | None = None
    message: MessageId | None = None


class Verb(StrEnum):
    """What a button or a command asks for."""

    CLAIM = "claim"
    TAKE_OVER = "take_over"
    ASSIGN = "assign"
    RELEASE = "release"
    CLOSE = "close"
    UNDO_CLOSE = "undo_close"
    REOPEN = "reopen"
    SNOOZE = "snooze"
    WAKE = "wake"
    MOVE = "move"
    KEEP_OPEN = "keep_open"
    ASK_HAND_OVER = "ask_hand_over"
    SEND_HELD = "send_held"
    """Send a held message once, without claiming."""
    CLAIM_AND_SEND = "claim_and_send"
    KEEP_INSIDE = "keep_inside"
    REOPEN_AND_SEND = "reopen_and_send"
    RETRY = "retry"
    WITHDRAW = "withdraw"
    OPEN = "open"
    WHY = "why"
    TRANSCRIPT = "transcript"


@dataclass(frozen=True, slots=True, kw_only=True)
class ButtonPressed(FromPerson):
    """A click names its ticket and is judged on today's state; `epoch` only tells whether the card was old."""

    ticket: TicketId
    verb: Verb
    epoch: int | None = None
    message: MessageId | None = None
    """The held or failed message it is about."""
    fields: Mapping[str, str] = field(default_factory=dict)
    """Choices made with it: `to` (a platform user id or member key), `until` (ISO time), `outcome`, `route`, `note`."""
    named: Person | None = None
    """The member picked in `assign`, with the facts the platform gave."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandGiven(FromPerson):
    """`/handrail claim 1042`: the words behind the command, split at blanks."""

    words: tuple[str, ...]
    lane: Lane | None
    """The channel it was typed in."""
    thread: ThreadRef | None = None
    named: tuple[Person, ...] = ()
    """Members mentioned in it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FormAsked(FromPerson):
    """A click that needs a form; nothing is committed."""

    ticket: TicketId
    verb: Verb


@dataclass(frozen=True, slots=True, kw_only=True)
class FormSubmitted(FromPerson):
    ticket: TicketId
    verb: Verb
    fields: Mapping[str, str] = field(default_factory=dict)
    named: Person | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ThreadGone:
    """A ticket's thread or its root was deleted by a person."""

    key: EventKey
    thread: ThreadRef
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonTyping:
    """A member writes in the console; passing, never stored."""

    ticket: TicketId
    person: Person
    note: bool
    at: datetime


# ── from the clock ─────────────────────────────────────────────────────────


class TimerKind(StrEnum):
    UNDO = "undo"
    """A reply's undo window is over; subject is the message."""
    HELD = "held"
    """A held message has waited two minutes; subject is the message."""
    WAITING = "waiting"
    """The next step of the waiting ladder."""
    ANSWERING = "answering"
    SNOOZE = "snooze"
    IDLE_WARN = "idle_warn"
    IDLE_CLOSE = "idle_close"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadlinePassed:
    """A timer row came due. Judged only while that very row still stands."""

    ticket: TicketId
    timer: TimerKind
    subject: str
    due: datetime
    at: datetime

    @property
    def key(self) -> EventKey:
        return EventKey("timer", f"{self.ticket}/{self.timer}/{self.subject}/{self.due.isoformat()}")


@dataclass(frozen=True, slots=True, kw_only=True)
class PlatformBack:
    """The platform of the ticket's thread was away from `since` to `at`: its ladders stood still meanwhile."""

    ticket: TicketId
    since: datetime
    at: datetime

    @property
    def key(self) -> EventKey:
        return EventKey("platform-back", f"{self.ticket}/{self.since.isoformat()}")


# ── from operators ─────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True, kw_only=True)
class OperatorClosed:
    """`handrail tickets close`."""

    key: EventKey
    ticket: TicketId
    outcome: Outcome
    at: datetime
    name: str = "operator"


ChatEvent: TypeAlias = (
    PersonWrote | PersonEdited | PersonDeleted | ButtonPressed | CommandGiven | FormAsked | FormSubmitted | ThreadGone
)
BotEvent: TypeAlias = Escalated | UserWrote | UserEdited | UserDeleted | TicketPatched | TakenBack | UserActive
ClockEvent: TypeAlias = DeadlinePassed | PlatformBack
Event: TypeAlias = BotEvent | ChatEvent | PersonTyping | ClockEvent | OperatorClosed
