"""Undo windows, reminders, snoozes, idleness: timer rows that came due. The decision takes the row away."""

import asyncio
from collections.abc import Iterable
from datetime import datetime
from itertools import islice

from bridge.desk.desk import Desk
from bridge.domain.errors import StoreTrouble
from bridge.domain.events import DeadlinePassed
from bridge.domain.events.clock import TIMERS
from bridge.domain.refs import TicketId
from bridge.jobs.patience import Patience
from bridge.store import Store

AT_ONCE = 200
TOGETHER = 8
"""Tickets whose timers are committed together: what somebody waits for comes in between."""


class FireTimers:
    """Tells the desk of every timer that is due: in order within a ticket, side by side over tickets."""

    def __init__(self, desk: Desk, store: Store) -> None:
        self._desk = desk
        self._store = store
        self._patience = Patience()

    async def __call__(self, now: datetime) -> None:
        away = frozenset(await self._store.outages.open())
        # Their rows stay, so that a decision can still take them away and an operator release them.
        aside = await self._store.quarantine.of(TIMERS)
        # Rows that keep failing are the oldest; asking for so many more keeps them from filling the whole look.
        limit = AT_ONCE + len(aside) + len(self._patience)
        found = await self._store.timers.due(now, limit, except_platforms=away)
        due = [event for event in found if event.key not in aside]
        self._patience.keep_only(event.key for event in due)
        of_ticket: dict[TicketId, list[DeadlinePassed]] = {}
        for event in due:
            if self._patience.allows(event.key, now):
                of_ticket.setdefault(event.ticket, []).append(event)
        tickets = iter(of_ticket.values())
        while few := list(islice(tickets, TOGETHER)):
            # No one's trouble may stop the others.
            results = await asyncio.gather(*map(self._in_order, few), return_exceptions=True)
            for result in results:
                if isinstance(result, BaseException):
                    raise result

    async def _in_order(self, events: Iterable[DeadlinePassed]) -> None:
        for event in events:
            try:
                await self._desk.handle(event)
            except StoreTrouble:
                raise  # not this row's fault: all of them wait for the database
            except Exception as error:  # noqa: BLE001 — one bad row must not stop the others
                self._patience.tried(event.key, event.at, error)
            else:
                self._patience.tried(event.key, event.at, None)
