"""Those who keep the site are told what is wrong with it, and when it is over."""

from datetime import datetime, timedelta

import structlog

from bridge.domain.alarms import Alarm, Trouble
from bridge.domain.refs import BOT_SHORE, Lane
from bridge.domain.views import LaneView
from bridge.domain.words import Scalar
from bridge.rulebook import Rules
from bridge.rulebook.book import RuleBook
from bridge.store import Store

log = structlog.get_logger(__name__)

UNREACHABLE_AFTER = timedelta(minutes=10)
"""A bot that takes nothing for so long is worth an alarm; its cards say so long before."""
KEPT = timedelta(days=30)
"""How long an alarm that is over is remembered."""


class TellAlarms:
    """Has each alarm told on every road of `alarms.to`; the console shows them all by itself."""

    def __init__(self, store: Store, rules: Rules) -> None:
        self._store = store
        self._rules = rules

    async def __call__(self, now: datetime) -> None:
        book = self._rules.current
        for alarm in await self._store.alarms.untold():
            if alarm.wants_telling(now):
                lanes = roads(book, alarm)
                if await self._store.alarms.tell(alarm, lanes, now):
                    log.warning("alarm", what=alarm.what, key=alarm.key, roads=[str(lane) for lane in lanes])
            elif alarm.wants_its_end_told() and await self._store.alarms.tell_end(alarm, now):
                log.info("alarm_over", what=alarm.what, key=alarm.key)
            elif alarm.what == Trouble.TARGET_GONE and alarm.stands and _lane_of(alarm) not in book.lanes():
                await self._store.alarms.end(alarm.key, now)  # the file names another channel by now


def roads(book: RuleBook, alarm: Alarm) -> list[Lane]:
    """The channels it is told in: not those it is itself about."""
    lanes = dict.fromkeys(lane for lane in book.alarms if lane is not None and lane.platform in book.platforms)
    return [lane for lane in lanes if not alarm.closes(lane)]


class WatchLanes:
    """Raises what is read from the rows: bots out of reach, deliveries given up, outcomes nobody can know.

    Ends what others raised about a lane, once the rows say that it is over.
    """

    def __init__(self, store: Store) -> None:
        self._store = store

    async def __call__(self, now: datetime) -> None:
        views = {view.lane: view for view in await self._store.lanes.views()}
        given_up = await self._store.lanes.given_up()
        for lane in views.keys() | given_up.keys():
            if lane.platform == BOT_SHORE and lane in views:
                await self._bot(views[lane], now)
            if lane in given_up:
                count, reason = given_up[lane]
                facts: dict[str, Scalar] = {"lane": str(lane), "count": count, "reason": reason}
                await self._store.alarms.begin(f"given_up {lane}", Trouble.GIVEN_UP, facts, now)
        await self._end_what_is_over(views, set(given_up), now)
        await self._store.alarms.forget(now - KEPT)

    async def _bot(self, view: LaneView, now: datetime) -> None:
        bot, since = view.lane.place, view.failing_since
        if since is not None and now - since >= UNREACHABLE_AFTER and view.paused_because is None:
            await self._store.alarms.begin(f"bot {bot}", Trouble.BOT_UNREACHABLE, {"bot": bot}, now)

    async def _end_what_is_over(self, views: dict[Lane, LaneView], given_up: set[Lane], now: datetime) -> None:
        for alarm in await self._store.alarms.open_ones():
            lane = _lane_of(alarm)
            if lane is None:
                continue
            view = views.get(lane)
            match alarm.what:
                case Trouble.BOT_UNREACHABLE:
                    over = view is None or view.failing_since is None or now - view.failing_since < UNREACHABLE_AFTER
                case Trouble.ENDPOINT_DISABLED:
                    over = view is None or view.paused_because is None
                case Trouble.GIVEN_UP:
                    over = lane not in given_up
                case Trouble.OUTCOME_UNREADABLE:
                    over = view is None or view.unknown == 0
                case _:
                    over = False
            if over:
                await self._store.alarms.end(alarm.key, now)


def _lane_of(alarm: Alarm) -> Lane | None:
    """The lane an alarm is about."""
    if isinstance(bot := alarm.facts.get("bot"), str):
        return Lane(BOT_SHORE, bot)
    if isinstance(lane := alarm.facts.get("lane"), str):
        platform, _, place = lane.partition("/")
        return Lane(platform, place)
    return None
