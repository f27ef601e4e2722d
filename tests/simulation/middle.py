"""One process of the middle: everything of ours is real, from the desk to the store's file."""

import asyncio
import contextlib
import random
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from datetime import timedelta
from typing import Any

from bridge.delivery.dispatcher import Dispatcher
from bridge.desk.desk import Desk
from bridge.domain.errors import StoreTrouble
from bridge.domain.refs import BotName
from bridge.jobs.jobs import Jobs
from bridge.jobs.turns import Sweep
from bridge.metrics import Metrics
from bridge.rulebook import RuleBook, Rules
from bridge.store import Store
from tests.simulation.machine import Machine, VirtualClock
from tests.simulation.shores import BotShore, ChatShore, SimulatedBot, SimulatedChat

GRACE = 3.0
SLOWEST = timedelta(seconds=30)
PACE = {"timers": 2.5, "parked": 4.0, "files": 60.0, "measures": 60.0, "alarms": 12.0, "delays": 15.0, "lanes": 30.0}
"""Seconds between turns: what looks every second for something that hardly ever is costs the run its seeds."""


class Middle:
    """Starts, works, and is killed or stopped."""

    def __init__(
        self, url: str, machine: Machine, clock: VirtualClock, *, book: RuleBook,
        chats: Mapping[str, ChatShore], bots: Mapping[BotName, BotShore], complain: Callable[[str], None],
    ) -> None:  # fmt: skip
        self.machine = machine
        self._url = url
        self._clock = clock
        self._rules = Rules(book)
        self._chats = {name: SimulatedChat(shore, self) for name, shore in chats.items()}
        self._bots = {name: SimulatedBot(shore, self) for name, shore in bots.items()}
        self._complain = complain
        self._jitter = random.Random(7)
        self._turns: list[asyncio.Task[None]] = []
        self._calls: set[asyncio.Task[None]] = set()
        self.store: Store | None = None
        self.desk: Desk | None = None
        self.up = False

    async def start(self) -> None:
        self.store = await Store.open(self._url, clock=self._clock)
        await self.store.start()
        desk = Desk(store=self.store, rules=self._rules, clock=self._clock, chats=self._chats)
        metrics = Metrics()
        jobs = Jobs(desk=desk, store=self.store, rules=self._rules, clock=self._clock, metrics=metrics)
        self.dispatcher = Dispatcher(
            self.store, self._rules, self._chats, self._bots, self._clock, metrics=metrics,
            jitter=self._jitter.random, on_back=jobs.platform_back,
        )  # fmt: skip
        await self.dispatcher.start()
        self._turns = [asyncio.create_task(self._turn(sweep), name=sweep.name) for sweep in jobs.sweeps]
        self.desk = desk
        self.up = True

    async def stop(self) -> None:
        """In order, as after SIGTERM."""
        self.up = False
        if self._calls:
            await asyncio.wait(set(self._calls), timeout=GRACE)
        for turn in self._turns:
            turn.cancel()
        await asyncio.gather(*self._turns, return_exceptions=True)
        await self.dispatcher.stop(GRACE)
        if self.store is not None:
            await self.store.close()

    def spawn(self, call: Coroutine[Any, Any, None]) -> None:
        """A call from a shore, handled beside everything else."""
        task = asyncio.create_task(call)
        self._calls.add(task)
        task.add_done_callback(self._calls.discard)

    async def bury(self) -> None:
        """After its death, on the files it left: nothing it still does is seen by anybody."""
        if self.store is not None:
            with contextlib.suppress(Exception, asyncio.CancelledError):
                await asyncio.wait_for(self.store.close(), 5.0)

    async def _turn(self, sweep: Sweep) -> None:
        seconds = PACE.get(sweep.name, min(sweep.every, SLOWEST).total_seconds())
        while True:
            await asyncio.sleep(seconds)
            await self._once(sweep.name, sweep.act(self._clock.now()))

    async def _once(self, name: str, act: Awaitable[None]) -> None:
        try:
            await act
        except StoreTrouble:
            pass  # the next turn does it
        except Exception as error:  # noqa: BLE001 - whatever it is, nobody foresaw it
            self._complain(f"sweep {name}: {type(error).__name__}")
