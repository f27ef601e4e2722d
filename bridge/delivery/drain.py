"""Drains one lane: leases it, sends due heads at pace, gives it back after 5 s or 20 sends.

It never sleeps for pace while it holds a lane: what has to wait gets a `not_before`, and the lane is left. A call
that hangs outlives its drain, so that it delays nobody; its end wakes the lane again.
"""

import asyncio
import contextlib
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog

from bridge.crashpoint import crashpoint
from bridge.delivery.courier import Courier
from bridge.delivery.holds import Holds
from bridge.delivery.pace import Pace
from bridge.delivery.senders import Senders
from bridge.delivery.spending import spend
from bridge.delivery.troubles import Troubles
from bridge.domain.deliveries import Ending, Taken
from bridge.domain.errors import StoreTrouble
from bridge.domain.refs import BOT_SHORE, Lane
from bridge.ports.chat import Budget
from bridge.ports.clock import Clock
from bridge.store import Store
from bridge.store.lanes import Fence

log = structlog.get_logger(__name__)

LONGEST = 5.0
"""Seconds one drain keeps a lane while others wait."""
MOST = 20
LEASE = 24.0
"""Seconds until others have the lanes of a process that died. No call begins in the second half, which is longer than
a call to a platform lasts; while we live, the lease is renewed, so that longer ones do not outlive it either."""
RENEW_EVERY = LEASE / 3
BOT_CALLS = 8
"""Calls in flight to one bot. Only heads of different tickets or strands: order is the outbox's business."""
CHAT_CALLS = 3
"""Calls in flight to one channel: enough that a slow card delays no words."""
NOT_TRIED = frozenset({Ending.HELD, Ending.NEVER})
RECOVERY = Budget(name="recovery", limit=10, per=timedelta(seconds=1))
"""A bot that just failed is not overrun by its backlog."""


@dataclass(slots=True)
class InFlight:
    """One lane that is ours: its calls, and the news that something new is due."""

    fence: Fence
    until: float
    """When our lease ends, by monotonic time."""
    calls: set[asyncio.Task[None]] = field(default_factory=set)
    news: asyncio.Event = field(default_factory=asyncio.Event)


