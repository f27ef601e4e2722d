"""The daemon is killed at every step of an escalation's way, under load, and started again: nothing lost or doubled.

In the suite every point is met once, rotating over the places; `make crash` (HANDRAIL_EVERY_CRASH=1) walks every point
in all places on both databases, on SQLite at several passes.
"""

import asyncio
import os
from contextlib import AsyncExitStack, asynccontextmanager

import aiohttp
import pytest

from bridge.crashpoint import POINTS
from tests.adapters.discord_shore import DiscordFarSide
from tests.adapters.slack_shore import SlackFarSide
from tests.journeys.crash_sides import ConsoleSide, DiscordSide, SlackSide
from tests.journeys.crash_story import Sums, Teller
from tests.journeys.platforms import discord_place, slack_place
from tests.journeys.site import Site
from tests.wire.bot import SECRET, WireBot

CONFIG = """\
version: 1
server: {{host: 127.0.0.1, port: 8700}}
store: {{url: "{store}"}}
platforms: {{{platforms}}}
bots:
  shop-bot:
    keys: [{{env: SHOP_KEY}}]
    callback: {{url: "{callback}", secret: {{env: SHOP_CALLBACK}}, private: true}}
teams:
  support: {{{team}}}
ladders:
  soon: {{clock: wall, until: claimed, steps: [{{after: 1s, do: digest}}, {{after: 2s, do: mention, who: team}}]}}
routes:
  name: everything
  target: {target}
  team: support
  claim: {{reply_claims: always}}
  relay: {{undo: 0s}}
  routes:
    - {{name: rung, match: {{priority: [urgent]}}, ladder: soon}}
"""
EVERY = os.environ.get("HANDRAIL_EVERY_CRASH") == "1"
DIES_WITHIN = 120.0
STORIES = 4
"""How many may be begun, one after the other, until one passes there."""

WITH_THREADS = {"root", "words", "card", "ring", "mark", "parked"}
IN_CHATS = [name for name in POINTS if name.split(".")[0] in WITH_THREADS]
EVERYWHERE = [name for name in POINTS if name.split(".")[0] not in {*WITH_THREADS, "migration"}]
LATER = {"store.before_commit": 9, "store.after_commit": 12}
"""Passes that are not those of the start itself."""
PASSES = {"store.before_commit": (2, 6, 11), "store.after_commit": (3, 8, 14), "parked.taken_up": (1,)}


def one_pass(points):
    return [f"{name}:{LATER.get(name, 1)}" for name in points]


def every_pass(points):
    return [f"{name}:{count}" for name in points for count in PASSES.get(name, (1, 3))]


CHAINS = {
    "slack": one_pass([*IN_CHATS[::2], "chat.before_ack", "delivery.recorded"]),
    "discord": one_pass([*IN_CHATS[1::2], "chat.before_commit", "delivery.before_record"]),
    "console": one_pass([name for name in EVERYWHERE if name not in {"delivery.recorded", "delivery.before_record"}]),
}
"""Each point at one place: what differs between the places are the adapters, which have suites of their own."""
ON_POSTGRES = one_pass(
    ["store.before_commit", "delivery.taken", "root.after_call", "chat.before_ack", "callback.after_call"]
)


@asynccontextmanager
async def slack(_site):
    async with slack_place() as place:
        assert isinstance(place.far_side, SlackFarSide)
        yield place, SlackSide(place.far_side)
        # Who is killed every second forgets how fast it went. Slack then says 429, and nothing may be lost by it.
        place.far_side.server.limits.earned.clear()


@asynccontextmanager
async def lossy_slack(_site):
    """Three of ten posts are applied, and their answers lost."""
    async with slack_place() as place:
        place.far_side.server.faults.lose_answers("chat.postMessage", 0.3)
        # Long texts of many stories at one post a second would take longer than anybody waits for a death; and what
        # was sent is counted in the process that died.
        place.far_side.server.limits.enforced = False
        place.platforms = place.platforms.replace("kind: slack,", "kind: slack, pace: 10,")
        yield place, SlackSide(place.far_side)


