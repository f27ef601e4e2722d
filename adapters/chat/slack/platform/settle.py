"""Messages of one thread in the order they were written, though sockets hand them out in any."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Final

from bridge.domain.errors import StoreTrouble
from bridge.ports.clock import Clock

SETTLE: Final = 0.15
"""Seconds a thread's first message waits for earlier ones that come later."""
MOST_WAITING: Final = 2_000

Job = Callable[[], Awaitable[None]]


@dataclass(slots=True)
class _Queue:
    waiting: list[tuple[str, int, Job, asyncio.Future[None]]] = field(default_factory=list)
    ready: list[tuple[str, int, Job, asyncio.Future[None]]] = field(default_factory=list)
    """This round, oldest first."""


class Settling:
    """One queue per thread. What arrives after its round has begun goes on by arrival, in the next round."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._queues: dict[str, _Queue] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._count = 0
        self._waiting = 0

    async def in_order(self, thread: str, ts: str, job: Job) -> None:
        """Run `job` in its turn and return when it is done; what it raises is raised here.

        Raises: StoreTrouble when too many wait: unacknowledged, Slack sends them again.
        """
        if self._waiting >= MOST_WAITING:
            raise StoreTrouble("too many messages at once")
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        queue = self._queues.get(thread)
        if queue is None:
            queue = self._queues[thread] = _Queue()
            task = asyncio.create_task(self._rounds(thread, queue))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        self._count += 1
        self._waiting += 1
        queue.waiting.append((ts, self._count, job, done))
        try:
            await done
        finally:
            self._waiting -= 1

    async def _rounds(self, thread: str, queue: _Queue) -> None:
        try:
            while queue.waiting:
                await self._clock.sleep(SETTLE)
                queue.ready, queue.waiting = sorted(queue.waiting, key=lambda item: item[:2]), []
                while queue.ready:
                    _, _, job, done = queue.ready.pop(0)
                    await _run(job, done)
        finally:
            del self._queues[thread]
            for *_, done in (*queue.ready, *queue.waiting):
                done.cancel()

    async def close(self) -> None:
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


async def _run(job: Job, done: asyncio.Future[None]) -> None:
    try:
        await job()
    except asyncio.CancelledError:
        done.cancel()
        raise
    except Exception as error:  # noqa: BLE001  whatever it is belongs to the one who waits for this job
        if not done.done():
            done.set_exception(error)
    else:
        if not done.done():
            done.set_result(None)