@dataclass(frozen=True, slots=True, kw_only=True)
class Drain:
    """One per dispatcher; `run` once per lane at a time."""

    store: Store
    senders: Senders
    courier: Courier
    pace: Pace
    troubles: Troubles
    clock: Clock
    holder: str
    holds: Holds
    stopping: Callable[[], bool]
    ended: Callable[[Lane], None]
    """Called when a call has ended."""
    lanes: dict[Lane, InFlight] = field(default_factory=dict)

    async def run(self, lane: Lane) -> bool:
        """Send what is due, until nothing is, the lane is paused, or it is others' turn.

        False: another process has the lane, or our calls there have outlived our lease.
        """
        asked, here = self.clock.monotonic(), self.lanes.get(lane)
        if here is not None and here.calls and asked >= here.until:
            # A new lease would put them in doubt, and we would look for what we are just posting.
            return False
        fence = await self.store.lanes.lease(lane, self.holder, LEASE)
        if fence is None:
            return False
        here = self.lanes.setdefault(lane, InFlight(fence, 0.0))
        here.fence, here.until = fence, self._until(asked)
        try:
            await self._keep_sending(lane, fence, here)
            return True
        finally:
            await self.let_go(lane)

    async def renew(self) -> None:
        """Keep the lanes that are drained, or whose calls are in flight. A lease that ran out stays lost."""
        await asyncio.gather(*(self._renew(lane, here) for lane, here in self.lanes.items()))

    async def _renew(self, lane: Lane, here: InFlight) -> None:
        asked = self.clock.monotonic()
        with contextlib.suppress(StoreTrouble):
            kept = await self.store.lanes.renew(lane, self.holder, here.fence, LEASE)
            here.until = self._until(asked) if kept else asked

    def _until(self, asked: float) -> float:
        """A process that is alone cannot lose a lane to anybody, however long it slept."""
        return asked + LEASE if self.store.dialect == "postgres" else math.inf

    async def let_go(self, lane: Lane) -> None:
        """Give the lane back, unless calls are in flight: then it stays ours, and the last one's end comes here."""
        here = self.lanes.get(lane)
        if here is None or here.calls:
            return
        del self.lanes[lane]
        with contextlib.suppress(StoreTrouble):
            await self.store.lanes.give_back(lane, self.holder)

    async def _keep_sending(self, lane: Lane, fence: Fence, here: InFlight) -> None:
        began, sent, waiting = self.clock.monotonic(), 0, False
        at_once = BOT_CALLS if lane.platform == BOT_SHORE else CHAT_CALLS
        while not self.stopping() and not self.holds.paused(lane):
            left = LONGEST - (self.clock.monotonic() - began)
            if sent >= MOST or left <= 0:
                return
            here.news.clear()
            room = min(at_once - len(here.calls), MOST - sent)
            crashpoint("delivery.before_take")
            taken = await self.store.outbox.take(lane, self.clock.now(), room, fence) if room > 0 else []
            if taken:
                crashpoint("delivery.taken")
            going = await self._within_budget(lane, taken)
            waiting = waiting or len(going) < len(taken)
            for each in going:
                self._start(each, here, fence)
                sent += 1
            if room > 0 and len(taken) == room:
                continue
            if not here.calls:
                if not waiting:
                    self.troubles.emptied(lane)
                return
            await self._until_something_happens(here, left)

    def news(self, lane: Lane) -> None:
        """Something may be due there: whoever drains it looks again."""
        if lane in self.lanes:
            self.lanes[lane].news.set()

    def calls(self) -> list[asyncio.Task[None]]:
        """All that are in flight."""
        return [call for here in self.lanes.values() for call in here.calls]

    async def finish(self, seconds: float) -> None:
        """Let calls end; those that do not in time are cut off, and their outcome is unknown."""
        calls = self.calls()
        if not calls:
            return
        _, hanging = await asyncio.wait(calls, timeout=seconds)
        for call in hanging:
            call.cancel()
        await asyncio.gather(*hanging, return_exceptions=True)

    async def _within_budget(self, lane: Lane, taken: Sequence[Taken]) -> list[Taken]:
        """Those that may go now; the others are given back until they may."""
        going: list[Taken] = []
        waiting: dict[datetime, list[Taken]] = {}
        for each in taken:
            wait = await spend(self.store, self.pace, lane.platform, self._budgets(each))
            if wait is None:
                going.append(each)
            else:
                waiting.setdefault(self.clock.now() + wait, []).append(each)
        for not_before, those in waiting.items():
            await self.store.outbox.give_back(those, not_before)
        return going

    def _budgets(self, taken: Taken) -> Sequence[Budget]:
        lane = taken.delivery.lane
        if lane.platform == BOT_SHORE:
            return [_of_lane(RECOVERY, lane)] if self.troubles.recovering(lane) else []
        platform = self.senders.chats.get(lane.platform)
        return platform.budgets(taken.delivery) if platform is not None else []

    def _start(self, taken: Taken, here: InFlight, fence: Fence) -> None:
        lane = taken.delivery.lane

        def may_send() -> bool:
            return here.fence == fence and self.clock.monotonic() < here.until - LEASE / 2

        def over(call: asyncio.Task[None]) -> None:
            here.calls.discard(call)
            self.ended(lane)

        call = asyncio.create_task(self._carry(taken, may_send), name=str(taken.id))
        here.calls.add(call)
        call.add_done_callback(over)

    async def _carry(self, taken: Taken, may_send: Callable[[], bool]) -> None:
        lane = taken.delivery.lane
        outcome = await self.courier.carry(taken, may_send)
        if lane.platform == BOT_SHORE and outcome is not None:
            if outcome.ending is Ending.DONE:
                self.troubles.went_well(lane)
            elif outcome.ending not in NOT_TRIED:
                self.troubles.failed(lane)

    async def _until_something_happens(self, here: InFlight, seconds: float) -> None:
        news = asyncio.create_task(here.news.wait())
        try:
            await asyncio.wait({news, *here.calls}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        finally:
            news.cancel()
            await asyncio.gather(news, return_exceptions=True)


def _of_lane(budget: Budget, lane: Lane) -> Budget:
    return Budget(name=f"{budget.name} {lane.place}", limit=budget.limit, per=budget.per)
