"""News of commits between daemons on one PostgreSQL. Only a hint: who misses one finds the work at the next look."""

import asyncio
import contextlib
import json
from collections.abc import Iterable
from typing import Any

import structlog

from bridge.domain.errors import StoreTrouble
from bridge.domain.refs import Lane, TicketId, new_id
from bridge.store import advisory
from bridge.store.address import Address
from bridge.store.bulk import Bulk
from bridge.store.commits import Commits
from bridge.store.database import TROUBLE

log = structlog.get_logger(__name__)

CHANNEL = "handrail_commits"
FITS = 7000
"""Characters of one notice; PostgreSQL takes up to 8,000 bytes. What does not fit is found by looking."""
AGAIN_AFTER = 1.0
"""Seconds before a lost connection is made anew."""


class Neighbours:
    """Tells the other daemons what was committed here, and this one what was committed there."""

    def __init__(self, address: Address, commits: Commits) -> None:
        self._address = address
        self._commits = commits
        self._name = new_id("own")
        self._task: asyncio.Task[None] | None = None
        self._locked_out = False

    async def start(self) -> None:
        """Raises: StoreTrouble while somebody has the database to themselves."""
        listening = asyncio.Event()
        self._task = asyncio.create_task(self._listen(listening), name="store-neighbours")
        await listening.wait()
        if self._locked_out:
            await self.close()
            raise StoreTrouble("the site is just being copied; start handrail once that is done")

    async def close(self) -> None:
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    def tell(self, bulk: Bulk, tickets: Iterable[TicketId], lanes: Iterable[Lane]) -> None:
        """Say it with the commit of this bulk."""
        notice = json.dumps({"from": self._name, "lanes": [[lane.platform, lane.place] for lane in lanes][:50]})
        full = json.dumps(json.loads(notice) | {"tickets": list(tickets)})
        text = full if len(full) <= FITS else notice if len(notice) <= FITS else json.dumps({"from": self._name})
        bulk.notify(CHANNEL, text)

    async def _listen(self, listening: asyncio.Event) -> None:
        while True:
            try:
                await self._hear(listening)
            except TROUBLE as error:
                log.warning("neighbours_lost", error=type(error).__name__)
            finally:
                listening.set()
            await asyncio.sleep(AGAIN_AFTER)

    async def _hear(self, listening: asyncio.Event) -> None:
        connection = await advisory.connect(self._address)
        gone = asyncio.Event()
        try:
            connection.add_termination_listener(lambda _: gone.set())
            self._locked_out = not await advisory.lock_shared(connection)
            await connection.add_listener(CHANNEL, self._heard)
            listening.set()
            await gone.wait()
        finally:
            with contextlib.suppress(*TROUBLE):
                await connection.close(timeout=2)

    def _heard(self, _connection: object, _process: int, _channel: str, text: str) -> None:
        news: dict[str, Any] = json.loads(text)
        if news["from"] != self._name:
            lanes = [Lane(platform, place) for platform, place in news.get("lanes", ())]
            self._commits.publish([TicketId(name) for name in news.get("tickets", ())], lanes)
