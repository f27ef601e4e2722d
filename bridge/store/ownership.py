"""Which of several daemons is connected to a platform that bears one connection only: whoever holds its lock."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import structlog

from bridge.store import advisory
from bridge.store.address import Address
from bridge.store.database import TROUBLE

log = structlog.get_logger(__name__)

LOOK_EVERY = 2.0
"""Seconds between two tries for a lock that another daemon holds, and between two signs of life for one of ours."""
ANSWERS_WITHIN = 5.0
SILENT_AT_MOST = 15
"""Seconds without a sign of life after which the server frees our lock. We have noticed, and hung up, before that."""


@dataclass(eq=False)
class _Keeper:
    """Tries for one platform's lock, and keeps it."""

    address: Address
    platform: str
    users: int = 0
    ours: asyncio.Event = field(default_factory=asyncio.Event)
    lost: asyncio.Event = field(default_factory=asyncio.Event)
    task: "asyncio.Task[None] | None" = None

    async def keep(self) -> None:
        while True:
            with contextlib.suppress(*TROUBLE):
                connection = await advisory.connect(self.address)
                try:
                    await self._hold(connection)
                finally:
                    self._let_go()
                    # Not a friendly goodbye: the lock must be free at once.
                    connection.terminate()
            await asyncio.sleep(LOOK_EVERY)

    async def _hold(self, connection: Any) -> None:
        await advisory.let_go_when_silent(connection, SILENT_AT_MOST)
        while True:
            if await advisory.lock_platform(connection, self.platform):
                break
            await asyncio.sleep(LOOK_EVERY)
        log.info("platform_is_ours", platform=self.platform)
        self.lost.clear()
        self.ours.set()
        while True:
            await asyncio.sleep(LOOK_EVERY)
            await connection.fetchval("SELECT 1", timeout=ANSWERS_WITHIN)

    def _let_go(self) -> None:
        if self.ours.is_set():
            log.warning("platform_not_ours_any_more", platform=self.platform)
        self.ours.clear()
        self.lost.set()


class Ownership:
    def __init__(self, address: Address | None) -> None:
        """Without an address there are no other daemons, and everything is ours."""
        self._address = address
        self._keepers: dict[str, _Keeper] = {}

    def has(self, platform: str) -> bool:
        keeper = self._keepers.get(platform)
        return self._address is None or (keeper is not None and keeper.ours.is_set())

    async def while_ours(self, platform: str, run: Callable[[], Awaitable[None]]) -> None:
        """Run it as soon as the platform is ours, stop it when it is not any more, begin again when it is.

        Returns, or raises, when `run` itself does.
        """
        if self._address is None:
            await run()
            return
        keeper = self._keepers.setdefault(platform, _Keeper(self._address, platform))
        keeper.users += 1
        keeper.task = keeper.task or asyncio.create_task(keeper.keep(), name=f"owns-{platform}")
        try:
            while True:
                await keeper.ours.wait()
                if await _unless(keeper.lost, run):
                    return
        finally:
            keeper.users -= 1
            if not keeper.users:
                del self._keepers[platform]
                keeper.task.cancel()
                await asyncio.gather(keeper.task, return_exceptions=True)


async def _unless(lost: asyncio.Event, run: Callable[[], Awaitable[None]]) -> bool:
    """Run it until it ends, or until we have lost; whether it ended by itself."""
    running, losing = asyncio.ensure_future(run()), asyncio.create_task(lost.wait())
    try:
        await asyncio.wait({running, losing}, return_when=asyncio.FIRST_COMPLETED)
        if running.done():
            await running
            return True
        return False
    finally:
        running.cancel()
        losing.cancel()
        await asyncio.gather(running, losing, return_exceptions=True)
