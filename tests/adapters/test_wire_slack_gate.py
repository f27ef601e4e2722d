"""The wire server refuses what Slack refuses: tokens, scopes, arguments, content, haste."""

from collections.abc import AsyncIterator

import aiohttp
import pytest

from adapters.chat.slack.manifest import manifest
from tests.given_time import GivenClock
from tests.wire.slack.people import People
from tests.wire.slack.server import APP_TOKEN, BOT_TOKEN, SlackServer
from tests.wire.slack.workspace import Payload

HELP = "C0HELP"


@pytest.fixture
async def server(clock: GivenClock) -> AsyncIterator[SlackServer]:
    async with SlackServer(clock.now).running() as server:
        yield server


async def asked(server: SlackServer, method: str, token: str = BOT_TOKEN, **given: object) -> tuple[int, Payload]:
    headers = {"Authorization": f"Bearer {token}"}
    async with aiohttp.ClientSession(headers=headers) as session:
        answer = await session.post(server.api_url + method, json=given)
        return answer.status, await answer.json()


async def post(server: SlackServer, text: str = "hello", token: str = BOT_TOKEN, **more: object) -> Payload:
    given: Payload = {"channel": HELP, "text": text, "unfurl_links": False, "unfurl_media": False, **more}
    return (await asked(server, "chat.postMessage", token, **given))[1]


@pytest.mark.parametrize(
    ("token", "error"),
    [("", "not_authed"), (APP_TOKEN, "not_allowed_token_type"), ("xoxb-other", "invalid_auth")],
)
async def test_a_wrong_token_is_refused_by_its_kind(server, token, error):
    assert (await post(server, token=token))["error"] == error


async def test_a_scope_the_manifest_does_not_ask_for_is_named(clock):
    less = manifest()
    less["oauth_config"] = {"scopes": {"bot": ["channels:read"]}}
    async with SlackServer(clock.now, less).running() as server:
        refused = await post(server)
    assert (refused["error"], refused["needed"], refused["provided"]) == (
        "missing_scope",
        "chat:write",
        "channels:read",
    )


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"colour": "red"}, "with ['colour']"),
        ({"parse": "full"}, "with ['parse']"),
        ({"unfurl_links": True}, "unfurl"),
        ({"text": " "}, "fallback text"),
        ({"text": "x" * 40_001}, "silently"),
        ({"text": "<!here> look"}, "whole channel"),
        ({"text": "<https://evil.example/x|https://bank.example>"}, "leads to"),
        ({"metadata": {"event_type": "x"}}, "invalid_metadata_format"),
        ({"metadata": {"event_type": "x", "event_payload": {"k": "x" * 2000}}}, "metadata_too_large"),
        ({"thread_ts": 1700000000.000100}, "thread_ts is no text"),
        ({"unfurl_media": "no"}, "is no flag"),
        ({"blocks": [{"type": "markdown", "text": "[a](b)"}]}, "unknown block markdown"),
        ({"blocks": [{"type": "section", "text": {"type": "plain_text", "text": "x" * 2900}}] * 5}, "too_long"),
    ],
)
async def test_content_slack_would_not_have_is_a_complaint(server, given, why):
    assert not (await post(server, **given))["ok"]
    (complaint,) = server.complaints
    assert why in complaint


@pytest.mark.parametrize(
    "shown",
    [
        {"text": "<@U0ANA> hello"},
        {"text": "x", "blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": "<https://a.example|here>"}}]},
    ],
)
async def test_what_an_end_user_wrote_may_not_come_alive(server, shown):
    server.end_user_wrote("<@U0ANA> and <!here> and [here](https://a.example)")

    assert (await post(server, "&lt;@U0ANA&gt; and here (https://a.example)"))["ok"]
    assert (await post(server, **shown))["error"] == "complaint"


async def test_a_thread_is_named_by_its_root_and_never_by_a_reply(server):
    root = (await post(server))["ts"]
    reply = (await post(server, thread_ts=root))["ts"]

    assert (await post(server, thread_ts=reply))["error"] == "complaint"
    assert (await post(server, thread_ts="1.5"))["error"] == "thread_not_found"
    server.workspace.lost_threads_leak = True
    assert "thread_ts" not in (await post(server, thread_ts="1.5"))["message"]


async def test_few_reads_are_one_a_minute_and_fifteen_objects(server, clock):
    server.read_seldom()
    for number in range(20):
        await post(server, str(number))
    headers = {"Authorization": f"Bearer {BOT_TOKEN}"}
    async with aiohttp.ClientSession(headers=headers) as session:
        read = [await session.get(f"{server.api_url}conversations.history?channel={HELP}") for _ in range(2)]
        assert len((await read[0].json())["messages"]) == 15
        assert (read[1].status, read[1].headers["Retry-After"]) == (429, "60")
        clock.advance(60)
        assert (await session.get(f"{server.api_url}conversations.history?channel={HELP}")).status == 200


async def test_a_message_that_could_be_posted_may_be_too_long_to_edit(server):
    ts = (await post(server, "x" * 4_001))["ts"]
    _, refused = await asked(server, "chat.update", channel=HELP, ts=ts, text="y" * 4_001)
    assert refused["error"] == "msg_too_long"


async def test_posts_have_one_a_second_and_channel_and_a_short_burst(server, clock):
    server.limits.enforced = True
    answers = [await post(server) for _ in range(5)]
    elsewhere = await post(server, channel="C0OPS")

    assert [one["ok"] for one in answers] == [True] * 4 + [False]
    assert elsewhere["ok"]
    assert server.limits.earned == ["chat.postMessage C0HELP"]
    clock.advance(1)
    assert (await post(server))["ok"]


async def test_a_method_has_its_tier_and_says_how_long_to_wait(server, clock):
    server.limits.enforced = True
    ts = (await post(server))["ts"]
    edits = [await asked(server, "chat.update", channel=HELP, ts=ts, text=str(n)) for n in range(53)]

    assert [status for status, _ in edits] == [200] * 52 + [429]
    clock.advance(60)
    assert (await asked(server, "chat.update", channel=HELP, ts=ts, text="again"))[1]["ok"]


async def test_events_go_out_only_if_the_app_subscribed_them_and_is_in_the_channel(server):
    people = People(server)
    people.writes("C0PRIVATE", None, "U0ANA", "among us")
    server.event({"type": "star_added", "user": "U0ANA"})

    assert [event["type"] for event in server.unheard] == ["message", "star_added"]


async def test_two_workspaces_share_an_address_and_nothing_else(server):
    other = server.neighbour()
    assert (await post(other, token=other.bot_token, channel="C1HELP"))["ok"]

    refused = await post(other, token=other.bot_token)
    assert refused["error"] == "channel_not_found"
    assert server.workspace.channels[HELP].messages == {}
    assert other.called("chat.postMessage")
    assert server.calls == []


async def test_a_refresh_token_is_good_for_one_new_token_and_the_token_for_twelve_hours(server, clock):
    refresh, app = server.rotation.start(), {"client_id": "1.2", "client_secret": "s", "grant_type": "refresh_token"}
    clock.advance(hours=12)
    assert (await post(server))["error"] == "token_expired"
    given = {**app, "refresh_token": refresh}
    async with aiohttp.ClientSession() as session:
        asked = [await (await session.post(server.api_url + "oauth.v2.access", data=given)).json() for _ in range(2)]

    assert asked[1]["error"] == "invalid_refresh_token"
    assert (await post(server, token=asked[0]["access_token"]))["ok"]
