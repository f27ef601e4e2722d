"""What the clock reports, and what operators do from the command line."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from bridge.domain.events.key import EventKey
from bridge.domain.refs import TicketId
from bridge.domain.ticket import Outcome

TIMERS: Final = "timer"
"""The scope of their keys."""


class TimerKind(StrEnum):
    UNDO = "undo"
    """A reply's undo window is over; subject is the message."""
    HELD = "held"
    """A held message has waited two minutes; subject is the message."""
    LATE = "late"
    """A reply has been on its way for ten minutes; subject is the message."""
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
        return EventKey(TIMERS, f"{self.ticket}/{self.timer}/{self.subject}/{self.due.isoformat()}")


@dataclass(frozen=True, slots=True, kw_only=True)
class PlatformBack:
    """The platform of the ticket's thread was away from `since` to `at`: its ladders stood still meanwhile."""

    ticket: TicketId
    since: datetime
    at: datetime

    @property
    def key(self) -> EventKey:
        return EventKey("platform-back", f"{self.ticket}/{self.since.isoformat()}")


@dataclass(frozen=True, slots=True, kw_only=True)
class PlatformAway:
    """The platform of the ticket's thread is away since `since`."""

    ticket: TicketId
    since: datetime
    at: datetime

    @property
    def key(self) -> EventKey:
        return EventKey("platform-away", f"{self.ticket}/{self.since.isoformat()}")


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueMoved:
    """A ticket nobody has stands at another place of its route's queue; 1 is next."""

    ticket: TicketId
    position: int
    at: datetime

    @property
    def key(self) -> EventKey:
        return EventKey("queue", f"{self.ticket}/{self.position}/{self.at.isoformat()}")


@dataclass(frozen=True, slots=True, kw_only=True)
class OperatorClosed:
    """`handrail tickets close`."""

    key: EventKey
    ticket: TicketId
    outcome: Outcome
    at: datetime
    name: str = "operator"
