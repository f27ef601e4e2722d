"""What people say, by a token of its own each, and what became of it as far as whoever said it knows."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import count

from bridge.domain.refs import BotName, MessageId, MessageRef, ThreadRef, TicketId


class How(StrEnum):
    """Where and as what it was said."""

    USER = "user"
    THREAD = "thread"
    """Plainly, in a thread: the relay's rules decide."""
    NOTE = "note"
    CONSOLE = "console"
    """A reply from the console."""


@dataclass
class Word:
    """One message of somebody."""

    token: str
    ticket: TicketId
    by: str
    how: How
    text: str
    thread: ThreadRef | None = None
    origin: MessageRef | None = None
    message: MessageId | None = None
    order: int | None = None
    """The place of its acceptance among all; None while nobody accepted it."""
    refused: str | None = None
    deleted_at: float | None = None
    """When its deletion was accepted."""
    deleting: bool = False
    edited: bool = False


@dataclass
class Conversation:
    """One conversation of a bot."""

    bot: BotName
    external_id: str
    where: str
    tickets: list[TicketId] = field(default_factory=list)
    """Every ticket an accepted escalation of it was answered with."""
    words: list[Word] = field(default_factory=list)
    busy: bool = False
    """The bot waits for an answer, and says nothing meanwhile."""

    @property
    def ticket(self) -> TicketId | None:
        return self.tickets[-1] if self.tickets else None


class Said:
    """All words of a run."""

    def __init__(self) -> None:
        self._names = count(1)
        self._orders = count(1)
        self.words: dict[str, Word] = {}

    def new(self, ticket: TicketId, by: str, how: How, text: str = "") -> Word:
        token = f"{how[0]}w{next(self._names)}x"
        word = Word(token, ticket, by, how, f"{token} {text}".strip())
        self.words[token] = word
        return word

    def accept(self, word: Word) -> None:
        if word.order is None:
            word.order = next(self._orders)

    def tokens_in(self, text: str) -> Iterator[str]:
        """Whose words these are."""
        return (each for each in text.replace("\\", "").split() if each in self.words)
