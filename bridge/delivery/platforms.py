"""Platforms that are away: left alone after one refusal, noted as outages, let go on when they are well again."""

import contextlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeAlias

import structlog

from bridge.delivery.others import Others
from bridge.domain.alarms import Trouble
from bridge.domain.errors import StoreTrouble
from bridge.metrics import Metrics
from bridge.ports.chat import ChatPlatform
from bridge.ports.clock import Clock
from bridge.rulebook import Rules
from bridge.store import Store

log = structlog.get_logger(__name__)

FIRST_PATIENCE = timedelta(seconds=30)
LONGEST_PATIENCE = timedelta(minutes=15)
MISSED_AFTER = timedelta(minutes=1)
"""A platform without a connection for so long counts as away: nobody there could press a button."""

OnBack: TypeAlias = Callable[[str, datetime, datetime], Awaitable[None]]
"""Platform, away since, back at: the ladders of its tickets stood still meanwhile."""


@dataclass(slots=True)
class _Refusal:
    at: datetime
    patience: timedelta


class Platforms:
    """Watches the health of every chat platform. One per dispatcher."""

    def __init__(
        self,
        store: Store,
        rules: Rules,
        chats: Mapping[str, ChatPlatform],
        clock: Clock,
        *,
        metrics: Metrics,
        on_back: OnBack | None,
        others: Others | None = None,
    ) -> None:
        """Without `others` this process is the only one."""
        self._others = others
        self._store = store
        self._rules = rules
        self._chats = chats
        self._clock = clock
        self._metrics = metrics
        self._on_back = on_back
        self._refusals: dict[str, _Refusal] = {}
        self._taken_on: set[str] = set()
        """Refusals another daemon met: ours to end only if it does not."""
        self._patience: dict[str, timedelta] = {}
        self._missing: dict[str, datetime] = {}
        self._outages: set[str] = set()

    async def remember(self) -> None:
        """After a start: what was away when we stopped is looked at again, at once.

        A pause counts too: we may have stopped after it was written down and before the outage was.
        """
        now = self._clock.now()
        self._outages.update(await self._store.outages.open())
        for platform in self._outages | await self._store.lanes.stopped_platforms():
            self._refusals[platform] = _Refusal(now, timedelta(0))

    async def refused(self, platform: str, reason: str) -> None:
        """It refused us as a whole and is paused: no further call until it is well or our patience ends."""
        now = self._clock.now()
        patience = self._patience.get(platform, FIRST_PATIENCE)
        self._patience[platform] = min(patience * 2, LONGEST_PATIENCE)
        self._refusals[platform] = _Refusal(now, patience)
        self._taken_on.discard(platform)
        log.error("platform_down", platform=platform, reason=reason)
        with contextlib.suppress(StoreTrouble):
            await self._begin(platform, now, reason)

    @property
    def away(self) -> bool:
        """Some platform refused us and is waited for."""
        return bool(self._refusals.keys() & self._chats.keys())

    def refuses(self, platform: str) -> bool:
        return platform in self._refusals

    def answered(self, platform: str) -> None:
        """A delivery went well."""
        self._patience.pop(platform, None)

    async def check(self) -> None:
        """Look at every platform's health; cheap."""
        if self._others is not None and await self._others.look(self._chats):
            self._follow(self._others)
        # A copy: the rules, and with them the platforms, may change while the store is asked.
        for name, platform in list(self._chats.items()):
            health, now = platform.health, self._clock.now()
            elsewhere = self._others is not None and name in self._others.connected
            refusal = self._refusals.get(name)
            self._metrics.platform_up.labels(name).set(health.connected and refusal is None)
            if refusal is not None:
                reconnected = health.since is not None and health.since > refusal.at
                well = (health.connected and health.trouble is None) or elsewhere
                if well and (reconnected or now >= refusal.at + refusal.patience):
                    await self._store.lanes.resume(name)
                    del self._refusals[name]
                    self._taken_on.discard(name)
                    await self._end(name, now)
            elif health.connected or elsewhere:
                self._missing.pop(name, None)
                await self._end(name, now)
            elif now >= self._missing.setdefault(name, now) + MISSED_AFTER:
                await self._begin(name, self._missing[name])
        for gone in self._outages | self._refusals.keys():
            if gone not in self._chats and gone not in self._rules.current.platforms:
                await self._give_up(gone)

    def _follow(self, others: Others) -> None:
        """Others may have met, or ended, what we have not; and they may have died over it."""
        now = self._clock.now()
        self._outages = set(others.outages)
        for platform in others.stopped - self._refusals.keys():
            self._refusals[platform] = _Refusal(now, LONGEST_PATIENCE)
            self._taken_on.add(platform)
        for platform in self._taken_on - others.stopped:
            self._refusals.pop(platform, None)
        self._taken_on &= others.stopped

    async def _give_up(self, platform: str) -> None:
        """It was taken out of the file: nobody waits for it any more, and its tickets go to their next place."""
        await self._store.lanes.resume(platform)
        self._refusals.pop(platform, None)
        self._missing.pop(platform, None)
        await self._end(platform, self._clock.now())

    async def _begin(self, platform: str, since: datetime, reason: str | None = None) -> None:
        if platform not in self._outages:
            await self._store.outages.begin(platform, since)
            self._outages.add(platform)
        trouble = self._chats[platform].health.trouble if platform in self._chats else None
        facts = {"platform": platform, "reason": reason or trouble}
        await self._store.alarms.begin(f"platform {platform}", Trouble.PLATFORM_DOWN, facts, since)

    async def _end(self, platform: str, now: datetime) -> None:
        if platform not in self._outages:
            return
        since = (await self._store.outages.open()).get(platform)
        if since is not None and self._on_back is not None:
            await self._give_time_back(self._on_back, platform, min(since, now), now)
        # Last: while the outage stands no ladder acts, and whoever stops before this says it all again.
        await self._store.alarms.end(f"platform {platform}", now)
        await self._store.outages.end(platform, now)
        self._outages.discard(platform)
        log.info("platform_back", platform=platform)

    async def _give_time_back(self, on_back: OnBack, platform: str, since: datetime, now: datetime) -> None:
        try:
            await on_back(platform, since, now)
        except StoreTrouble:
            raise  # the next look does it
        except Exception:
            log.exception("time_not_given_back", platform=platform)
