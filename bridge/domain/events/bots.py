"""What bots and their users report."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from bridge.domain.capabilities import BotCapabilities
from bridge.domain.events.key import EventKey
from bridge.domain.refs import BotName, MessageId, TicketId
from bridge.domain.ticket import Kind, Outcome, Priority
from bridge.domain.words import Attachment, Author, Link, Scalar


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


class Receipt(StrEnum):
    """What a bot says of a message it was given."""

    DELIVERED = "delivered"
    SEEN = "seen"
    FAILED = "failed"


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


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptGiven(FromBot):
    """How a message that was given to the bot fared there. `reported_at` is the bot's own clock."""

    ticket: TicketId
    message: MessageId
    receipt: Receipt
    reported_at: datetime | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyTooOld:
    """A bot without an address asks for its feed, and next in it stands a reply that has waited for too long."""

    bot: BotName
    ticket: TicketId
    message: MessageId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedRead:
    """A bot without an address asked for what follows `cursor`: everything up to there has arrived."""

    bot: BotName
    cursor: int
    at: datetime
