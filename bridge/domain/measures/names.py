"""What is measured, and one measured thing."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TypeAlias


class Span(StrEnum):
    """What takes time. `definitions` says where each begins and ends."""

    CLAIM = "claim"
    RECLAIM = "reclaim"
    FIRST_RESPONSE = "first_response"
    HANDOFF_WAIT = "handoff_wait"
    NEXT_RESPONSE = "next_response"
    HANDLE = "handle"
    RESOLUTION_FIRST = "resolution_first"
    RESOLUTION_TOTAL = "resolution_total"


class Count(StrEnum):
    """What happens a number of times."""

    OPENED = "opened"
    CLAIMED = "claimed"
    """Every claim, the first and later ones."""
    CLAIMED_REMINDED = "claimed_reminded"
    """Claims of tickets somebody was reminded of while nobody had them."""
    REMINDED = "reminded"
    CLOSED = "closed"
    RESOLVED = "resolved"
    UNRESOLVED = "unresolved"
    """Tickets closed as resolved that came back."""
    REOPENED = "reopened"
    """Closings that did not last: the ticket came back within its route's window."""
    ABANDONED = "abandoned"
    REPLIED = "replied"
    FAILED = "failed"
    """Replies the bot could not take."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Timed:
    """A span that has ended, dated by its end and counted on two clocks."""

    what: Span
    at: datetime
    wall: timedelta
    worked: timedelta
    """Counted in the opening hours of its ticket's ladder; without a calendar the same as `wall`."""
    route: str
    """Where the ticket was when the span ended."""
    undoes: datetime | None = None
    """Set: this takes back the span that ended then, for its ticket came back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """It happened once more."""

    what: Count
    at: datetime
    route: str


Fact: TypeAlias = Timed | Counted
