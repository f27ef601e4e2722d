"""Drains one lane: leases it, sends due heads at pace, gives it back after 5 s or 20 sends.

It never sleeps for pace while it holds a lane: what has to wait gets a `not_before`, and the lane is left. A call
that hangs outlives its drain, so that it delays nobody; its end wakes the lane again.
"""

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog

from bridge.crashpoint import crashpoint
from bridge.delivery.courier import Courier
from bridge.delivery.holds import Holds
from bridge.delivery.pace import Pace
from bridge.delivery.senders import Senders
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
LEASE = 40.0
"""Seconds; more than twice the longest call, so that no call outlives its lease."""
BOT_CALLS = 8
"""Calls in flight to one bot. Only heads of different tickets or strands: order is the outbox's business."""
CHAT_CALLS = 3
"""Calls in flight to one channel: enough that a slow card delays no words."""
NOT_TRIED = frozenset({Ending.HELD, Ending.NEVER})
RECOVERY = Budget(name="recovery", limit=10, per=timedelta(seconds=1))
"""A bot that just failed is not overrun by its backlog."""


@dataclass(slots=True)
class InFlight:
    """One lane's calls, and the news that something new is due."""

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

        False: another process has the lane.
        """
        ends = self.clock.monotonic() + LEASE / 2
        fence = await self.store.lanes.lease(lane, self.holder, LEASE)
        if fence is None:
            return False
        here = self.lanes.setdefault(lane, InFlight())
        try:
            await self._keep_sending(lane, fence, here, ends)
            return True
        finally:
            await self.let_go(lane)

    async def let_go(self, lane: Lane) -> None:
        """Give the lane back, unless calls are in flight: then it stays ours, and the last one's end comes here."""
        here = self.lanes.get(lane)
        if here is None or here.calls:
            return
        del self.lanes[lane]
        with contextlib.suppress(StoreTrouble):
            await self.store.lanes.give_back(lane, self.holder)

    async def _keep_sending(self, lane: Lane, fence: Fence, here: InFlight, ends: float) -> None:
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
                self._start(each, here, ends)
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
            wait = self.pace.spend(lane.platform, self._budgets(each))
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

    def _start(self, taken: Taken, here: InFlight, ends: float) -> None:
        lane = taken.delivery.lane

        def over(call: asyncio.Task[None]) -> None:
            here.calls.discard(call)
            self.ended(lane)

        call = asyncio.create_task(self._carry(taken, lambda: self.clock.monotonic() < ends), name=str(taken.id))
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
