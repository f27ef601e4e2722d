"""Three daemons on one PostgreSQL, one killed and one asleep under load: nothing lost, doubled or disordered."""

import asyncio
import itertools
import os
import signal
import time
from contextlib import AsyncExitStack, asynccontextmanager

import aiohttp
import pytest

from tests.adapters.discord_shore import DiscordFarSide
from tests.adapters.slack_shore import SlackFarSide
from tests.console.visitor import Visitor
from tests.journeys.crash_sides import ConsoleSide, DiscordSide, SlackSide
from tests.journeys.crash_story import Sums, Teller
from tests.journeys.platforms import discord_place, slack_place
from tests.journeys.site import Site, until
from tests.wire.bot import SECRET, WireBot

pytestmark = pytest.mark.postgres

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
  on-slack: {{{slack_team}}}
  on-discord: {{{discord_team}}}
  here: {{members_of: channel}}
routes:
  name: slack
  target: {slack_target}
  team: on-slack
  claim: {{reply_claims: always}}
  relay: {{undo: 0s}}
  routes:
    - {{name: discord, match: {{title: {{prefix: "Story 5"}}}}, target: {discord_target}, team: on-discord}}
    - {{name: console, match: {{title: {{prefix: "Story 9"}}}}, target: {{platform: console}}, team: here}}
"""
ASLEEP = 26.0
"""Seconds; longer than a lease."""


class AnyOf(Site):
    """Three daemons behind what its callers take for one: each call goes to the next one that still takes calls."""

    def __init__(self, replicas, bot, http):
        super().__init__(replicas[0].folder, bot, http)
        self.replicas = list(replicas)
        self.http = http
        self._turn = itertools.count()

    @property
    def url(self):
        return self.replicas[next(self._turn) % len(self.replicas)].url


@asynccontextmanager
async def three_daemons(folder, store):
    """Started, with Slack and Discord on one side and a bot on the other."""
    async with AsyncExitStack() as left:
        # A daemon that sleeps takes a call and says nothing: like any bot, ours asks the next one then.
        patience = aiohttp.ClientTimeout(sock_connect=2, sock_read=3)
        jar = aiohttp.CookieJar(unsafe=True)
        http = await left.enter_async_context(aiohttp.ClientSession(timeout=patience, cookie_jar=jar))
        bot = WireBot(SECRET)
        await bot.up()
        left.push_async_callback(bot.down)
        slack = await left.enter_async_context(slack_place())
        discord = await left.enter_async_context(discord_place())
        config = CONFIG.format(
            store=store, platforms=f"{slack.platforms}, {discord.platforms}", callback=bot.url,
            slack_team=slack.team, slack_target=slack.target, discord_team=discord.team, discord_target=discord.target,
        )  # fmt: skip
        replicas = []
        for number in range(3):
            place = folder / f"replica-{number}"
            place.mkdir()
            (place / "handrail.yaml").write_text(config, encoding="utf-8")
            replicas.append(Site(place, bot, http, {**slack.env, **discord.env}))
            left.push_async_callback(replicas[-1].kill)
        await asyncio.gather(*(each.start() for each in replicas))
        site = AnyOf(replicas, bot, http)
        site.patience = 90.0
        yield site, slack.far_side, discord.far_side


def owner_of(site, discord):
    """Who is connected to Discord: the others' logs do not say that it is theirs."""
    assert len(discord.server.gateway.live) == 1
    (owner,) = [each for each in site.replicas if "platform_is_ours" in each.log()]
    return owner


async def test_one_is_killed_and_one_sleeps_under_load_and_nothing_is_lost_doubled_or_out_of_order(postgres, tmp_path):
    """F11, F51, F52 and the death of a replica, with everybody talking to any of them."""
    url = await postgres.create()
    async with three_daemons(tmp_path, url) as (site, slack, discord):
        assert isinstance(slack, SlackFarSide)
        assert isinstance(discord, DiscordFarSide)
        await until(lambda: slack.server.sockets.open_sockets == 6, 30, why="each has its two sockets to Slack")
        await until(lambda: discord.server.gateway.live, 30, why="Discord is connected to one")
        dies = owner_of(site, discord)
        sleeps, stays = (each for each in site.replicas if each is not dies)
        await two_claim_at_once_and_a_third_looks_on(site, dies, stays)

        # Each daemon's first line invites the same Admin, and only the last such link is good.
        link = (await stays.handrail("console", "invite", "Cleo")).split()[-1]
        stays.printed.append(f"{stays.url}/{link.split('/', 3)[3]}")
        sides = [SlackSide(slack), DiscordSide(discord), ConsoleSide(stays, site.http)]
        # As in life: not all of Slack's tries fall into one sleep.
        slack.server.sockets.retry_after = (0.0, 3.0, ASLEEP)
        tellers = [Teller(site, side, first=first) for side, first in zip(sides, (1, 501, 901), strict=True)]
        try:
            for teller in tellers * 2:
                teller.begin()
            await until(lambda: len(site.bot.events) > 8, 30, why="the load is on")
            os.kill(sleeps.pid, signal.SIGSTOP)
            await dies.kill()
            site.replicas.remove(dies)
            slept_at = time.monotonic()
            for teller in tellers:
                teller.begin()
            await asyncio.sleep(max(0.0, ASLEEP - (time.monotonic() - slept_at)))
            for teller in tellers:
                teller.begin()
            os.kill(sleeps.pid, signal.SIGCONT)
            await asyncio.gather(*(teller.end(120) for teller in tellers))
            sums = Sums(points=2, runs=1)
            for teller in tellers:
                await teller.compare(url, sums)
        finally:
            os.kill(sleeps.pid, signal.SIGCONT)
            for teller in tellers:
                await teller.let_go()
        print(f"\nreplicas: {sums}")
        assert sums.faults == []
        assert len(discord.server.gateway.live) == 1
        assert await asyncio.gather(sleeps.stop(), stays.stop()) == [0, 0]
    await postgres.drop(url)


async def two_claim_at_once_and_a_third_looks_on(site, one, two):
    """The console is open on both: who claims on the one is seen on the other, and there is one winner."""
    ana, ben = [Visitor(site.http, each.url) for each in (one, two)]
    links = await asyncio.gather(one.handrail("console", "invite", "Ana"), two.handrail("console", "invite", "Ben"))
    for visitor, link in zip((ana, ben), links, strict=True):
        visitor.session = aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True))
        await visitor.post("/" + link.split()[-1].split("/", 3)[3])
        await visitor.get("/")
    ticket = await site.escalates("claimed", title="Story 900 claimed by two")
    async with ben.stream() as stream:
        answers = await asyncio.gather(*(each.act(ticket["number"], "claim") for each in (ana, ben)))
        told = await site.call("GET", f"/v1/tickets/{ticket['id']}")
        assert told["ticket"]["epoch"] == 2, [answer.words for answer in answers]
        later = await site.escalates("seen", title="Story 900 seen elsewhere")
        await stream.until("seen elsewhere", 10)
    for each in (ticket, later):
        await site.call("POST", f"/v1/tickets/{each['id']}/takeback", {})
    for visitor in (ana, ben):
        await visitor.session.close()
