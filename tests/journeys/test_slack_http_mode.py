"""HTTP mode through the running daemon: its own listener takes Slack's requests, and a replay changes nothing."""

from datetime import UTC, datetime

import aiohttp

from tests.adapters.slack_shore import CHANNEL, NAME, SlackFarSide
from tests.journeys.platforms import Place
from tests.journeys.site import until
from tests.journeys.test_reload_console import Site
from tests.wire.slack.http_mode import SECRET
from tests.wire.slack.server import BOT_TOKEN, SlackServer


async def test_a_ticket_is_claimed_and_answered_and_replayed_requests_change_nothing(tmp_path):
    async with SlackServer(lambda: datetime.now(UTC)).running() as server, aiohttp.ClientSession() as http:
        far = SlackFarSide(server)
        place = Place(
            far_side=far,
            platforms=f"{NAME}: {{kind: slack, bot_token: {{env: BOT}}, signing_secret: {{env: SIGNING}}, "
            f'api_url: "{server.api_url}"}}',
            team="slack_group: S0SUPPORT",
            target=f"{{platform: {NAME}, channel: {CHANNEL}}}",
            env={"BOT": BOT_TOKEN, "SIGNING": SECRET},
        )
        site = Site(tmp_path, place.env, platforms=place.platforms, team=place.team, target=place.target)
        await site.daemon.start()
        slack = server.listens_at(f"{site.daemon.url}/platforms/{NAME}/slack/events")
        try:
            assert await slack.verify_url()
            ticket = (await site.escalates(http))["id"]
            [thread] = await until(place.threads, why="the thread is open")
            await far.click(thread, "Claim")
            await until(lambda: _card(far, thread, "Ana has it"), why="the card follows")
            await far.member_writes(thread, "I am checking")
            store = site.daemon.store
            await until(lambda: _said(store, ticket, "I am checking"), why="her words are the ticket's")

            before = await store.tickets.get(ticket)
            requests = list(slack.sent)
            for sent in requests:
                assert (await slack.post(sent)).status == 200
            await far.member_writes(thread, "one more")
            await until(lambda: _said(store, ticket, "one more"), why="what came after the replays is heard")

            after = await store.tickets.get(ticket)
            assert before is not None
            assert after is not None
            assert (after.epoch, after.assignee) == (before.epoch, before.assignee)
            texts = [one.text for one in await store.messages.of(ticket)]
            assert (texts.count("I am checking"), texts.count("one more")) == (1, 1)
        finally:
            await site.daemon.stop()
        assert server.complaints == []
        assert server.called("apps.connections.open") == [], "no socket is asked for"


async def _card(far, thread, words) -> bool:
    return words in await far.card(thread)


async def _said(store, ticket, words) -> bool:
    return words in [one.text for one in await store.messages.of(ticket)]
