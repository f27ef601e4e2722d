"""How fast channels and threads may be read: at Slack's usual pace, or at one read a minute where it allows no more."""

from collections import deque
from typing import Final

import structlog

from bridge.domain.errors import RateLimited
from bridge.ports.clock import Clock

log = structlog.get_logger(__name__)

MINUTE: Final = 60.0
USUAL: Final = 40
"""Reads a minute, of tier 3's 50: the others are for looking up what was posted."""
SLOW: Final = 1
SLOW_PAGE: Final = 15
"""Objects one answer holds where Slack allows one read a minute (slack.md §2)."""
FEW: Final = 5
"""Whoever is refused after so few reads in a minute is on the slow tier."""
FORGET_AFTER: Final = 3_600.0
"""Seconds until the usual pace is tried again."""
ROOM: Final = 90.0
"""Seconds kept free for a look-up that was refused: it matters more than what was missed."""


class Reads:
    """The pace of one workspace's reading, method by method. What is asked for by somebody else goes first."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._made: dict[str, deque[float]] = {}
        self._not_before: dict[str, float] = {}
        self._slow_until = 0.0

    @property
    def slow(self) -> bool:
        return self._clock.monotonic() < self._slow_until

    def lasting(self, reads: int) -> float:
        """Seconds so many reads of one method take."""
        return reads * MINUTE / (SLOW if self.slow else USUAL)

    async def turn(self, method: str) -> None:
        """Wait until this method may be called."""
        while (wait := self._wait(method)) > 0:
            await self._clock.sleep(wait)
        self._made.setdefault(method, deque()).append(self._clock.monotonic())

    def page(self, size: int) -> None:
        """An answer that has more behind it held so many: Slack cuts all to fifteen on the slow tier."""
        if size <= SLOW_PAGE + 1:  # a root may stand before each page
            self._slow_down()

    def refused(self, method: str, error: RateLimited) -> None:
        now = self._clock.monotonic()
        wait = error.retry_after.total_seconds() if error.retry_after is not None else MINUTE
        self._not_before[method] = now + wait
        if len(self._recent(method, now)) <= FEW:
            self._slow_down()

    def give_way(self, method: str) -> None:
        """A look-up was refused: the next turn is its own."""
        until = self._clock.monotonic() + ROOM
        self._not_before[method] = max(until, self._not_before.get(method, until))

    def _slow_down(self) -> None:
        if not self.slow:
            log.info("slack_reads_are_slow", per_minute=SLOW)
        self._slow_until = self._clock.monotonic() + FORGET_AFTER

    def _wait(self, method: str) -> float:
        now = self._clock.monotonic()
        recent, most = self._recent(method, now), SLOW if self.slow else USUAL
        full = recent[-most] + MINUTE - now if len(recent) >= most else 0.0
        return max(full, self._not_before.get(method, now) - now)

    def _recent(self, method: str, now: float) -> deque[float]:
        made = self._made.setdefault(method, deque())
        while made and made[0] + MINUTE <= now:
            made.popleft()
        return made
