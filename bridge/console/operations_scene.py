"""How the site fares, region by region: what is wrong, what failed, what waits where."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from markupsafe import Markup

from bridge.console.house import House
from bridge.console.painter import Canvas, Region
from bridge.domain.alarms import Alarm
from bridge.domain.deliveries import Delivery, DeliveryState, PostLine, Strand, Urgency
from bridge.domain.notices.alarms import alarm_line
from bridge.domain.refs import BOT_SHORE, Lane, bot_lane
from bridge.domain.settling import POSTABLE
from bridge.domain.views import DeliveryView, LaneView
from bridge.ports.chat import ChatPlatform, Health, Reading
from bridge.store.deliveries import Wanted

SHOWN = 50
CROWD = 20
"""From so many waiting deliveries on it is said how long they will take."""
ADOPTABLE = frozenset(kind.__name__ for kind in POSTABLE)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlatformLine:
    name: str
    health: Health
    away_since: datetime | None
    paused: LaneView | None
    reading: Reading | None


@dataclass(frozen=True, slots=True, kw_only=True)
class BotLine:
    name: str
    lane: LaneView | None
    last_success: datetime | None
    calls_back: bool
    """Without a callback it reads the feed, and nothing is sent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fares:
    """All that the page shows, read at one moment."""

    lanes: Sequence[LaneView]
    failed: Sequence[DeliveryView]
    more_failed: bool
    alarms: Sequence[Alarm]
    platforms: Sequence[PlatformLine]
    bots: Sequence[BotLine]
    rules: bool
    """Something about the config file needs a person."""

    @property
    def wrong(self) -> bool:
        away = any(line.away_since or not line.health.connected for line in self.platforms)
        stopped = any(lane.paused_because and lane.paused_until is None for lane in self.lanes)
        return bool(self.failed or self.alarms or away or stopped or self.rules)


async def read_fares(house: House) -> Fares:
    lanes = await house.store.lanes.views()
    wanted = Wanted(states=[DeliveryState.DEAD, DeliveryState.UNKNOWN])
    failed, further = await house.store.deliveries.page(wanted, limit=SHOWN)
    state = house.rules.state
    return Fares(
        lanes=lanes,
        failed=failed,
        more_failed=further is not None,
        alarms=await house.store.alarms.open_ones(),
        platforms=_platforms(house, await house.store.outages.open(), lanes),
        bots=_bots(house, lanes),
        rules=bool(state.complaints or state.orphaned),
    )


async def anything_wrong(house: House) -> bool:
    return (await read_fares(house)).wrong


def _platforms(house: House, away: Mapping[str, datetime], lanes: Sequence[LaneView]) -> Sequence[PlatformLine]:
    paused = {view.lane.platform: view for view in lanes if not view.lane.place}
    return tuple(
        PlatformLine(
            name=name,
            health=chat.health,
            away_since=away.get(name),
            paused=paused.get(name),
            reading=house.insides.reading(name),
        )
        for name, chat in sorted(house.insides.chats.items())
    )


def _bots(house: House, lanes: Sequence[LaneView]) -> Sequence[BotLine]:
    by_lane = {view.lane: view for view in lanes}
    return tuple(
        BotLine(
            name=name,
            lane=by_lane.get(bot_lane(name)),
            last_success=house.insides.last_success(bot_lane(name)),
            calls_back=entry.callback is not None,
        )
        for name, entry in sorted(house.rules.current.bots.items())
    )


