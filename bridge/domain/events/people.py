"""What members report, from a platform or from the console."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from bridge.domain.events.key import EventKey
from bridge.domain.people import Person
from bridge.domain.refs import Lane, MessageId, MessageRef, ThreadRef, TicketId
from bridge.domain.words import Attachment


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
    CLAIM_ANYWAY = "claim_anyway"
    """A claim beyond what the team thinks one member can carry."""
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
    REPLY = "reply"
    """Words for the user, written in a form."""


class Wish(StrEnum):
    """What shall become of words that stand in a thread already."""

    SEND = "send"
    KEEP = "keep"
    UNSEND = "unsend"


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
    text: str = ""
    """The same words as they were written, with their lines; empty where a platform has only the words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FormAsked(FromPerson):
    """A click that needs a form; nothing is committed."""

    ticket: TicketId
    verb: Verb


@dataclass(frozen=True, slots=True, kw_only=True)
class FormSubmitted(FromPerson):
    """`epoch` is the ticket's when the form was opened: filled in for another owner's ticket, it is not taken."""

    ticket: TicketId
    verb: Verb
    epoch: int | None = None
    fields: Mapping[str, str] = field(default_factory=dict)
    named: Person | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageRecast(FromPerson):
    """A member says of a message in a thread, from its menu, what shall become of it."""

    origin: MessageRef
    wish: Wish


@dataclass(frozen=True, slots=True, kw_only=True)
class HomeOpened(FromPerson):
    """A member looks at their own page; nothing is committed. `seen` is the turn of the page they have."""

    seen: int | None = None


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
