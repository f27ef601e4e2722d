"""The wire server's files and its reading back: what Slack tells, and what it keeps to itself."""

from collections.abc import AsyncIterator

import aiohttp
import pytest

from tests.given_time import GivenClock
from tests.wire.slack.people import People
from tests.wire.slack.server import BOT_TOKEN, SlackServer
from tests.wire.slack.workspace import Payload

HELP = "C0HELP"
METADATA = {"event_type": "handrail_item", "event_payload": {"k": "k1"}}


@pytest.fixture
async def server(clock: GivenClock) -> AsyncIterator[SlackServer]:
    async with SlackServer(clock.now).running() as server:
        yield server


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {BOT_TOKEN}"}) as session:
        yield session


async def test_a_file_becomes_a_message_whose_ts_no_answer_names(server, session):
    api, place = server.api_url, server.workspace.channels[HELP]
    root = People(server).writes(HELP, None, "U0ANA", "hello")
    asked = {"filename": "a.txt", "length": "5"}
    slot = await (await session.post(api + "files.getUploadURLExternal", params=asked)).json()
    await session.post(slot["upload_url"], data=b"hello")
    share = {"files": [{"id": slot["file_id"], "title": "A"}], "channel_id": HELP, "thread_ts": root}
    answer = await (await session.post(api + "files.completeUploadExternal", json=share)).json()

    (message,) = place.replies(root)
    assert answer == {"ok": True, "files": [{"id": slot["file_id"], "title": "A"}]}
    assert message["subtype"] == "file_share"
    again = await (await session.post(api + "files.completeUploadExternal", json=share)).json()
    assert again["error"] == "file_not_found"
    told = await (await session.get(api + "files.info", params={"file": slot["file_id"]})).json()
    assert told["file"]["shares"]["public"][HELP][0]["ts"] == message["ts"]


async def test_more_bytes_than_announced_are_refused_and_complained_of(server, session):
    asked = {"filename": "a.txt", "length": "5"}
    slot = await (await session.post(server.api_url + "files.getUploadURLExternal", params=asked)).json()

    assert (await session.post(slot["upload_url"], data=b"hello!")).status == 400
    assert server.complaints == ["upload: 6 bytes, 5 were announced"]


async def test_a_private_address_without_the_token_is_a_page_with_status_200(server, session):
    People(server).attaches(HELP, None, "U0ANA", "look", ("a.txt", b"hello", "text/plain"))
    ((message),) = server.workspace.channels[HELP].messages.values()
    address = message["files"][0]["url_private"]

    async with aiohttp.ClientSession() as nobody, nobody.get(address) as page:
        assert (page.status, page.content_type) == (200, "text/html")
    async with session.get(address) as file:
        assert await file.read() == b"hello"
    server.scopes.discard("files:read")
    async with session.get(address) as page:
        assert page.content_type == "text/html"
    assert server.methods.files.downloads == [message["files"][0]["id"]]


async def posted(server: SlackServer, session: aiohttp.ClientSession, text: str, **more: object) -> str:
    given = {"channel": HELP, "text": text, "unfurl_links": False, "unfurl_media": False, **more}
    return (await (await session.post(server.api_url + "chat.postMessage", json=given)).json())["ts"]


async def read(server: SlackServer, session: aiohttp.ClientSession, method: str, **given: str) -> Payload:
    async with session.get(f"{server.api_url}conversations.{method}", params={"channel": HELP, **given}) as answer:
        return await answer.json()


async def test_metadata_is_read_only_by_who_asks_and_roots_count_their_replies(server, session):
    root = await posted(server, session, "root", metadata=METADATA)
    reply = await posted(server, session, "reply", thread_ts=root)

    (plain,) = (await read(server, session, "history"))["messages"]
    (whole,) = (await read(server, session, "history", include_all_metadata="1"))["messages"]
    assert "metadata" not in plain
    assert whole["metadata"] == METADATA
    assert (plain["reply_count"], plain["latest_reply"]) == (1, reply)
    assert [one["ts"] for one in (await read(server, session, "replies", ts=root))["messages"]] == [root, reply]


async def test_pages_follow_by_cursor_and_a_young_message_may_not_be_seen_yet(server, session, clock):
    for number in range(3):
        await posted(server, session, f"line {number}")

    first = await read(server, session, "history", limit="2")
    rest = await read(server, session, "history", limit="2", cursor=first["response_metadata"]["next_cursor"])
    assert [one["text"] for one in first["messages"] + rest["messages"]] == ["line 2", "line 1", "line 0"]
    assert (first["has_more"], rest["has_more"]) == (True, False)
    assert (await read(server, session, "history", cursor="?"))["error"] == "invalid_cursor"

    server.methods.reading.lag = 5
    assert (await read(server, session, "history"))["messages"] == []
    clock.advance(5)
    assert len((await read(server, session, "history"))["messages"]) == 3
    server.methods.reading.lag, server.methods.reading.blind = 0, 1
    assert (await read(server, session, "history"))["messages"] == []
    assert len((await read(server, session, "history"))["messages"]) == 3
