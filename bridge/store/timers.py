"""Which timers are due. They are set and taken away by changes, and consumed by the decision they lead to."""

from datetime import datetime

from tortoise.expressions import Q, Subquery

from bridge.domain.events import DeadlinePassed, TimerKind
from bridge.domain.refs import TicketId
from bridge.domain.ticket import TicketState
from bridge.store.database import Database
from bridge.store.models import TicketRow, TimerRow

STANDING_STILL = [
    kind.value for kind in (TimerKind.WAITING, TimerKind.ANSWERING, TimerKind.IDLE_WARN, TimerKind.IDLE_CLOSE)
]
"""Ladders and idleness wait while people cannot reach the thread; undo windows, held messages and snoozes do not."""

KNOWN = [kind.value for kind in TimerKind]
"""A later version's timers wait for that version, and keep nobody waiting here."""


class Timers:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def due(
        self, now: datetime, limit: int, *, except_platforms: frozenset[str] = frozenset()
    ) -> list[DeadlinePassed]:
        """The oldest first; ladders of tickets on `except_platforms` stand still."""
        with self._database.reads() as connection:
            which = TimerRow.filter(due__lte=now, kind__in=KNOWN)
            if except_platforms:
                away = TicketRow.filter(platform__in=sorted(except_platforms)).exclude(state=TicketState.CLOSED.value)
                which = which.exclude(Q(kind__in=STANDING_STILL) & Q(ticket__in=Subquery(away.values("id"))))
            rows = await which.order_by("due", "ord").limit(limit).using_db(connection)
        return [
            DeadlinePassed(
                ticket=TicketId(row.ticket), timer=TimerKind(row.kind), subject=row.subject, due=row.due, at=now
            )
            for row in rows
        ]

    async def next_due(self) -> datetime | None:
        with self._database.reads() as connection:
            row = await TimerRow.filter(kind__in=KNOWN).order_by("due").using_db(connection).first()
            return row.due if row else None
