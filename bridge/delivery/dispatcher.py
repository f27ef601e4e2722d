"""Which lanes have work. Wakes on commits, on the next due time, on a bot's call, and by a poll as the net."""

import asyncio
import random
from collections import OrderedDict
from collections.abc import Callable, Mapping
from datetime import datetime

import structlog

from bridge.delivery.courier import Courier
from bridge.delivery.drain import RENEW_EVERY, Drain
from bridge.delivery.endpoints import Endpoints
from bridge.delivery.holds import Holds
from bridge.delivery.measuring import measure
from bridge.delivery.others import Others
from bridge.delivery.pace import Pace
from bridge.delivery.platforms import OnBack, Platforms
from bridge.delivery.reconcile import Reconciler
from bridge.delivery.senders import Senders
from bridge.delivery.showing import show_trouble
from bridge.delivery.targets import Targets
from bridge.delivery.troubles import Troubles
from bridge.domain.deliveries import DeliveryState
from bridge.domain.errors import StoreTrouble
from bridge.domain.refs import BOT_SHORE, BotName, Lane, bot_lane, new_id
from bridge.metrics import Metrics
from bridge.ports.bots import BotConnection
from bridge.ports.chat import ChatPlatform
from bridge.ports.clock import Clock
from bridge.rulebook import Rules
from bridge.store import Store

log = structlog.get_logger(__name__)

POLL = 5.0
"""Seconds between looks when nothing wakes us: another replica's commit is found after this at the latest."""
HEALTH = 1.0
"""Seconds between looks at a platform that is away."""
SWEEP = 10.0
"""Seconds between looks for attempts that nobody makes any more, and between measurements."""
DRAINS = 32
"""Lanes drained at once; more wait their turn."""


