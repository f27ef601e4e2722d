"""HTTP mode: only what Slack signed just now comes in, and it is acknowledged once it is committed."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass
from io import BytesIO

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from adapters.chat.slack import build
from adapters.chat.slack.platform import SlackPlatform
from bridge.api.limits import Limits
from bridge.api.platforms import BODY_BYTES, add_platforms
from bridge.domain.errors import StoreTrouble
from bridge.domain.events import ButtonPressed, CommandGiven, PersonWrote, Verb
from bridge.domain.paint import Field, Form, Nothing, Notice
from tests.adapters.far_side import TICKET, Heard, Shore, button, card
from tests.adapters.slack_shore import NAME, SlackFarSide
from tests.given_time import GivenClock
from tests.wire.slack.http_mode import SECRET, HttpMode, Sent
from tests.wire.slack.server import APP_TOKEN, BOT_TOKEN, SlackServer

PATH = f"/platforms/{NAME}/slack/events"


@dataclass
class House:
    """A platform in HTTP mode behind a listener as the daemon's."""

    shore: Shore
    http: HttpMode
    address: str

    async def post(self, sent: Sent) -> tuple[int, str]:
        answered = await self.http.post(sent)
        return answered.status, answered.body


@pytest.fixture
async def server(clock: GivenClock) -> AsyncIterator[SlackServer]:
    async with SlackServer(clock.now).running() as server:
        yield server
        assert server.complaints == []


@pytest.fixture
async def listener() -> AsyncIterator[tuple[TestServer, dict[str, SlackPlatform]]]:
    chats: dict[str, SlackPlatform] = {}
    app = web.Application()
    add_platforms(app, chats, Limits(), "", lambda: False)
    async with TestServer(app) as listener:
        yield listener, chats


def made(server: SlackServer, clock: GivenClock, **options: str) -> SlackPlatform:
    way = options or {"signing_secret": SECRET}
    return build(NAME, {"bot_token": BOT_TOKEN, "api_url": server.api_url, "groups": ["S0SUPPORT"], **way}, clock)


@pytest.fixture
async def house(server, listener, clock) -> AsyncIterator[House]:
    behind, chats = listener
    chats[NAME] = platform = made(server, clock)
    address = str(behind.make_url(PATH))
    http = server.listens_at(address)
    http.retry_after = (0.0, 0.05, 0.05)
    heard = Heard(clock)
    run = asyncio.create_task(platform.run(heard.on_event))
    await heard.until(lambda: run.done() or platform.health.connected)
    yield House(Shore(platform=platform, far_side=SlackFarSide(server), heard=heard, clock=clock), http, address)
    run.cancel()
    with suppress(asyncio.CancelledError):
        await run
    await platform.close()


async def test_slack_verifies_the_address_before_there_is_a_connection(server, listener, clock):
    behind, chats = listener
    chats[NAME] = platform = made(server, clock)

    assert await server.listens_at(str(behind.make_url(PATH))).verify_url()
    assert not platform.health.connected
    assert server.calls == []
    await platform.close()


async def test_words_clicks_and_commands_come_in(house):
    far, heard = house.shore.far_side, house.shore.heard
    thread = await house.shore.opened_thread()
    await far.member_writes(thread, "hello")
    (wrote,) = await heard.next()
    await far.click(thread, "Claim")
    (pressed,) = await heard.next()
    await far.command("claim 1042 payload=x")
    (given,) = await heard.next()

    assert isinstance(wrote, PersonWrote)
    assert wrote.text == "hello"
    assert isinstance(pressed, ButtonPressed)
    assert isinstance(given, CommandGiven)
    assert given.words == ("claim", "1042", "payload=x")


async def test_a_form_is_answered_on_the_request_that_brought_it(house):
    shore = house.shore
    thread = await shore.opened_thread()
    await shore.platform.refresh_card(thread, card(buttons=(button("Fill in…", Verb.MOVE, form=True),)))
    fields = (Field(name="route", label="Route", choices=(("fr", "french"),)),)
    shore.heard.answer = Form(title="Move", verb=Verb.MOVE, ticket=TICKET, epoch=3, submit="Move", fields=fields)
    assert "Route" in await shore.far_side.opens_form(thread, "Fill in…")

    shore.heard.answer = Notice(line=("There is no such route.",), refused=True)
    assert await shore.far_side.sends_form({"Route": "french"}) == "There is no such route."
    shore.heard.answer = Nothing()
    assert await shore.far_side.sends_form({}) is None


async def test_what_was_not_committed_is_sent_again_and_then_heard_once(house):
    thread = await house.shore.opened_thread()
    house.shore.heard.trouble = StoreTrouble("disk full")

    await house.shore.far_side.member_writes(thread, "hello")
    await house.shore.heard.until(lambda: house.shore.heard.asked >= 1)
    house.shore.heard.trouble = None

    (event,) = await house.shore.heard.next()
    assert event.text == "hello"
    assert {answer.status for answer in house.http.answers} >= {503, 200}


