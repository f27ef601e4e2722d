"""What /readyz says: whether an escalation can be taken now, and what works less well than it should.

A platform that is away, a paused lane or a refused config file do not make the daemon unready: it takes escalations,
keeps them and shows them in the console. Only what a restart or an operator must look at does.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from bridge.domain.errors import StoreTrouble
from bridge.domain.refs import BOT_SHORE
from bridge.ports.chat import Reading
from bridge.ports.clock import Clock
from bridge.rulebook.reload import Rules
from bridge.store import Store

PATIENCE = 2.0
"""Seconds a small write may take; a whole batch of others may be in front of it."""
AGAIN = 5.0
"""Seconds between two looks at the same thing: anybody may ask, and often."""

AWAY = "It is out of reach. What is meant for it waits, nothing is lost."


@dataclass(slots=True, kw_only=True)
class Readiness:
    store: Store
    rules: Rules
    clock: Clock
    draining: asyncio.Event
    loop: Callable[[], str | None]
    """What is wrong with the daemon's loop."""
    reading: Callable[[str], Reading | None] = lambda _platform: None
    """What is being read back after a gap."""
    patience: float = PATIENCE
    _probed: tuple[float, str | None] | None = field(default=None, init=False)
    _looked: tuple[float, Mapping[str, str]] | None = field(default=None, init=False)

    async def troubles(self) -> Mapping[str, str]:
        """What keeps us from taking escalations, by part, each with a sentence. Empty: ready."""
        if self.draining.is_set():
            return {"daemon": "It is stopping. What it took is kept; try again once it is back."}
        try:
            await self.store.timers.next_due()
        except StoreTrouble as trouble:
            return {"database": f"It cannot be read: {trouble}."}
        refused = await self._write()
        return {"writer": refused} if refused else {}

    async def degraded(self) -> Mapping[str, str]:
        """What works less well, by part. Nothing is lost by it."""
        found = dict(await self._places())
        if trouble := self.loop():
            found["loop"] = trouble
        state = self.rules.state
        if state.complaints:
            found["config"] = (
                f"The config file was refused ({len(state.complaints)} complaints: handrail config check). "
                "The rules from before stay in force."
            )
        return found

    async def _write(self) -> str | None:
        now = self.clock.monotonic()
        # What failed is tried again at every look, so that an end of the trouble shows at once.
        if self._probed is not None and self._probed[1] is None and now - self._probed[0] < AGAIN:
            return None
        said = None
        try:
            async with asyncio.timeout(self.patience):
                await self.store.probe()
        except StoreTrouble as trouble:
            said = f"Nothing can be written: {trouble}. Calls are answered 503 and nothing is lost."
        except TimeoutError:
            said = f"The oldest write has waited {self.store.writer.lag:.0f} s for its commit."
        self._probed = (now, said)
        return said

    async def _places(self) -> Mapping[str, str]:
        now = self.clock.monotonic()
        if self._looked is None or now - self._looked[0] >= AGAIN:
            try:
                self._looked = (now, await self._look())
            except StoreTrouble:
                return {}  # `troubles` says so
        return self._looked[1]

    async def _look(self) -> Mapping[str, str]:
        """By platform: a site has few of them, and many lanes."""
        book = self.rules.current
        found = dict.fromkeys(
            await self.store.outages.open(), "It is out of reach. What is meant for it waits, nothing is lost."
        )
        paused: dict[str, int] = {}
        unserved: dict[str, int] = {}
        for view in await self.store.lanes.views():
            platform = view.lane.platform
            if view.paused_because is not None and platform not in found:
                paused[platform] = paused.get(platform, 0) + 1
            if view.waiting and platform not in book.platforms and platform != BOT_SHORE:
                unserved[platform] = unserved.get(platform, 0) + view.waiting
        for platform, number in paused.items():
            whose = "Callbacks of some bots wait" if platform == BOT_SHORE else "Posts wait"
            found[platform] = f"{whose}: lanes paused: {number}. Look at handrail deliveries list."
        for platform in book.platforms.keys() - found.keys():
            if (reading := self.reading(platform)) is not None and reading.done_by is not None:
                found[platform] = (
                    f"What was missed is being read back: {reading.left} threads left, "
                    f"done by {reading.done_by:%H:%M} UTC."
                )
        for platform, number in unserved.items():
            found[platform] = f"The config file does not name it, and deliveries wait for it: {number}."
        return found
