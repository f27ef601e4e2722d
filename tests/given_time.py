"""Time that tests give: nothing here ever waits for the real clock."""

import asyncio
import heapq
from datetime import UTC, datetime, timedelta


class GivenClock:
    """A clock that moves only when told; sleepers wake in the order of their time."""

    def __init__(self, start: datetime = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)) -> None:
        self._start = start
        self._elapsed = 0.0
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []
        self._count = 0

    def now(self) -> datetime:
        return self._start + timedelta(seconds=self._elapsed)

    def monotonic(self) -> float:
        return self._elapsed

    async def sleep(self, seconds: float) -> None:
        if seconds <= 0:
            await asyncio.sleep(0)
            return
        self._count += 1
        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self._elapsed + seconds, self._count, waiter))
        await waiter

    @property
    def sleeping(self) -> bool:
        """Does anybody wait for this clock?"""
        return any(not waiter.done() for _, _, waiter in self._sleepers)

    def advance(self, seconds: float = 0.0, **span: float) -> None:
        """Move time on by seconds or any span of timedelta (`minutes=3`)."""
        self._elapsed += seconds + timedelta(**span).total_seconds()
        while self._sleepers and self._sleepers[0][0] <= self._elapsed:
            waiter = heapq.heappop(self._sleepers)[2]
            if not waiter.done():
                waiter.set_result(None)
