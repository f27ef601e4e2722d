"""What the desk hands to the writer: which rows a decision needs, and the decision itself."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeAlias

from bridge.domain.audit import Audited
from bridge.domain.change import Change
from bridge.domain.events import EventKey, TimerKind
from bridge.domain.files import KeptFile
from bridge.domain.refs import BotName, ConversationRef, MemberKey, MessageId, TicketId
from bridge.domain.ticket import Ticket
from bridge.domain.words import Brief, Message, User


@dataclass(frozen=True, slots=True)
class ByTicket:
    """A ticket by id; with `bot`, another bot's ticket is not found."""

    id: TicketId
    bot: BotName | None = None


@dataclass(frozen=True, slots=True)
class ByConversation:
    """The conversation's open ticket, else its latest closed one, else none."""

    ref: ConversationRef


@dataclass(frozen=True, slots=True, kw_only=True)
class TimerAt:
    """The timer row that must still stand, with this very due time. It is consumed with the decision."""

    timer: TimerKind
    subject: str
    due: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """The rows a decision sees, locked, with all earlier decisions of the batch applied."""

    ticket: Ticket | None
    brief: Brief | None = None
    user: User | None = None
    messages: Mapping[MessageId, Message] = field(default_factory=dict)
    by_external: Mapping[str, Message] = field(default_factory=dict)
    timer_stands: bool = True
    has_open: int = 0
    """How many tickets the asked `assignee` has."""
    unsent: Sequence[Message] = ()
    """Of a delivery whose place was lost: the words that were still to be shown there."""
    files: Mapping[str, KeptFile] = field(default_factory=dict)

    def message(self, name: MessageId | None) -> Message | None:
        return self.messages.get(name) if name is not None else None


Decide: TypeAlias = Callable[[Situation], Change | None]
"""Pure and quick. None: nothing is to be done and nothing is stored. What it raises reaches only its own caller."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """One decision to be made inside the writer's transaction."""

    find: ByTicket | ByConversation
    decide: Decide
    key: EventKey | None = None
    fingerprint: str = ""
    messages: tuple[MessageId, ...] = ()
    """Load these messages."""
    externals: tuple[str, ...] = ()
    """Load the found ticket's messages with these ids of the bot's."""
    user: str | None = None
    """Load the user with this external id of the conversation's bot; without it, the found ticket's user."""
    brief: bool = False
    """Load the ticket's brief."""
    assignee: MemberKey | None = None
    """Count the tickets this member has."""
    timer: TimerAt | None = None
    files: tuple[str, ...] = ()
    """Load these files."""
    audit: Audited | None = None
    """Written with the decision, unless nothing is to be done."""