class Dispatcher:
    """Carries the outbox to the shores while it runs. `chats` and `bots` may change under it when the rules do."""

    def __init__(
        self,
        store: Store,
        rules: Rules,
        chats: Mapping[str, ChatPlatform],
        bots: Mapping[BotName, BotConnection],
        clock: Clock,
        *,
        metrics: Metrics | None = None,
        jitter: Callable[[], float] = random.random,
        on_back: OnBack | None = None,
        drains: int = DRAINS,
        holder: str | None = None,
    ) -> None:
        """`holder` is a name no other living process has."""
        self._holder = holder or new_id("holder")
        self._store = store
        self._rules = rules
        self._chats = chats
        self._bots = bots
        self._clock = clock
        self._drains = drains
        self._metrics = metrics = metrics or Metrics()
        pace = Pace(clock)
        self._troubles = Troubles(clock)
        self._platforms = Platforms(
            store, rules, chats, clock, metrics=metrics, on_back=on_back, others=Others(store, clock, self._holder)
        )
        self._endpoints = Endpoints(store, rules, clock, metrics)
        self._holds = Holds(store, pace, self._platforms, self._endpoints, clock=clock, metrics=metrics)
        senders = Senders(store=store, rules=rules, chats=chats, bots=bots, clock=clock, troubles=self._troubles)
        self._targets = Targets(store, clock)
        courier = Courier(
            store=store, senders=senders, reconciler=Reconciler(senders), holds=self._holds, targets=self._targets,
            metrics=metrics, jitter=jitter,
        )  # fmt: skip
        self._drain = Drain(
            store=store,
            senders=senders,
            courier=courier,
            pace=pace,
            troubles=self._troubles,
            clock=clock,
            holder=self._holder,
            holds=self._holds,
            stopping=lambda: self._stopping,
            ended=self._ended,
        )
        self._stopping = False
        self._queue: OrderedDict[Lane, None] = OrderedDict()
        self._active: dict[Lane, asyncio.Task[None]] = {}
        self._looking = asyncio.Lock()
        self._sweep_at = clock.monotonic()
        self._called: set[BotName] = set()
        self._unserved: set[Lane] = set()
        self._news = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        await self._store.lanes.reclaim(self._holder)
        await self._platforms.remember()
        await self._endpoints.remember()
        listening = asyncio.Event()
        self._tasks = [
            asyncio.create_task(self._listen(listening), name="delivery-listen"),
            asyncio.create_task(self._watch(), name="delivery-watch"),
            asyncio.create_task(self._renew(), name="delivery-leases"),
        ]
        await listening.wait()

    async def stop(self, grace: float = 5.0) -> None:
        """Begin nothing more; calls in flight get `grace` seconds, then their outcome is unknown."""
        self._stopping = True
        for task in self._tasks:
            task.cancel()
        for lane in list(self._active):
            self._drain.news(lane)
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._targets.stop()
        await self._drain.finish(grace)
        if self._active:
            await asyncio.wait(list(self._active.values()), timeout=grace)
            for task in list(self._active.values()):
                task.cancel()
            await asyncio.gather(*self._active.values(), return_exceptions=True)
        for lane in list(self._drain.lanes):
            await self._drain.let_go(lane)

    def bot_called(self, bot: BotName) -> None:
        """That bot made an authenticated call, so it lives: what waits for it goes out now."""
        self._called.add(bot)
        self._news.set()

    def look_again(self) -> None:
        """The shores may be others now: lanes that had none are served at once."""
        self._news.set()

    def last_success(self, lane: Lane) -> datetime | None:
        """When this process last delivered something there."""
        return self._holds.last_success.get(lane)

    async def settle(self) -> None:
        """Return once nothing is in flight and nothing that is due now is left."""
        while True:
            await self._look()
            busy = [*self._active.values(), *self._drain.calls()]
            if not busy:
                return
            await asyncio.wait(busy, return_when=asyncio.FIRST_COMPLETED)

    # ── waking ────────────────────────────────────────────────────────────

    async def _listen(self, listening: asyncio.Event) -> None:
        async with self._store.commits.subscribe() as commits:
            listening.set()
            async for commit in commits:
                for lane in commit.lanes & self._active.keys():
                    self._drain.news(lane)
                if commit.lanes:
                    self._news.set()

    def _ended(self, lane: Lane) -> None:
        """A call ended: its lane looks again; nobody drains it any more if the call hung for long."""
        if lane in self._active:
            self._drain.news(lane)
        else:
            self._news.set()

    async def _renew(self) -> None:
        while True:
            await self._clock.sleep(RENEW_EVERY)
            try:
                await self._drain.renew()
            except Exception:
                log.exception("leases_not_renewed")

    async def _watch(self) -> None:
        while True:
            self._news.clear()
            try:
                wait = await self._look()
            except StoreTrouble:
                wait = HEALTH
            except Exception:
                # The watch outlives everything: without it nothing would leave the house any more.
                log.exception("watch_failed")
                wait = POLL
            await self._nap(wait)

    async def _look(self) -> float:
        """Queue every lane with something due; how many seconds until the next look.

        The only place that queues lanes: what the store calls ready is not paused, by whomever.
        """
        async with self._looking:
            while self._called:
                await self._holds.called(bot_lane(self._called.pop()))
            await self._platforms.check()
            await self._targets.look(self._chats, self._rules.current)
            for bot in self._troubles.to_show():
                await show_trouble(self._store, bot)
            for lane in self._drain.lanes.keys() - self._active.keys() - self._queue.keys():
                await self._drain.let_go(lane)
            pauses, now = self._holds.pauses, self._clock.now()
            for lane in await self._store.outbox.ready_lanes(now):
                self._holds.goes_on(lane, pauses)
                self._queue_up(lane)
            if self._clock.monotonic() >= self._sweep_at:
                self._sweep_at = self._clock.monotonic() + SWEEP
                for lane in await self._orphaned():
                    self._queue_up(lane)
                await measure(self._store, self._metrics, now)
            self._fill()
            due = [at for at in (await self._store.outbox.next_due(), self._troubles.next_due()) if at is not None]
        until = (min(due) - now).total_seconds() if due else POLL
        return max(0.0, min(until, HEALTH if self._platforms.away else POLL))

    async def _orphaned(self) -> set[Lane]:
        """Lanes with attempts nobody makes any more: a process died, or could not write an outcome down.

        Leasing such a lane turns them into unknown ones; while another process lives, its lease keeps us out.
        """
        sending = await self._store.outbox.views([DeliveryState.SENDING])
        return {view.lane for view in sending} - self._drain.lanes.keys() - self._active.keys()

    async def _nap(self, seconds: float) -> None:
        news = asyncio.create_task(self._news.wait())
        sleep = asyncio.create_task(self._clock.sleep(seconds))
        try:
            await asyncio.wait({news, sleep}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            news.cancel()
            sleep.cancel()
            await asyncio.gather(news, sleep, return_exceptions=True)

    # ── lanes ─────────────────────────────────────────────────────────────

    def _queue_up(self, lane: Lane) -> None:
        if lane in self._active:
            self._drain.news(lane)
        elif self._serves(lane) and not self._holds.paused(lane):
            self._queue.setdefault(lane)

    def _serves(self, lane: Lane) -> bool:
        chat = self._chats.get(lane.platform)
        if chat is not None and chat.capabilities.single and not self._store.ownership.has(lane.platform):
            return False  # the daemon that is connected there sends there
        if lane.platform == BOT_SHORE:
            served = BotName(lane.place) in self._bots
        else:
            # One that is not in the file any more is "served" too: its tickets go to their next place.
            served = lane.platform in self._chats or lane.platform not in self._rules.current.platforms
        if served:
            self._unserved.discard(lane)
        elif lane not in self._unserved:
            self._unserved.add(lane)
            log.warning("lane_not_configured", lane=str(lane))
        return served

    def _fill(self) -> None:
        """Begin drains while there is room; lanes wait in the order in which they were queued."""
        while self._queue and len(self._active) < self._drains and not self._stopping:
            lane, _ = self._queue.popitem(last=False)
            self._active[lane] = asyncio.create_task(self._run(lane), name=f"drain {lane}")

    async def _run(self, lane: Lane) -> None:
        try:
            if await self._drain.run(lane):
                self._news.set()
        except StoreTrouble:
            log.warning("drain_waits_for_store", lane=str(lane))
        except Exception:
            log.exception("drain_failed", lane=str(lane))
        finally:
            del self._active[lane]
            self._fill()
