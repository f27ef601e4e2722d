"""What operators decide about tickets that follow rules the file has no more."""

from dataclasses import dataclass
from datetime import datetime

from bridge.domain.events.key import EventKey
from bridge.domain.refs import TicketId


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketMoved:
    """Move a running ticket: to the route named `to`, or to where the rules in force would send it."""

    ticket: TicketId
    version: int
    """The ticket as the operator saw it: the same move decided twice has one effect."""
    rules: str
    """Digest of the rules in force."""
    by: str
    """`operator:NAME` or a member's key."""
    name: str
    via: str
    at: datetime
    to: str | None = None

    @property
    def key(self) -> EventKey:
        return EventKey("move", f"{self.ticket}/{self.version}/{self.rules}/{self.to or ''}")
