"""Words of people: messages, what an escalation said, and who the user is. The store keeps them apart from all else."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TypeAlias

from bridge.domain.refs import BotName, MessageId, MessageRef, TicketId, UserId

Scalar: TypeAlias = str | int | float | bool | None


class Author(StrEnum):
    USER = "user"
    MEMBER = "member"
    BOT = "bot"
    SYSTEM = "system"


class WordsKind(StrEnum):
    """What a message is to the user: theirs, ours to them, ours among us, or the bot's before the handoff."""

    USER = "user"
    REPLY = "reply"
    NOTE = "note"
    HISTORY = "history"


class WordsState(StrEnum):
    """How far a message has come."""

    HELD = "held"
    """Written in a thread, not sent; its writer is asked."""
    PENDING = "pending"
    """In its undo window."""
    SENDING = "sending"
    SENT = "sent"
    """The bot has accepted it: ✅."""
    DELIVERED = "delivered"
    """The bot says that it stands before the user."""
    SEEN = "seen"
    """The bot says that the user has seen it."""
    FAILED = "failed"
    STALE = "stale"
    """Too old by now to leave without a word: its writer is asked."""
    INSIDE = "inside"
    UNSENT = "unsent"
    """Taken back before it left."""
    RECEIVED = "received"
    """From the user."""
    DELETED = "deleted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """A file of a message; `file_id` when it is kept here, else only shown as a name.

    One with a `url` is fetched; until its size is known, or its trouble, it is on its way.
    """

    name: str
    url: str | None = None
    file_id: str | None = None
    content_type: str | None = None
    size: int | None = None
    """Bytes."""
    trouble: str | None = None
    """Why it could not be fetched."""


def on_the_way(attachment: Attachment) -> bool:
    """Is it still to be fetched?"""
    return attachment.url is not None and attachment.size is None and attachment.trouble is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message in CommonMark. `author_key` is a member's key, the user's id or the bot's name."""

    id: MessageId
    ticket: TicketId
    kind: WordsKind
    author: Author
    author_key: str
    author_name: str | None
    """A member's or bot's name; None for the user, whose name stands in `User`."""
    text: str
    at: datetime
    state: WordsState
    external_id: str | None = None
    """The bot's id of a message it sent us; unique per ticket."""
    origin: MessageRef | None = None
    """Where a member wrote it."""
    revision: int = 1
    edited_at: datetime | None = None
    attachments: tuple[Attachment, ...] = ()
    reply_to: str | None = None
    failure: str | None = None
    """Why it did not reach the bot, for operators."""
    handed: bool = False
    """The bot may have it already, though it has not said so. Known in a decision only."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    title: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Brief:
    """What the bot said when it escalated. Shown on the card; routing reads it."""

    ticket: TicketId
    title: str
    description: str | None = None
    summary: str | None = None
    reason_code: str | None = None
    reason_text: str | None = None
    confidence: float | None = None
    tags: tuple[str, ...] = ()
    attributes: Mapping[str, Scalar] = field(default_factory=dict)
    links: tuple[Link, ...] = ()
    metadata: str | None = None
    """The bot's opaque JSON, echoed in every callback."""


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """The bot's end user. One per (bot, external id)."""

    id: UserId
    bot: BotName
    external_id: str
    name: str | None = None
    locale: str | None = None
    timezone: str | None = None
    avatar_url: str | None = None
    email: str | None = None
    verified: bool = False

    @property
    def called(self) -> str:
        """What cards call them."""
        return self.name or "Guest"
