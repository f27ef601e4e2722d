"""How full it is on each route, remembered for a moment: an escalation must not wait for statistics."""

import asyncio
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog

from bridge.desk.who import actor_of
from bridge.domain.availability import UNKNOWN, Crowd
from bridge.domain.errors import StoreTrouble
from bridge.domain.measures import Spread
from bridge.domain.people import Person
from bridge.domain.refs import CONSOLE
from bridge.domain.routing import Route
from bridge.ports.clock import Clock
from bridge.rulebook.reload import Rules
from bridge.store.store import Store

log = structlog.get_logger(__name__)

QUEUE_FOR = timedelta(seconds=10)
WAIT_FOR = timedelta(minutes=5)
LOOKS_BACK = timedelta(days=28)
PATIENCE = 2.0
"""Seconds that who only asks may wait for figures."""
THERE_WITHIN = timedelta(minutes=5)
"""A member of the console counts as there so long after their last sign."""


@dataclass(slots=True)
class Crowds:
    """Reads the store beside whoever asks: one read at a time, and each figure at most once per span."""

    store: Store
    rules: Rules
    clock: Clock
    _queues: tuple[datetime, dict[str, int]] | None = None
    _waits: dict[str, tuple[datetime, Spread]] = field(default_factory=dict)
    _people: dict[str, tuple[datetime, int | None]] = field(default_factory=dict)
    _wanted: dict[str, Route] = field(default_factory=dict)
    _reading: asyncio.Task[None] | None = None

    def at_once(self, route: Route) -> Crowd | None:
        """What is known, without waiting; what is old is read anew for the next who asks."""
        if self._is_old(route, self.clock.now()):
            self._wanted[route.name] = route
            if self._reading is None or self._reading.done():
                self._reading = asyncio.create_task(self._read_wanted(), name="crowds")
        return self.known(route)

    async def of(self, route: Route) -> Crowd | None:
        """As it is now, if that can be read in a moment; else as it was. None while nothing is known."""
        self.at_once(route)
        reading = self._reading
        if reading is not None and not reading.done():
            moment = asyncio.ensure_future(self.clock.sleep(PATIENCE))
            try:
                await asyncio.wait({reading, moment}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                moment.cancel()
        return self.known(route)

    def known(self, route: Route) -> Crowd | None:
        """What was read last, without reading."""
        if self._queues is None:
            return None
        wait, people = self._waits.get(route.name), self._people.get(route.name)
        return Crowd(
            queue_depth=self._queues[1].get(route.name, 0),
            wait=wait[1] if wait is not None else UNKNOWN,
            people=people[1] if people is not None else None,
        )

    async def stop(self) -> None:
        """Read no further."""
        self._wanted.clear()
        reading, self._reading = self._reading, None
        if reading is not None:
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)

    def _is_old(self, route: Route, now: datetime) -> bool:
        people, wait = self._people.get(route.name), self._waits.get(route.name)
        return (
            _older(self._queues, QUEUE_FOR, now) or _older(people, QUEUE_FOR, now) or _older(wait, WAIT_FOR, now)
        )  # fmt: skip

    async def _read_wanted(self) -> None:
        """Nobody is refused for want of statistics: what cannot be read now is read when it is asked for again."""
        while self._wanted:
            route = self._wanted.pop(next(iter(self._wanted)))
            try:
                await self._read(route, self.clock.now())
            except StoreTrouble:
                continue
            except Exception:
                log.exception("crowds_unread", route=route.name)

    async def _read(self, route: Route, now: datetime) -> None:
        """The quick ones first."""
        if _older(self._queues, QUEUE_FOR, now):
            self._queues = (now, dict(await self.store.tickets.queue_depths()))
        if _older(self._people.get(route.name), QUEUE_FOR, now):
            self._people[route.name] = (now, await self._there(route, now))
        if _older(self._waits.get(route.name), WAIT_FOR, now):
            self._waits[route.name] = (now, await self.store.measures.waits(now - LOOKS_BACK, now, [route.name]))

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


def _older(read: tuple[datetime, object] | None, than: timedelta, now: datetime) -> bool:
    return read is None or now - read[0] >= than
