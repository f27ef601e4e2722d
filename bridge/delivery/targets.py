"""Channels that cannot be used: tickets go around them, and something small asks once a minute whether they can again.

Three know of it: a root that was refused, a platform that tells of its channels by itself, and the alarm, which is what
other replicas and the next start know.
"""

import asyncio
import contextlib
from collections.abc import Mapping
from datetime import datetime, timedelta

import structlog

from bridge.delivery.outcomes import Outcome
from bridge.domain.alarms import Alarm, Trouble
from bridge.domain.deliveries import Ending, OpenThread, OpenWatch, Taken
from bridge.domain.errors import StoreTrouble
from bridge.domain.refs import Lane
from bridge.ports.chat import ChatPlatform
from bridge.ports.clock import Clock
from bridge.ports.places import KnowsPlaces
from bridge.rulebook.book import RuleBook
from bridge.store import Store

log = structlog.get_logger(__name__)

ASK_EVERY = timedelta(minutes=1)
ROOTS = (OpenThread, OpenWatch)
"""Only these go to the channel itself: what they find is true of all tickets."""


class Targets:
    """What this process knows of them."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._lost: dict[Lane, tuple[str, datetime]] = {}
        """Roots were refused: why, and when one asked last."""
        self._shut: dict[Lane, str] = {}
        """The whole channel is shut for us, its threads too, as its platform says: why."""
        self._news: dict[Lane, str | None] = {}
        """What of a platform's news was taken up."""
        self._doubted: dict[Lane, str] = {}
        """Something in a thread was refused for good: is it the thread, or the channel? The reason."""
        self._asked: dict[Lane, datetime] = {}
        self._remember_at = clock.now()
        self._asking: asyncio.Task[None] | None = None

    def around(self, taken: Taken) -> Outcome | None:
        """How a delivery ends without a call, because its channel is known to be of no use; None: ask it."""
        lane, now = taken.delivery.lane, self._clock.now()
        if taken.unknown:
            return None
        if lane in self._shut:
            return Outcome(ending=Ending.DEAD, reason=self._shut[lane], place_lost=True)
        if not isinstance(taken.delivery.content, ROOTS) or lane not in self._lost:
            return None
        reason, asked = self._lost[lane]
        if now >= asked + ASK_EVERY:
            self._lost[lane] = (reason, now)
            return None
        return Outcome(ending=Ending.DEAD, reason=reason, place_lost=True)

    async def heard(self, taken: Taken, outcome: Outcome) -> None:
        """A delivery ended, and that is written down: its channel is well, or it is an alarm."""
        lane, now = taken.delivery.lane, self._clock.now()
        if not isinstance(taken.delivery.content, ROOTS):
            if outcome.place_lost and lane not in self._shut:
                self._doubted[lane] = outcome.reason or ""
            return
        with contextlib.suppress(StoreTrouble):
            if outcome.ending is Ending.DONE:
                await self._regained(lane, now)
            elif outcome.place_lost:
                await self._alarm(lane, outcome.reason or "it is gone", await self._goes_to(taken), now)

    async def look(self, chats: Mapping[str, ChatPlatform], book: RuleBook) -> None:
        """Take up what platforms say of their channels, and have those asked about that are lost. Waits for nobody."""
        now = self._clock.now()
        knowing = {name: chat for name, chat in chats.items() if isinstance(chat, KnowsPlaces)}
        for name, chat in knowing.items():
            for place, why in list(chat.told.items()):
                await self._take_up(Lane(name, place), why, book, now)
        if self._asking is not None and not self._asking.done():
            return
        due = {lane: why for lane, why in self._doubted.items() if self._may_ask(lane, now)}
        if knowing and now >= self._remember_at:
            self._remember_at = now + ASK_EVERY
            standing = {lane: alarm for alarm in await self._store.alarms.open_ones() if (lane := _lane_of(alarm))}
            due |= {lane: str(alarm.facts.get("reason") or "") for lane, alarm in standing.items()}
            due |= self._shut
        self._doubted = {lane: why for lane, why in self._doubted.items() if lane not in due}
        due = {lane: why for lane, why in due.items() if lane.platform in knowing}
        if due:
            self._asked |= dict.fromkeys(due, now)
            self._asking = asyncio.create_task(self._ask(due, knowing, book), name="lost-channels")

    async def stop(self) -> None:
        if self._asking is not None:
            self._asking.cancel()
            await asyncio.gather(self._asking, return_exceptions=True)

    def _may_ask(self, lane: Lane, now: datetime) -> bool:
        return lane not in self._asked or now >= self._asked[lane] + ASK_EVERY

    async def _take_up(self, lane: Lane, why: str | None, book: RuleBook, now: datetime) -> None:
        if lane in self._news and self._news[lane] == why:
            return
        if why is None:
            await self._regained(lane, now)
        else:
            await self._close(lane, why, book, now)
        self._news[lane] = why

    async def _ask(self, due: Mapping[Lane, str], knowing: Mapping[str, KnowsPlaces], book: RuleBook) -> None:
        """One small call for each."""
        for lane, why in due.items():
            usable = await knowing[lane.platform].usable(lane.place, why)
            with contextlib.suppress(StoreTrouble):
                if usable:
                    await self._regained(lane, self._clock.now())
                elif usable is False:
                    await self._close(lane, why, book, self._clock.now())
                else:
                    self._shut.pop(lane, None)  # then roots ask

    async def _close(self, lane: Lane, why: str, book: RuleBook, now: datetime) -> None:
        """No call goes there any more; it is an alarm if the file uses the channel."""
        self._shut[lane] = why
        if lane in book.lanes():
            await self._alarm(lane, why, _fallback(lane, book), now)

    async def _alarm(self, lane: Lane, reason: str, goes_to: str | None, now: datetime) -> None:
        if lane not in self._lost:
            log.error("target_lost", lane=str(lane), reason=reason)
            self._lost[lane] = (reason, now)
        facts = {"lane": str(lane), "reason": reason, "fallback": goes_to}
        await self._store.alarms.begin(_key(lane), Trouble.TARGET_GONE, facts, now)

    async def _regained(self, lane: Lane, now: datetime) -> None:
        await self._store.alarms.end(_key(lane), now)
        if self._shut.pop(lane, None) or self._lost.pop(lane, None):
            log.info("target_regained", lane=str(lane))
        self._lost.pop(lane, None)

    async def _goes_to(self, taken: Taken) -> str | None:
        """Where its ticket is now; None for a card to watch, which goes nowhere."""
        ticket = await self._store.tickets.get(taken.delivery.ticket) if taken.delivery.ticket else None
        if ticket is None or isinstance(taken.delivery.content, OpenWatch):
            return None
        return str(ticket.policy.lane) if ticket.policy.lane is not None else "the console"


def _key(lane: Lane) -> str:
    return f"target {lane}"


def _lane_of(alarm: Alarm) -> Lane | None:
    said = alarm.facts.get("lane")
    if alarm.what != Trouble.TARGET_GONE or not isinstance(said, str):
        return None
    platform, _, place = said.partition("/")
    return Lane(platform, place)


def _fallback(lane: Lane, book: RuleBook) -> str | None:
    """Where tickets go that were meant for the channel; None when cards are only watched there."""
    for route in book.routes():
        if route.policy.lane == lane:
            return str(route.policy.fallback[0]) if route.policy.fallback else "the console"
    return None
