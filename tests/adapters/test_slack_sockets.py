"""The way in stays open: refusals are named, silence is noticed, a recycled socket leaves no gap."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import aiohttp
import pytest

from adapters.chat.slack import build
from adapters.chat.slack.platform import SlackPlatform
from bridge.domain.errors import PlatformDown
from bridge.domain.events import PersonWrote
from tests.adapters.far_side import Heard
from tests.adapters.slack_shore import slack_shore
from tests.given_time import GivenClock
from tests.wire.slack.server import APP_TOKEN, BOT_TOKEN, SlackServer


@asynccontextmanager
async def running(
    clock: GivenClock, server: SlackServer, **options
) -> AsyncIterator[tuple[SlackPlatform, asyncio.Task]]:
    """A platform that was started and may not be connected yet."""
    given = {"bot_token": BOT_TOKEN, "app_token": APP_TOKEN, "api_url": server.api_url, **options}
    platform = build("acme-slack", given, clock)
    run = asyncio.create_task(platform.run(Heard(clock).on_event))
    try:
        yield platform, run
    finally:
        run.cancel()
        with suppress(asyncio.CancelledError, PlatformDown):
            await run
        await platform.close()


@pytest.fixture
async def server(clock: GivenClock) -> AsyncIterator[SlackServer]:
    async with SlackServer(clock.now).running() as server:
        yield server


async def test_two_sockets_are_opened_each_by_an_address_of_its_own(clock):
    async with slack_shore(clock) as shore:
        sockets = shore.far_side.server.sockets
        await sockets.until_open(2)
        # Open there a moment before its hello is read here.
        await shore.heard.until(lambda: shore.platform.health.connected)

        assert shore.platform.health.since is not None
        assert len(shore.far_side.server.called("apps.connections.open")) == 2


async def test_an_address_is_good_for_one_socket(server):
    address = server.api_url.replace("/api/", f"/socket/{server.sockets.ticket()}")
    async with aiohttp.ClientSession() as session:
        async with session.ws_connect(address) as socket:
            assert (await socket.receive_json())["type"] == "hello"
        with pytest.raises(aiohttp.WSServerHandshakeError):
            await session.ws_connect(address)


async def test_a_recycled_socket_is_replaced_and_nothing_is_lost(clock):
    async with slack_shore(clock) as shore:
        sockets = shore.far_side.server.sockets
        await sockets.until_open(2)
        thread = await shore.opened_thread()

        await sockets.send({"type": "disconnect", "reason": "refresh_requested"})
        for place in range(4):
            await shore.far_side.member_writes(thread, f"line {place}")

        await shore.heard.until(lambda: sockets.opened == 4)
        events = await shore.heard.next(4)
        assert sorted(event.text for event in events if isinstance(event, PersonWrote)) == [
            f"line {n}" for n in range(4)
        ]


async def test_a_refused_bot_token_ends_the_run_with_its_remedy(clock, server):
    server.answer_next("auth.test", error="invalid_auth")
    async with running(clock, server) as (platform, run):
        with pytest.raises(PlatformDown):
            await asyncio.wait_for(run, 15)
        assert not platform.health.connected
        assert "new token" in (platform.health.trouble or "")


async def test_a_refused_app_token_ends_the_run_with_its_remedy(clock, server):
    for _ in range(2):
        server.answer_next("apps.connections.open", error="invalid_auth")
    async with running(clock, server) as (platform, run):
        with pytest.raises(PlatformDown):
            await asyncio.wait_for(run, 15)
        assert "App-Level Tokens" in (platform.health.trouble or "")


async def test_an_outage_at_the_start_is_waited_for(clock, server):
    for _ in range(3):
        server.answer_next("auth.test", status=503)
    heard = Heard(clock)
    async with running(clock, server) as (platform, _):
        await heard.until(lambda: platform.health.trouble is not None)
        await heard.until(lambda: platform.health.connected)
        assert platform.health.trouble is None


async def test_a_token_that_may_not_open_sockets_is_named_and_asked_for_again(clock, server):
    for _ in range(2):
        server.answer_next("apps.connections.open", error="missing_scope")
    heard = Heard(clock)
    async with running(clock, server) as (platform, _):
        await heard.until(lambda: platform.health.trouble is not None)
        assert "connections:write" in (platform.health.trouble or "")
        await heard.until(lambda: platform.health.connected)


async def test_a_refusal_is_not_hammered(clock, server):
    async with running(clock, server, sockets=1) as (platform, _):
        for _ in range(200):
            server.answer_next("apps.connections.open", error="internal_error")
        heard = Heard(clock)
        await heard.until(lambda: platform.health.trouble is not None)
        before, began = len(server.called("apps.connections.open")), clock.monotonic()

        await heard.until(lambda: clock.monotonic() - began > 20)

        assert len(server.called("apps.connections.open")) - before < 12


@pytest.mark.parametrize("reason", [None, "refresh_requested"])
async def test_sockets_that_end_as_soon_as_they_are_open_are_not_hammered(clock, server, reason):
    """Something between us and Slack cuts them, say; None: without a word."""

    async def cuts(platform: SlackPlatform) -> None:
        seen = 0
        while True:
            await asyncio.sleep(0.005)
            if server.sockets.opened > seen and platform.health.connected:
                seen = server.sockets.opened
                await (server.sockets.drop() if reason is None else server.sockets.disconnect(reason))

    async with running(clock, server, sockets=1) as (platform, _):
        cutting, began = asyncio.create_task(cuts(platform)), clock.monotonic()
        await Heard(clock).until(lambda: clock.monotonic() - began > 12)
        cutting.cancel()

    assert 2 < len(server.called("apps.connections.open")) < 9


async def test_a_client_that_is_not_connected_for_half_a_minute_is_replaced(clock, server):
    server.sockets.refuse_new = True
    heard = Heard(clock)
    async with running(clock, server, sockets=1) as (platform, _):
        await heard.until(lambda: server.sockets.refused > 0)
        assert not platform.health.connected
        server.sockets.refuse_new = False

        await heard.until(lambda: platform.health.connected)
        assert len(server.called("apps.connections.open")) == 2, "the SDK would try the spent address for ever"


async def test_closing_takes_no_time_and_leaves_nothing_open(clock, server):
    async with running(clock, server) as (_, run):
        await server.sockets.until_open(2)
        async with asyncio.timeout(2):
            run.cancel()
            with suppress(asyncio.CancelledError):
                await run
    assert server.sockets.open_sockets == 0


@pytest.mark.parametrize(
    ("wrong", "word"),
    [
        ({"bot_token": "hello"}, "bot token"),
        ({"app_token": "xoxb-1"}, "app-level token"),
        ({"api_url": "ftp://slack.example"}, "https"),
        ({"groups": ["support"]}, "groups"),
        ({"chanel": "C0"}, "chanel"),
        ({"sockets": 0}, "sockets"),
    ],
)
def test_a_wrong_option_is_named_and_no_token_is_shown(clock, wrong, word):
    given = {"bot_token": "xoxb-secret", "app_token": "xapp-secret", **wrong}
    with pytest.raises(ValueError, match=word) as refused:
        build("acme-slack", given, clock)
    assert "secret" not in str(refused.value)


def test_tokens_are_not_shown_by_accident(clock):
    platform = build("acme-slack", {"bot_token": "xoxb-hushed", "app_token": "xapp-hushed"}, clock)
    assert "hushed" not in repr(vars(platform))
