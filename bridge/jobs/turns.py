"""One scheduler for all sweeps. What is due stands in rows; the scheduler only wakes who looks."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeAlias

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from bridge.domain.errors import StoreTrouble
from bridge.ports.clock import Clock

log = structlog.get_logger(__name__)

STOP_WITHIN = 5.0
"""Seconds a sweep may still take when the daemon stops; what it did not reach stays due."""

Act: TypeAlias = Callable[[datetime], Awaitable[None]]
"""Does whatever is due at that time. Safe to repeat, and to run in several replicas at once."""


@dataclass(frozen=True, slots=True)
class Sweep:
    """One row of the table."""

    name: str
    every: timedelta
    act: Act


class Turns:
    """Gives each sweep its turn, never two of one sweep at once."""

    def __init__(self, sweeps: Sequence[Sweep], clock: Clock, *, stop_within: float = STOP_WITHIN) -> None:
        self._sweeps = sweeps
        self._clock = clock
        self._stop_within = stop_within
        self._scheduler: AsyncIOScheduler | None = None
        self._running: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        # It would say at every turn that a long sweep still runs, and where; our own lines say what matters.
        logging.getLogger("apscheduler").setLevel(logging.CRITICAL)
        self._scheduler = AsyncIOScheduler(timezone="UTC")
        for sweep in self._sweeps:
            self._scheduler.add_job(
                self._run,
                "interval",
                seconds=sweep.every.total_seconds(),
                args=[sweep],
                id=sweep.name,
                max_instances=1,
                coalesce=True,
                # Without it a turn that begins more than a second late, on a busy machine, is left out silently.
                misfire_grace_time=None,
            )
        self._scheduler.start()

    async def stop(self) -> None:
        """No new turn begins; the running ones end, or are cut off after a while."""
        if self._scheduler is None:
            return
        self._scheduler.pause()
        if self._running:
            await asyncio.wait(self._running, timeout=self._stop_within)
        self._scheduler.shutdown(wait=False)
        self._scheduler = None
        await asyncio.gather(*self._running, return_exceptions=True)

    async def _run(self, sweep: Sweep) -> None:
        turn = asyncio.ensure_future(self._turn(sweep))
        self._running.add(turn)
        try:
            await turn
        finally:
            self._running.discard(turn)

    async def _turn(self, sweep: Sweep) -> None:
        """One turn; whatever goes wrong, the next one comes."""
        try:
            await sweep.act(self._clock.now())
        except StoreTrouble as trouble:
            log.warning("sweep_waits_for_the_store", sweep=sweep.name, reason=str(trouble))
        except Exception:
            log.exception("sweep_failed", sweep=sweep.name)