@asynccontextmanager
async def discord(_site):
    async with discord_place() as place:
        assert isinstance(place.far_side, DiscordFarSide)
        yield place, DiscordSide(place.far_side)


@asynccontextmanager
async def world(kind, folder, store):
    """A site that is not started yet, and its people."""
    async with AsyncExitStack() as left:
        http = await left.enter_async_context(aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)))
        bot = WireBot(SECRET)
        await bot.up()
        left.push_async_callback(bot.down)
        shore = {"slack": slack, "lossy slack": lossy_slack, "discord": discord}.get(kind)
        place, side = await left.enter_async_context(shore(None)) if shore else (None, None)
        platforms, team, target = "", "members_of: channel", "{platform: console}"
        if place is not None:
            platforms, team, target = place.platforms, place.team, place.target
        config = CONFIG.format(platforms=platforms, team=team, target=target, callback=bot.url, store=store)
        (folder / "handrail.yaml").write_text(config, encoding="utf-8")
        site = Site(folder, bot, http, place.env if place is not None else {})
        # One call may meet several crashes in a row, and a start is slow on a machine that is busy.
        site.patience = 600.0
        left.push_async_callback(site.kill)
        yield site, side or ConsoleSide(site, http)


async def tell_through(kind, folder, store, points):
    """One site, killed at each of the points in turn while stories go on; then what came of all of them."""
    folder.mkdir(exist_ok=True)
    sums = Sums(points=len({point.split(":")[0] for point in points}), runs=len(points))
    async with world(kind, folder, store) as (site, side):
        teller = Teller(site, side)
        try:
            for point in points:
                await die_at(point, site, teller)
            site.crash_at = None
            await site.start()
            await side.ready()
            await teller.end(240)
            await teller.compare(store.replace("sqlite://", f"sqlite://{folder}/"), sums)
        finally:
            await teller.let_go()
        assert await site.stop() == 0
    return sums


async def die_at(point, site, teller):
    """Start, with new stories that will pass there, and wait for the end.

    A story may get by: its thread may be known before somebody writes there early. Then there is another.
    """
    site.crash_at = point
    what, _, passes = point.partition(":")
    await site.start()
    for _ in range(STORIES):
        for _ in range(min(int(passes), 3) if what not in LATER else 1):
            teller.begin(slow=what.startswith("ring"), long=what.startswith("words"), early=what.startswith("parked"))
        if await site.died(DIES_WITHIN / STORIES):
            teller.complain()
            return
    raise AssertionError(f"{point} was never passed: {site.log()}")


def judge(sums, where):
    print(f"\ncrashes, {where}: {sums}")
    assert sums.faults == [], where


async def test_nothing_is_lost_or_doubled_wherever_the_daemon_dies(tmp_path):
    """A site per place, side by side: each waits most of its time for what nobody may hurry."""
    async with asyncio.TaskGroup() as side_by_side:
        told = {
            kind: side_by_side.create_task(tell_through(kind, tmp_path / kind, "sqlite://data/handrail.db", points))
            for kind, points in CHAINS.items()
        }
    for kind, sums in told.items():
        judge(sums.result(), kind)


@pytest.mark.postgres
async def test_nothing_is_lost_or_doubled_on_postgresql(postgres, tmp_path):
    url = await postgres.create()
    judge(await tell_through("slack", tmp_path, url, ON_POSTGRES), "postgres")
    await postgres.drop(url)


if EVERY:  # half an hour: make crash

    @pytest.mark.parametrize("database", ["sqlite", "postgres"])
    @pytest.mark.parametrize("kind", sorted(CHAINS))
    async def test_every_point_at_several_passes_everywhere(kind, database, postgres, tmp_path):
        points = EVERYWHERE if kind == "console" else [*IN_CHATS, *EVERYWHERE]
        points = one_pass(points) if database == "postgres" else every_pass(points)
        store = await postgres.create() if database == "postgres" else "sqlite://data/handrail.db"
        judge(await tell_through(kind, tmp_path, store, points), f"{kind}, {database}")
