"""The machine one process of the middle runs on: its loop, its time, its entropy, and SQLite without threads.

Nothing here waits for the real clock and nothing is decided by a thread: what runs next follows from the seed alone.
"""

import asyncio
import contextlib
import random
import secrets
import selectors
import sqlite3
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import aiosqlite.core

START = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
PATIENCE = 0.002
"""Real seconds for a database's answer before given time goes on: slower ones come late, as they do."""
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Stuck(Exception):
    """Nothing is scheduled any more: the simulation itself has a fault."""


class _NoSockets(selectors.SelectSelector):
    """Where the loop would wait, time passes instead."""

    def __init__(self, passes: Callable[[float], None]) -> None:
        super().__init__()
        self._passes = passes

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None:
            raise Stuck("everybody waits and nothing is due")
        if timeout > 0:
            self._passes(timeout)
        return []


class _Sockets(selectors.SelectSelector):
    """The same with a database behind sockets: time passes once nothing has come for a moment of real time."""

    def __init__(self, passes: Callable[[float], None]) -> None:
        super().__init__()
        self._passes = passes

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        found = super().select(0 if timeout == 0 else PATIENCE)
        if not found and timeout:
            self._passes(timeout)
        return found


class VirtualLoop(asyncio.SelectorEventLoop):
    """An event loop in given time; what asks for a thread runs at once, in the loop's own."""

    def __init__(self, begins: float, *, sockets: bool = False) -> None:
        self._at = begins
        super().__init__((_Sockets if sockets else _NoSockets)(self._pass))

    def _pass(self, seconds: float) -> None:
        # A hair more, so that rounding never leaves a timer that is due "in zero seconds" for ever.
        self._at += seconds + 1e-9

    def time(self) -> float:
        return self._at

    def run_in_executor(self, executor: Any, func: Callable[..., Any], *args: Any) -> asyncio.Future[Any]:
        future = self.create_future()
        try:
            future.set_result(func(*args))
        except Exception as error:  # noqa: BLE001 - as an executor: whatever it is belongs to who asked
            future.set_exception(error)
        return future


class VirtualClock:
    """The wall clock of the simulated machine, which may be set wrong; its monotonic time never is."""

    def __init__(self, seconds: Callable[[], float]) -> None:
        self._seconds = seconds
        self.wrong = 0.0

    def now(self) -> datetime:
        # Whole microseconds, as rows keep them.
        return START + timedelta(microseconds=round((self._seconds() + self.wrong) * 1e6))

    def monotonic(self) -> float:
        return self._seconds()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(max(0.0, seconds))


class Machine:
    """SQLite's calls run here and now; at any of them the power may go, or the disk may refuse."""

    def __init__(self, loop: VirtualLoop, rng: random.Random, on_killed: Callable[[], None]) -> None:
        self._loop = loop
        self._rng = rng
        self._on_killed = on_killed
        self._calls_left: int | None = None
        self.dead = False
        self.buried = False
        self.full_until = 0.0
        self.refused = 0

    def kill_after(self, calls: int) -> None:
        """The process dies at its next but so many steps: calls to the database or to a shore."""
        self._calls_left = calls

    def step(self) -> bool:
        """One step further; False: the process is dead and does nothing any more."""
        if self.dead:
            return False
        if self._calls_left is not None:
            self._calls_left -= 1
            if self._calls_left < 0:
                self.kill()
                return False
        return True

    def kill(self) -> None:
        if not self.dead:
            self.dead = True
            self._on_killed()

    def bury(self) -> None:
        """It is dead and its files were copied: what is left of it may tidy up there."""
        self.buried = True

    def put_nowait(self, item: tuple[asyncio.Future[Any] | None, Callable[[], Any]]) -> None:
        """What aiosqlite hands to its thread: done at once, told now or a moment later."""
        future, function = item
        if not self.buried and not self.step():
            return
        try:
            self._may_refuse(function)
            tell, what = aiosqlite.core.set_result, function()
        except BaseException as error:  # noqa: BLE001 - as aiosqlite's own thread: it belongs to who asked
            tell, what = aiosqlite.core.set_exception, error
        # Dead between the database's answer and ours: committed, and nobody knows.
        if future is not None and not self._loop.is_closed() and (self.buried or self.step()):
            self._loop.call_later(self._rng.choice((0.0, 0.0, 0.0, 0.0005, 0.003)), tell, future, what)

    def _may_refuse(self, function: Callable[[], Any]) -> None:
        args = function.args if isinstance(function, partial) else ()
        if self._loop.time() < self.full_until and "BEGIN IMMEDIATE" in args:
            self.refused += 1
            raise sqlite3.OperationalError("database or disk is full")


class _NoThread:
    """Stands where aiosqlite would start its own."""

    def __init__(self, **_: Any) -> None:
        pass

    def start(self) -> None:
        pass


@contextlib.contextmanager
def running_on(machine: Machine) -> Iterator[None]:
    """Connections that are opened within belong to this machine."""
    before = {name: getattr(aiosqlite.core, name) for name in ("SimpleQueue", "Thread")}
    _put_in(aiosqlite.core, {"SimpleQueue": lambda: machine, "Thread": _NoThread})
    try:
        yield
    finally:
        _put_in(aiosqlite.core, before)


@contextlib.contextmanager
def given_entropy(rng: random.Random, clock: VirtualClock) -> Iterator[None]:
    """Ids are made of the time and of the system's entropy; here both are given."""
    randbits, time_ns = secrets.randbits, time.time_ns
    _put_in(secrets, {"randbits": rng.getrandbits})
    _put_in(time, {"time_ns": lambda: (clock.now() - EPOCH) // timedelta(microseconds=1) * 1000})
    try:
        yield
    finally:
        _put_in(secrets, {"randbits": randbits})
        _put_in(time, {"time_ns": time_ns})


def _put_in(module: Any, names: dict[str, Any]) -> None:
    for name, value in names.items():
        setattr(module, name, value)
