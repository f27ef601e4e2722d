"""What will happen in the world outside, whatever becomes of the middle."""

import asyncio
import heapq
from collections.abc import Callable
from itertools import count

Step = Callable[[], None]


class Agenda:
    """Steps of the world by their time; outlives every process of the middle."""

    def __init__(self) -> None:
        self._steps: list[tuple[float, int, Step]] = []
        self._count = count()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._now = 0.0

    def attach(self, loop: asyncio.AbstractEventLoop) -> None:
        """The world goes on in this loop."""
        self._loop = loop
        for at, _, _ in self._steps:
            loop.call_at(at, self._due, loop)

    def detach(self) -> None:
        """The loop is of no more interest, whatever it still does; the world stands still until the next one."""
        self._now, self._loop = self.now, None

    @property
    def now(self) -> float:
        """Seconds since the world began."""
        return self._loop.time() if self._loop is not None else self._now

    def after(self, seconds: float, step: Step) -> None:
        at = self.now + max(0.0, seconds)
        heapq.heappush(self._steps, (at, next(self._count), step))
        if self._loop is not None:
            self._loop.call_at(at, self._due, self._loop)

    def _due(self, loop: asyncio.AbstractEventLoop) -> None:
        while loop is self._loop and self._steps and self._steps[0][0] <= self.now:
            heapq.heappop(self._steps)[2]()
