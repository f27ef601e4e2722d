"""What has to wait after an outcome: a budget, a lane, or a whole platform."""

from datetime import datetime

import structlog

from bridge.delivery.endpoints import Endpoints
from bridge.delivery.outcomes import BudgetWaits, LaneWaits, Outcome, PlatformAway, PlatformWaits
from bridge.delivery.pace import Pace
from bridge.delivery.platforms import Platforms
from bridge.delivery.spending import block
from bridge.domain.deliveries import Ending, Taken
from bridge.domain.errors import StoreTrouble
from bridge.domain.refs import BOT_SHORE, Lane
from bridge.metrics import Metrics
from bridge.ports.clock import Clock
from bridge.store import Store

log = structlog.get_logger(__name__)


class Holds:
    """Writes pauses down, and lifts those a bot's own call ends."""

    def __init__(
        self, store: Store, pace: Pace, platforms: Platforms, endpoints: Endpoints, *, clock: Clock, metrics: Metrics
    ) -> None:
        self._store = store
        self._endpoints = endpoints
        self._pace = pace
        self._platforms = platforms
        self._clock = clock
        self._metrics = metrics
        self._asked: dict[Lane, datetime] = {}
        """Lanes that wait because their shore asked for it, until when."""
        self.last_success: dict[Lane, datetime] = {}
        """When this process last delivered something there."""
        self._pauses = 0
        self._marks: dict[Lane | str, int | None] = {}
        """What we paused: after how many pauses it was written down, None until it is."""

    @property
    def pauses(self) -> int:
        """How many pauses were written down; a reading of the store that began later knows them all."""
        return self._pauses

    def paused(self, lane: Lane) -> bool:
        """We paused it, and have not seen it go on since. Also keeps calls back that were about to be made."""
        return lane in self._marks or lane.platform in self._marks

    def goes_on(self, lane: Lane, pauses: int) -> None:
        """The store says that the lane is not paused; it was asked when that many pauses were written down."""
        for where in (lane, lane.platform):
            written = self._marks.get(where)
            if written is not None and written <= pauses:
                del self._marks[where]

    async def take(self, taken: Taken, outcome: Outcome) -> None:
        """Have others wait as the outcome says. A store that is away forgets it: the next call finds out anew."""
        lane, reason = taken.delivery.lane, outcome.reason or ""
        if outcome.ending is Ending.DONE:
            self._platforms.answered(lane.platform)
            self.last_success[lane] = self._clock.now()
        match outcome.hold:
            case None:
                return
            case BudgetWaits(name=name, wait=wait):
                self._slowed(lane, "budget")
                await block(self._store, self._pace, lane.platform, name, wait)
            case LaneWaits(until=None):
                log.error("lane_stopped", lane=str(lane), reason=reason)
                await self._pause(lane, reason, None)
                if lane.platform == BOT_SHORE:
                    await self._endpoints.gone(lane)
            case LaneWaits(until=datetime() as until):
                self._slowed(lane, "lane")
                self._asked[lane] = until
                await self._pause(lane, reason, until)
            case PlatformWaits(until=until):
                self._slowed(lane, "platform")
                await self._pause(lane.platform, reason, until)
            case PlatformAway():
                await self._pause(lane.platform, reason, None)
                await self._platforms.refused(lane.platform, reason)

    async def called(self, lane: Lane) -> None:
        """The bot lives: what it asked to wait for is over, and its lane goes on at once."""
        if self._asked.pop(lane, None) is not None:
            await self._store.lanes.resume(lane)
        await self._store.outbox.kick(lane, self._clock.now())

    async def _pause(self, where: Lane | str, reason: str, until: datetime | None) -> None:
        self._marks[where] = None
        try:
            await self._store.lanes.pause(where, reason, until)
        except StoreTrouble:
            log.warning("pause_not_kept", where=str(where))
        self._pauses += 1
        self._marks[where] = self._pauses

    def _slowed(self, lane: Lane, scope: str) -> None:
        self._metrics.ratelimited.labels(lane.platform, scope).inc()
        log.info("rate_limited", lane=str(lane), scope=scope)
