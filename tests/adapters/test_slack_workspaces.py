"""Two workspaces at once: each has its own app, hears its own people, and leaves what is the other's alone."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass

import pytest

from adapters.chat.slack import build
from adapters.chat.slack.platform import SlackPlatform
from bridge.domain.errors import PlatformDown
from bridge.domain.events import PersonWrote
from bridge.domain.refs import Lane, ThreadRef
from bridge.kinds import KINDS
from bridge.rulebook.check import complaints
from tests.adapters.far_side import Heard, card
from tests.given_time import GivenClock
from tests.wire.slack.people import People
from tests.wire.slack.server import SlackServer


@dataclass
class Side:
    server: SlackServer
    platform: SlackPlatform
    heard: Heard
    channel: str

    async def opened(self) -> ThreadRef:
        return await self.platform.open_thread(Lane(self.platform.name, self.channel), card(), key="dlv_1")


@pytest.fixture
async def sides(clock: GivenClock) -> AsyncIterator[tuple[Side, Side]]:
    async with SlackServer(clock.now).running() as server:
        made, runs = [], []
        for name, home in (("acme-slack", server), ("other-slack", server.neighbour())):
            options = {"bot_token": home.bot_token, "app_token": home.app_token, "api_url": server.api_url}
            heard = Heard(clock)
            side = Side(home, build(name, options, clock), heard, next(iter(home.workspace.channels)))
            runs.append(asyncio.create_task(side.platform.run(heard.on_event)))
            made.append(side)
        for side in made:
            await side.heard.until(lambda side=side: side.platform.health.connected)
        yield made[0], made[1]
        for run, side in zip(runs, made, strict=True):
            run.cancel()
            with suppress(asyncio.CancelledError, PlatformDown):
                await run
            await side.platform.close()
        assert [side.server.complaints for side in made] == [[], []]


async def test_each_hears_its_own_people(sides):
    ours, theirs = sides
    threads = [await side.opened() for side in sides]

    for side, thread in zip(sides, threads, strict=True):
        member = next(iter(side.server.workspace.users))
        People(side.server).writes(side.channel, thread.root, member, f"at {side.platform.name}")

    for side in sides:
        (event,) = await side.heard.next()
        assert isinstance(event, PersonWrote)
        assert event.text == f"at {side.platform.name}"
        assert (event.person.platform, event.person.workspace) == (side.platform.name, side.server.workspace.team)
    assert ours.channel != theirs.channel


async def test_what_is_about_the_other_team_is_acknowledged_and_left_alone(sides):
    ours, theirs = sides
    thread = await ours.opened()
    event = {"type": "message", "channel": ours.channel, "channel_type": "channel", "user": "U1ANA", "text": "x",
             "ts": "1.3", "thread_ts": thread.root, "event_ts": "1.3"}  # fmt: skip
    team = theirs.server.workspace.team
    ours.server.sockets.event(event, team=team, authorized=team)
    await ours.heard.until(
        lambda: any(
            one.acked.is_set()
            for one in ours.server.sockets.envelopes
            if one.payload.get("event", {}).get("ts") == "1.3"
        )
    )

    assert ours.heard.asked == 0


async def test_an_app_that_is_uninstalled_stops_one_and_not_the_other(sides):
    ours, theirs = sides
    ours.server.happens.uninstall()

    await ours.heard.until(lambda: ours.platform.health.trouble is not None)

    # After a minute at once their sockets seem silent too, and are replaced.
    await theirs.heard.until(lambda: theirs.platform.health.connected)
    assert not ours.platform.health.connected
    await theirs.opened()


def test_two_entries_cannot_share_an_app(tmp_path):
    path = tmp_path / "site.yaml"
    path.write_text(
        "version: 1\nplatforms:\n"
        "  acme: {kind: slack, bot_token: {env: ONE}, app_token: {env: APP}}\n"
        "  other: {kind: slack, bot_token: {env: TWO}, app_token: {env: APP}}\n"
        "teams: {t: {members: [ana]}}\nmembers: {ana: {slack: U0ANA}}\n"
        "routes: {name: all, target: {platform: console}, team: t}\n",
        encoding="utf-8",
    )
    [said] = complaints(path, {"ONE": "xoxb-1", "TWO": "xoxb-2", "APP": "xapp-1-secret"}, KINDS)

    assert said.endswith("platforms.other.app_token: is that of acme as well; each entry needs one of its own")
    assert "secret" not in said
