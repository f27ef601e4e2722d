"""Neutral things for people to see; adapters and the console paint them.

Every `str` in a line is data, never markup.
"""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TypeAlias

from bridge.domain.events import Verb
from bridge.domain.refs import MessageId, TicketId
from bridge.domain.words import Attachment


@dataclass(frozen=True, slots=True)
class Moment:
    """A time the platform shows in the reader's own zone; `relative` as "4 minutes ago" where it can."""

    at: datetime
    relative: bool = False


@dataclass(frozen=True, slots=True)
class Strong:
    text: str


@dataclass(frozen=True, slots=True)
class Anchor:
    """A link whose address was checked to be http(s)."""

    title: str
    url: str


Span: TypeAlias = str | Moment | Strong | Anchor
Line: TypeAlias = tuple[Span, ...]


class Style(StrEnum):
    PLAIN = "plain"
    PRIMARY = "primary"
    DANGER = "danger"


@dataclass(frozen=True, slots=True, kw_only=True)
class Button:
    """An act on a ticket. `epoch` only tells whether the card it stood on was old."""

    label: str
    verb: Verb
    ticket: TicketId
    epoch: int
    style: Style = Style.PLAIN
    message: MessageId | None = None
    """The held or failed message it decides."""
    fields: Mapping[str, str] = field(default_factory=dict)
    form: bool = False
    """Needs a form before it can act."""
    url: str | None = None
    """A link instead of an act."""


class Accent(StrEnum):
    """The card's state as a colour; the same state always stands there as a word and a shape too."""

    OPEN = "open"
    URGENT = "urgent"
    ASSIGNED = "assigned"
    WAITING = "waiting"
    SNOOZED = "snoozed"
    TROUBLE = "trouble"
    MOVED = "moved"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """How a ticket presents itself in a channel."""

    ticket: TicketId
    number: int
    epoch: int
    accent: Accent
    symbol: str
    """`●`, `◐`, `◔`, `☾`, `⚠`, `→`, `✓`"""
    state_word: str
    """`Open`, `High`, `Ana has it`, …: what the symbol means."""
    title: str
    who: Line
    """Mara · French · waiting since 11:21"""
    status: Line
    """Nobody has it. … / Ana has it since …"""
    body: tuple[str, ...] = ()
    """Reason and summary: the bot's and user's words, shown as plain text."""
    facts: Line = ()
    """plan pro · order_total 250 · Order ↗ · before: #987"""
    footer: Line = ()
    """What happens to what is written here."""
    rule: str = ""
    why: str = ""
    """Why that rule: `language starts with fr`"""
    buttons: tuple[Button, ...] = ()
    more: tuple[Button, ...] = ()

    @property
    def fallback(self) -> str:
        """One plain line for notifications and screen readers."""
        return f"{self.symbol} #{self.number} {self.title} ({self.state_word})"


class Speaker(StrEnum):
    """Whose words a post shows."""

    USER = "user"
    MEMBER = "member"
    BOT = "bot"
    HANDRAIL = "handrail"


@dataclass(frozen=True, slots=True, kw_only=True)
class Enclosed:
    """A file that is posted with what is said."""

    name: str
    content_type: str
    size: int
    """Bytes."""
    pieces: Callable[[], AsyncIterator[bytes]] = field(compare=False, repr=False)
    """Its bytes from the beginning, as often as asked for. Raises: StoreTrouble; ContentRejected when they are gone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Speech:
    """Something said in a thread. `text` is CommonMark and, unless the speaker is Handrail, untrusted data."""

    speaker: Speaker
    name: str
    text: str
    at: datetime
    avatar_url: str | None = None
    user_word: str | None = None
    """What stands behind a user's name, where the route has a word of its own."""
    inside: bool = False
    """A note: say so."""
    late: bool = False
    """Shown more than a minute after it was written: say when."""
    edited: bool = False
    mention: tuple[str, ...] = ()
    """Platform ids that shall ring: `team:<group id>` or a user id. Nobody else can ever be pinged."""
    or_mention: tuple[str, ...] = ()
    """Who rings instead where the platform has no groups to ring."""
    aloud: bool = False
    """Shown in the channel too, where replies can be: nobody may be reading the thread."""
    attachments: tuple[Attachment, ...] = ()
    """Files that stand there by their names only."""
    files: tuple[Enclosed, ...] = ()
    """Only where the platform's capabilities say that it shows files."""
    buttons: tuple[Button, ...] = ()
    part: int = 0
    parts: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestRow:
    ticket: TicketId
    number: int
    title: str
    who: str
    waiting_since: datetime
    urgent: bool
    claim: Button


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueDigest:
    """All unclaimed tickets of a lane, oldest first."""

    rows: tuple[DigestRow, ...]
    at: datetime
    more: int = 0
    """How many stand behind the last row."""


@dataclass(frozen=True, slots=True)
class Nothing:
    """No answer is due."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One sentence for one person, with the next act as buttons. `only` is the single person who may press them."""

    line: Line
    buttons: tuple[Button, ...] = ()
    only: str | None = None
    refused: bool = False
    """The act did not happen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One input of a form. With `choices` it is a list of (value, label); `people` asks for a member."""

    name: str
    label: str
    value: str = ""
    long: bool = False
    people: bool = False
    choices: tuple[tuple[str, str], ...] = ()
    optional: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    title: str
    verb: Verb
    ticket: TicketId
    epoch: int
    submit: str
    fields: tuple[Field, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """The answer to `list`, `mine`, `help`: a heading and lines, each with at most one button."""

    title: str
    rows: tuple[tuple[Line, Button | None], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class HomeRow:
    line: Line
    buttons: tuple[Button, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class HomePage:
    """One member's own page: what is wrong, what is theirs, what nobody has."""

    troubles: tuple[Line, ...]
    mine: tuple[HomeRow, ...]
    queue: tuple[HomeRow, ...]
    more_mine: int = 0
    """How many stand behind the last row."""
    more_queue: int = 0
    turn: int = 0
    """Names the state of the store it was made from."""


Answer: TypeAlias = Nothing | Notice | Form | Listing | HomePage


def plain(line: Sequence[Span]) -> str:
    """The line as plain text, times as ISO minutes in UTC; for logs, tests and terminals."""
    return "".join(_plain(span) for span in line)


def _plain(span: Span) -> str:
    match span:
        case str():
            return span
        case Moment(at=at):
            return at.strftime("%Y-%m-%d %H:%M UTC")
        case Strong(text=text):
            return text
        case Anchor(title=title):
            return title
