"""How full it is on each route, remembered for a moment: an escalation must not wait for statistics."""

import asyncio
import contextlib
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bridge.desk.who import actor_of
from bridge.domain.availability import Crowd
from bridge.domain.errors import StoreTrouble
from bridge.domain.measures import Spread
from bridge.domain.people import Person
from bridge.domain.refs import CONSOLE
from bridge.domain.routing import Route
from bridge.ports.clock import Clock
from bridge.rulebook.reload import Rules
from bridge.store.store import Store

QUEUE_FOR = timedelta(seconds=10)
WAIT_FOR = timedelta(minutes=5)
LOOKS_BACK = timedelta(days=28)
THERE_WITHIN = timedelta(minutes=5)
"""A member of the console counts as there so long after their last sign."""


@dataclass(slots=True)
class Crowds:
    """Reads the store at most once per span for all who ask."""

    store: Store
    rules: Rules
    clock: Clock
    _queues: tuple[datetime, dict[str, int]] | None = None
    _waits: dict[str, tuple[datetime, Spread]] = field(default_factory=dict)
    _people: dict[str, tuple[datetime, int | None]] = field(default_factory=dict)
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def of(self, route: Route) -> Crowd | None:
        """None while the store cannot be read: nobody is refused for want of statistics."""
        async with self._turn:  # who asks at the same time finds what the first one read
            with contextlib.suppress(StoreTrouble):
                await self._read(route, self.clock.now())
        return self.known(route)

    async def _read(self, route: Route, now: datetime) -> None:
        if self._queues is None or now - self._queues[0] >= QUEUE_FOR:
            self._queues = (now, dict(await self.store.tickets.queue_depths()))
            self._people.clear()
        wait = self._waits.get(route.name)
        if wait is None or now - wait[0] >= WAIT_FOR:
            self._waits[route.name] = (now, await self.store.measures.waits(now - LOOKS_BACK, now, [route.name]))
        if route.name not in self._people:
            self._people[route.name] = (now, await self._there(route, now))

    def known(self, route: Route) -> Crowd | None:
        """What was read last, without reading."""
        if self._queues is None or route.name not in self._waits:
            return None
        return Crowd(
            queue_depth=self._queues[1].get(route.name, 0),
            wait=self._waits[route.name][1],
            people=self._people.get(route.name, (None, None))[1],
        )

    async def _there(self, route: Route, now: datetime) -> int | None:
        """Who of the team is in the console. On a chat platform nobody can know, and half a number would mislead."""
        if route.policy.lane is not None:
            return None
        book, team = self.rules.current, route.policy.team
        seen = [
            Person(platform=CONSOLE, workspace=CONSOLE, id=member.name, name=member.name, in_channel=True)
            for member in await self.store.sessions.members()
            if member.last_seen_at is not None and now - member.last_seen_at <= THERE_WITHIN
        ]
        return sum(actor_of(person, book).may_work_for(team) for person in seen)