def operations_regions(house: House, canvas: Canvas, fares: Fares) -> tuple[Region, ...]:
    state, noted = house.rules.state, tuple(house.insides.noted())
    return (
        Region("ops-state", (canvas.keep("ops-summary", "operations_state.html", wrong=fares.wrong),)),
        Region("ops-alarms", tuple(
            canvas.keep(f"alarm-{index}", "operations_alarm.html", id=f"alarm-{index}", line=alarm_line(alarm))
            for index, alarm in enumerate(fares.alarms)
        )),
        _failed(canvas, fares),
        _lanes(house, canvas, fares),
        Region("ops-platforms", tuple(
            canvas.keep(f"platform-{line.name}", "operations_platform.html", line=line) for line in fares.platforms
        ) or (_none(canvas, "ops-platforms", "No chat platform is configured: the console is where people answer."),)),
        Region("ops-bots", tuple(
            canvas.keep(f"bot-{line.name}", "operations_bot.html", line=line) for line in fares.bots
        ) or (_none(canvas, "ops-bots", "No bot is configured. Make its keys with: handrail bots new NAME"),)),
        Region("ops-rules", (canvas.keep("ops-rules-all", "operations_rules.html", state=state),)),
        Region("ops-noted", (canvas.keep("ops-noted-all", "operations_noted.html", noted=noted),)),
    )  # fmt: skip


def _none(canvas: Canvas, region: str, sentence: str) -> tuple[str, Markup]:
    return canvas.keep(f"{region}-none", "operations_none.html", id=f"{region}-none", sentence=sentence)


def _failed(canvas: Canvas, fares: Fares) -> Region:
    rows = [
        canvas.keep(
            view.id, "operations_failed.html", d=view, id=f"failed-{view.id.replace('/', '-')}",
            adoptable=view.what in ADOPTABLE,
        )
        for view in fares.failed
    ]  # fmt: skip
    if not rows:
        rows = [_none(canvas, "ops-failed", "Nothing failed, and nothing is in doubt.")]
    elif fares.more_failed:
        more = f"These are the oldest {SHOWN}; there are more. See all: handrail deliveries list --limit 500"
        rows.append(_none(canvas, "ops-failed", more))
    return Region("ops-failed", tuple(rows))


def _lanes(house: House, canvas: Canvas, fares: Fares) -> Region:
    rows = [
        canvas.keep(
            f"lane-{view.lane}", "operations_lane.html", lane=view, id=f"lane-{index}", name=name_of(view.lane),
            remedy=_remedy(house, view), forecast=forecast(house, view),
        )
        for index, view in enumerate(fares.lanes)
    ]  # fmt: skip
    return Region("ops-lanes", tuple(rows) or (_none(canvas, "ops-lanes", "Nothing waits anywhere."),))


def name_of(lane: Lane) -> str:
    return str(lane) if lane.place else f"{lane.platform} (all of it)"


def _remedy(house: House, view: LaneView) -> str | None:
    """What to do about a pause."""
    if view.paused_because is None:
        return None
    if view.paused_by is not None:
        return "It was stopped on purpose: resume it when the reason is gone."
    if view.paused_until is not None:
        return "It was asked to slow down and goes on by itself."
    if view.lane.platform == BOT_SHORE:
        return "Correct callback.url in the config file, then resume it."
    chat = house.insides.chats.get(view.lane.platform)
    trouble = chat.health.trouble if chat is not None else None
    return trouble or "It goes on by itself once the platform is well. See handrail doctor."


def forecast(house: House, view: LaneView) -> str | None:
    """How long what waits will take, by the platform's own pace."""
    chat = house.insides.chats.get(view.lane.platform)
    if chat is None or not view.lane.place:
        return None
    rate = pace_of(chat, view.lane)
    if rate is None:
        return None
    pace = f"about {rate:.0f} a second" if rate >= 1 else f"about one in {1 / rate:.0f} s"
    if view.waiting < CROWD:
        return f"Takes {pace}."
    return f"{view.waiting:,} waiting, it takes {pace}: {_lasting(view.waiting / rate)}."


def pace_of(chat: ChatPlatform, lane: Lane) -> float | None:
    """Posts a second: the tightest of the budgets one spends."""
    post = Delivery(lane=lane, content=PostLine("gap"), strand=Strand.WORDS, urgency=Urgency.WORDS)
    rates = [budget.limit / budget.per.total_seconds() for budget in chat.budgets(post)]
    return min(rates, default=None)


def _lasting(seconds: float) -> str:
    if seconds < 90:
        return "about a minute"
    minutes = seconds / 60
    return f"about {minutes:.0f} min" if minutes < 120 else f"about {minutes / 60:.0f} h"
