"""What a delivery speaks of: its ticket and the rest of the rows, read when it is sent."""

from dataclasses import dataclass
from datetime import datetime

from bridge.domain.errors import TryLater, Undeliverable
from bridge.domain.refs import DeliveryId, Lane, ThreadRef
from bridge.domain.ticket import Ticket, TicketState
from bridge.domain.words import User
from bridge.ports.chat import ChatPlatform


@dataclass(frozen=True, slots=True, kw_only=True)
class Errand:
    """One delivery on its way to a chat platform."""

    key: DeliveryId
    lane: Lane
    platform: ChatPlatform
    now: datetime
    ticket: Ticket
    user: User
    found_thread: ThreadRef | None
    """The ticket's thread in this lane: the owning one, one it has left, or a watcher's card."""

    link: str | None = None
    """Where the ticket's conversation is, as a web address."""

    @property
    def thread(self) -> ThreadRef:
        """Raises: TryLater, while there is none."""
        if self.found_thread is None:
            raise TryLater("the ticket has no thread in this lane yet")
        return self.found_thread

    @property
    def watches(self) -> bool:
        """Only a card without buttons stands here; nothing is relayed."""
        return self.lane in self.ticket.policy.watch and self.lane != self.ticket.policy.lane

    @property
    def left(self) -> bool:
        """The ticket goes on in another lane."""
        return not self.watches and self.lane != self.ticket.policy.lane

    @property
    def rests(self) -> bool:
        """Nobody works in this thread: the ticket is closed, or goes on in another. It may have come back since."""
        return self.ticket.state is TicketState.CLOSED or self.found_thread != self.ticket.thread


def gone(what: str) -> Undeliverable:
    """Rows a delivery names were purged: there is nothing left to say."""
    return Undeliverable(f"{what} is not in the store any more")
