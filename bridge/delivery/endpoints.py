"""Bots that answered 410: nothing is sent until an operator resumes the lane or the file names another address."""

import contextlib
from hashlib import sha256

import structlog

from bridge.domain.alarms import Trouble
from bridge.domain.errors import StoreTrouble
from bridge.domain.refs import BotName, Lane, bot_lane
from bridge.metrics import Metrics
from bridge.ports.clock import Clock
from bridge.rulebook import Rules
from bridge.store import Store

log = structlog.get_logger(__name__)


class Endpoints:
    """Knows which address said it, also after a restart: the alarm about it remembers."""

    def __init__(self, store: Store, rules: Rules, clock: Clock, metrics: Metrics) -> None:
        self._store = store
        self._rules = rules
        self._clock = clock
        self._metrics = metrics

    async def gone(self, lane: Lane) -> None:
        """Its answers wait from now on."""
        bot = BotName(lane.place)
        self._metrics.endpoints_disabled.labels(bot).inc()
        facts = {"bot": bot, "address": self._address(bot)}
        with contextlib.suppress(StoreTrouble):
            await self._store.alarms.begin(f"endpoint {bot}", Trouble.ENDPOINT_DISABLED, facts, self._clock.now())

    async def remember(self) -> None:
        """After a start: what an address said that the file does not name any more is not the new one's word."""
        for alarm in await self._store.alarms.open_ones():
            bot, said = alarm.facts.get("bot"), alarm.facts.get("address")
            if alarm.what != Trouble.ENDPOINT_DISABLED or not isinstance(bot, str) or said is None:
                continue
            now = self._address(BotName(bot))
            if now not in (None, said) and await self._store.lanes.resume(bot_lane(BotName(bot))):
                log.info("lane_resumed", lane=str(bot_lane(BotName(bot))), why="its callbacks go elsewhere now")

    def _address(self, bot: BotName) -> str | None:
        """Told apart, never shown: an address may hold a secret."""
        entry = self._rules.current.bots.get(bot)
        if entry is None or entry.callback is None:
            return None
        return sha256(entry.callback.url.encode()).hexdigest()[:16]
