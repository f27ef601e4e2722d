"""Watches whether the daemon's loop turns. One long call keeps everybody waiting: this says how long, and where it is.

A task measures how late it is woken; a thread, which a stuck loop cannot stop, writes the loop's stack into the log.
The stack names files, lines and functions, never values.
"""

import asyncio
import sys
import threading
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from time import monotonic
from types import FrameType

import structlog

from bridge.metrics import Metrics

log = structlog.get_logger(__name__)

DEEPEST = 30
"""Calls shown of a stack, the innermost ones."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Seconds."""

    every: float = 0.25
    """Between two measurements."""
    blocked: float = 1.0
    """Without a turn, after which the stack is written down."""
    long: float = 5.0
    """One such block may be a machine that slept; two within `within` make an alarm."""
    within: float = 600.0


class LoopWatch:
    """Runs between `start` and `stop`. The time is the machine's own: it is the real loop that is watched."""

    def __init__(
        self,
        metrics: Metrics,
        *,
        on_long: Callable[[float], Awaitable[None]],
        on_calm: Callable[[], Awaitable[None]],
        limits: Limits | None = None,
    ) -> None:
        """`on_long` hears of repeated long blocks, in seconds; `on_calm` when none came for a while after it."""
        self._metrics = metrics
        self._on_long = on_long
        self._on_calm = on_calm
        self._limits = limits or Limits()
        self._beat = monotonic()
        self._long: list[float] = []
        # As if: an earlier process may have ended while it was slow, and its alarm still stands.
        self._alarmed = True
        self._worst = 0.0
        self._worst_at = 0.0
        self._task: asyncio.Task[None] | None = None
        self._over = threading.Event()
        self._thread: threading.Thread | None = None

    @property
    def trouble(self) -> str | None:
        """A sentence, if the loop stood still in the last minutes."""
        if self._worst < self._limits.blocked or monotonic() - self._worst_at > self._limits.within:
            return None
        return f"The daemon stood still for {self._worst:.1f} s a short while ago; the log says where (loop_blocked)."

    def start(self) -> None:
        self._beat = monotonic()
        self._task = asyncio.create_task(self._measure(), name="loop-watch")
        self._thread = threading.Thread(
            target=self._guard, args=(threading.get_ident(),), name="handrail-loop-watch", daemon=True
        )
        self._thread.start()

    async def stop(self) -> None:
        self._over.set()
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        if self._thread is not None:
            await asyncio.to_thread(self._thread.join, 2 * self._limits.every)

    async def _measure(self) -> None:
        while True:
            asleep = monotonic()
            await asyncio.sleep(self._limits.every)
            now = self._beat = monotonic()
            lag = max(0.0, now - asleep - self._limits.every)
            self._metrics.loop_lag.observe(lag)
            try:
                await self._judge(lag, now)
            except Exception as error:  # noqa: BLE001 - whatever the alarm meets, the watch goes on
                log.warning("loop_alarm_failed", error=type(error).__name__)

    async def _judge(self, lag: float, now: float) -> None:
        limits = self._limits
        if lag >= limits.blocked and (lag >= self._worst or now - self._worst_at > limits.within):
            self._worst, self._worst_at = lag, now
        self._long = [at for at in self._long if now - at <= limits.within]
        if lag >= limits.long:
            self._long.append(now)
            if len(self._long) > 1:
                self._alarmed = True
                await self._on_long(lag)
        elif self._alarmed and not self._long:
            self._alarmed = False
            await self._on_calm()

    def _guard(self, loop_thread: int) -> None:
        """In a thread of its own: says once per block where the loop's thread is."""
        told: float | None = None
        while not self._over.wait(self._limits.every):
            beat = self._beat
            stuck = monotonic() - beat - self._limits.every
            if stuck < self._limits.blocked or beat == told:
                continue
            told = beat
            stack = where(sys._current_frames().get(loop_thread))  # noqa: SLF001 - the documented way to another thread's stack
            # Not `stack`: structlog keeps that name for a text of its own.
            log.error("loop_blocked", seconds=round(stuck, 1), calls=stack)


def where(frame: FrameType | None) -> list[str]:
    """The stack, innermost call first: file, line, function. No values: they may be somebody's words."""
    lines: list[str] = []
    while frame is not None and len(lines) < DEEPEST:
        code = frame.f_code
        lines.append(f"{short(code.co_filename)}:{frame.f_lineno} {code.co_name}")
        frame = frame.f_back
    return lines


def short(path: str) -> str:
    """The last parts of a path: enough to find the file, nothing about the machine."""
    return "/".join(path.replace("\\", "/").split("/")[-3:])