async def test_a_request_that_comes_again_carries_the_same_key(house):
    far, heard = house.shore.far_side, house.shore.heard
    thread = await house.shore.opened_thread()
    await far.click(thread, "Claim")
    first = await heard.next()
    again = house.http.sent[-1]

    assert (await house.post(again))[0] == 200
    assert [event.key for event in await heard.next()] == [event.key for event in first]


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        ({}, b"{}"),
        ({"X-Slack-Request-Timestamp": "abc", "X-Slack-Signature": "v0=00"}, b"{}"),
        ({"X-Slack-Request-Timestamp": "9" * 400, "X-Slack-Signature": "v0=00"}, b"{}"),
        ({"X-Slack-Request-Timestamp": "1", "X-Slack-Signature": "v0=\u00e9"}, b"{}"),
        ({"X-Slack-Request-Timestamp": "\u0661", "X-Slack-Signature": "v0="}, b"\xff\xfe"),
    ],
    ids=["unsigned", "no number", "endless", "no ascii", "odd digits"],
)
async def test_what_nobody_signed_is_refused_whatever_it_is(house, headers, body):
    status, said = await house.post(Sent(body, {"Content-Type": "application/json", **headers}))

    assert status == 401
    assert "Signing Secret" in said
    assert house.shore.heard.asked == 0


async def test_another_secret_is_refused(house):
    answered = await house.http.deliver("events_api", {"type": "url_verification", "challenge": "x"}, secret="f" * 32)

    assert answered.status == 401
    assert "x" not in answered.body.split()


@pytest.mark.parametrize(("off", "word"), [(-301, "301 s ago"), (301, "301 s ahead")])
async def test_what_was_signed_long_ago_or_in_the_future_names_the_clock(house, off, word):
    at = int(house.shore.clock.now().timestamp()) + off
    answered = await house.http.deliver("events_api", {"type": "url_verification", "challenge": "x"}, at=at)

    assert answered.status == 401
    assert word in answered.body
    assert "NTP" in answered.body


async def test_a_body_that_is_signed_but_no_request_is_refused(house):
    for body, of in (
        (b"[]", "application/json"),
        (b"{", "application/json"),
        (b"payload=%7B", "x/y"),
        (b"\xff", "x/y"),
    ):
        signed = house.http.signed(body)
        assert (await house.post(Sent(body, {"Content-Type": of, **signed})))[0] == 400, body
    assert house.shore.heard.asked == 0


async def test_requests_of_another_team_or_app_and_mere_notices_are_left_alone(house):
    thread = await house.shore.opened_thread()
    event = {"type": "message", "channel": thread.lane.place, "channel_type": "channel", "user": "U0ANA", "text": "x",
             "ts": "1.3", "thread_ts": thread.root, "event_ts": "1.3"}  # fmt: skip
    ours = house.http.wrapped(event)
    theirs = {**ours, "team_id": "T0FAR", "authorizations": [{"team_id": "T0FAR"}]}
    limited = {"type": "app_rate_limited", "team_id": ours["team_id"], "api_app_id": ours["api_app_id"]}
    for payload in (theirs, {**ours, "api_app_id": "A0OTHER"}, limited):
        assert (await house.http.deliver("events_api", payload)).status == 200
    assert house.shore.heard.asked == 0

    house.http.event(event)
    assert len(await house.shore.heard.next()) == 1


async def test_a_body_beyond_the_bound_is_not_read(house):
    async with (
        aiohttp.ClientSession() as session,
        session.post(house.address, data=BytesIO(b"x" * (BODY_BYTES + 1))) as got,
    ):
        assert got.status == 413


async def test_only_a_platform_in_http_mode_has_an_address(server, listener, clock):
    behind, chats = listener
    chats[NAME] = platform = made(server, clock, app_token=APP_TOKEN)
    async with aiohttp.ClientSession() as session:
        for path in (PATH, "/platforms/nobody/slack/events", f"/platforms/{NAME}/other"):
            async with session.post(behind.make_url(path), data=b"{}") as got:
                assert got.status == 404
    await platform.close()


async def test_a_clock_that_is_off_is_named_before_anybody_wonders(house, server, clock):
    assert house.shore.platform.health.trouble is None
    server.now = lambda: clock.now().replace(year=2031)
    clock.advance(minutes=1)

    await house.shore.heard.until(lambda: house.shore.platform.health.trouble is not None)

    assert "behind Slack's" in (house.shore.platform.health.trouble or "")
    assert "NTP" in (house.shore.platform.health.trouble or "")
    assert not house.shore.platform.health.connected


@pytest.mark.parametrize(
    ("given", "word"),
    [
        ({}, "signing_secret"),
        ({"app_token": "xapp-1", "signing_secret": SECRET}, "one of both"),
        ({"signing_secret": "xoxb-this-is-a-token"}, "no signing secret"),
        ({"signing_secret": "short"}, "no signing secret"),
    ],
)
def test_one_way_in_has_to_be_chosen(clock, given, word):
    with pytest.raises(ValueError, match=word) as refused:
        build(NAME, {"bot_token": "xoxb-1", **given}, clock)
    assert "xoxb-this" not in str(refused.value)
