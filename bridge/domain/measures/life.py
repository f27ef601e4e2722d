"""One ticket's life, read line by line. By the definitions of `definitions`; only a member's words are a response."""

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bridge.domain import calendars
from bridge.domain.measures.names import Count, Counted, Fact, Span, Timed
from bridge.domain.people import ActorKind
from bridge.domain.policy import Calendar
from bridge.domain.ticket import Outcome
from bridge.domain.words import Scalar

KINDS = frozenset({
    "ticket.opened", "ticket.assigned", "ticket.reassigned", "ticket.unassigned", "ticket.rerouted",
    "ticket.snoozed", "ticket.resumed", "ticket.closed", "ticket.reopened", "thread.gone", "reminder.sent",
    "message.received", "message.created", "message.delivered", "message.seen", "message.failed",
})  # fmt: skip
"""The lines that are read; all others say nothing about time."""

LEFT = frozenset({Outcome.CANCELLED.value, Outcome.EXPIRED.value})
"""How a ticket ends whose user did not wait for a person."""


@dataclass(frozen=True, slots=True)
class Line:
    """What is read of a log entry."""

    kind: str
    at: datetime
    by: ActorKind | None
    """None where it was not read: only whose words they are counts."""
    facts: Mapping[str, Scalar] = field(default_factory=dict)
    message: str | None = None
    seq: int = 0


@dataclass(frozen=True, slots=True)
class Terms:
    """What the ticket's policy says about its clocks."""

    calendar: Calendar | None
    reopen_within: timedelta


def facts_of(lines: Iterable[Line], terms: Terms, *, only: Container[int] | None = None) -> list[Fact]:
    """All that can be measured of a ticket whose log this is, from its first line on; `only` what these lines end."""
    life, found = _Life(terms), list[Fact]()
    for line in lines:
        life.read(line)
        if only is None or line.seq in only:
            found += life.facts
        life.facts.clear()
    return found


class _Life:
    def __init__(self, terms: Terms) -> None:
        self.facts: list[Fact] = []
        """Of the line read last."""
        self._terms = terms
        self._route = ""
        self._opened: datetime | None = None
        self._queued: datetime | None = None
        """Since when nobody has it, after somebody had."""
        self._claimed = self._responded = self._delivered = self._abandoned = self._reminded = False
        self._said: set[str] = set()
        """Messages of members."""
        self._unanswered: datetime | None = None
        self._held: datetime | None = None
        """Since when somebody has it."""
        self._rests: list[tuple[datetime, datetime]] = []
        """Snoozes within the stretch."""
        self._snoozed: datetime | None = None
        self._closed: Line | None = None
        self._closed_once = False
        self._thread_gone: datetime | None = None

    def read(self, line: Line) -> None:
        match line.kind:
            case "ticket.opened":
                self._opened, self._route = line.at, str(line.facts.get("route", ""))
                self._count(Count.OPENED, line)
            case "ticket.rerouted":
                self._route = str(line.facts.get("route", self._route))
            case "ticket.assigned":
                self._claim(line)
            case "ticket.reassigned":
                self._wake(line)
            case "ticket.unassigned":
                self._let_go(line)
                self._queued, self._reminded = line.at, False
            case "ticket.snoozed":
                self._snoozed = self._snoozed or line.at
            case "ticket.resumed":
                self._wake(line)
            case "reminder.sent":
                self._remind(line)
            case "message.received" if self._closed is None:
                self._unanswered = self._unanswered or line.at
            case "message.created" if line.by is ActorKind.MEMBER:
                self._respond(line)
            case "message.delivered" | "message.seen" if line.message in self._said and not self._delivered:
                self._delivered = True
                self._time(Span.HANDOFF_WAIT, self._opened, line)
            case "message.failed" if line.message in self._said:
                self._count(Count.FAILED, line)
            case "thread.gone":
                self._thread_gone = line.at
            case "ticket.closed":
                self._close(line)
            case "ticket.reopened":
                self._reopen(line)
            case _:
                pass

    def _claim(self, line: Line) -> None:
        self._wake(line)
        if not self._claimed:
            self._claimed = True
            self._time(Span.CLAIM, self._opened, line)
        elif self._queued is not None and self._queued < line.at:
            # Reopened and claimed in one act: nobody waited in between.
            self._time(Span.RECLAIM, self._queued, line)
        self._count(Count.CLAIMED, line)
        if self._reminded:
            self._count(Count.CLAIMED_REMINDED, line)
        self._queued, self._held, self._rests = None, line.at, []

    def _let_go(self, line: Line) -> None:
        self._wake(line)
        if self._held is not None:
            self._time(Span.HANDLE, self._held, line, self._rests)
        self._held, self._rests = None, []

    def _wake(self, line: Line) -> None:
        if self._snoozed is not None and self._held is not None:
            self._rests.append((max(self._snoozed, self._held), line.at))
        self._snoozed = None

    def _remind(self, line: Line) -> None:
        self._count(Count.REMINDED, line)
        # A nudge of the one who has it is no reason for a later claim.
        self._reminded = self._reminded or self._held is None

    def _respond(self, line: Line) -> None:
        if line.message is not None:
            self._said.add(line.message)
        self._count(Count.REPLIED, line)
        if not self._responded:
            self._responded = True
            self._time(Span.FIRST_RESPONSE, self._opened, line)
        if self._unanswered is not None:
            self._time(Span.NEXT_RESPONSE, self._unanswered, line)
            self._unanswered = None

    def _close(self, line: Line) -> None:
        self._let_go(line)
        self._count(Count.CLOSED, line)
        outcome = line.facts.get("outcome")
        if outcome == Outcome.RESOLVED:
            self._count(Count.RESOLVED, line)
        if outcome in LEFT and not self._responded and not self._abandoned and self._thread_gone != line.at:
            self._abandoned = True
            self._count(Count.ABANDONED, line)
        if not self._closed_once:
            self._time(Span.RESOLUTION_FIRST, self._opened, line)
        self._time(Span.RESOLUTION_TOTAL, self._opened, line)
        self._closed, self._closed_once, self._queued, self._unanswered = line, True, None, None

    def _reopen(self, line: Line) -> None:
        closed, self._closed = self._closed, None
        self._queued, self._reminded = line.at, False
        if closed is None:
            return
        # The earlier end was not the last one.
        self._time(Span.RESOLUTION_TOTAL, self._opened, line, ended=closed.at)
        if closed.facts.get("outcome") == Outcome.RESOLVED:
            self._count(Count.UNRESOLVED, line)
        if line.at - closed.at <= self._terms.reopen_within:
            self._count(Count.REOPENED, line)

    def _count(self, what: Count, line: Line) -> None:
        self.facts.append(Counted(what=what, at=line.at, route=self._route))

    def _time(
        self,
        what: Span,
        start: datetime | None,
        line: Line,
        without: Iterable[tuple[datetime, datetime]] = (),
        *,
        ended: datetime | None = None,
    ) -> None:
        if start is None:
            return
        end = ended or line.at
        wall, worked = self._between(start, end)
        for rest in without:
            on_wall, in_hours = self._between(*rest)
            wall, worked = wall - on_wall, worked - in_hours
        self.facts.append(Timed(what=what, at=line.at, wall=wall, worked=worked, route=self._route, undoes=ended))

    def _between(self, start: datetime, end: datetime) -> tuple[timedelta, timedelta]:
        return calendars.between(None, start, end), calendars.between(self._terms.calendar, start, end)
