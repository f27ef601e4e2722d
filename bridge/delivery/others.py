"""What the other daemons on the same database know of the platforms."""

from collections.abc import Mapping

from bridge.ports.chat import ChatPlatform
from bridge.ports.clock import Clock
from bridge.store import Store

LOOK_EVERY = 10.0
HOLDS = 25.0
"""Seconds for which a daemon's word that it is connected counts."""


class Others:
    """Nothing where SQLite keeps other daemons out."""

    def __init__(self, store: Store, clock: Clock, holder: str) -> None:
        self._store = store
        self._clock = clock
        self._holder = holder
        self._next = clock.monotonic()
        self.connected: set[str] = set()
        """Platforms to which another daemon is connected: they are not away."""
        self.outages: set[str] = set()
        self.stopped: set[str] = set()
        """Platforms that were paused because they refused somebody."""

    async def look(self, chats: Mapping[str, ChatPlatform]) -> bool:
        """Say where we are connected, and bring the rest up to date; False while it is too early for that."""
        if self._store.dialect == "sqlite" or self._clock.monotonic() < self._next:
            return False
        self._next = self._clock.monotonic() + LOOK_EVERY
        for name, platform in list(chats.items()):
            if platform.health.connected:
                await self._store.outages.connected(name, self._holder, HOLDS)
        self.connected = await self._store.outages.connected_elsewhere(self._holder)
        self.outages = set(await self._store.outages.open())
        self.stopped = await self._store.lanes.stopped_platforms()
        return True
