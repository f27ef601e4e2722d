"""How the wire server reaches the app: signed requests, sockets that die in every way, news of channels and tokens."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import parse_qs

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from slack_sdk.signature import SignatureVerifier

from tests.given_time import GivenClock
from tests.wire.slack.http_mode import SECRET
from tests.wire.slack.people import People
from tests.wire.slack.server import APP_TOKEN, BOT_TOKEN, SlackServer

HELP = "C0HELP"


@pytest.fixture
async def server(clock: GivenClock) -> AsyncIterator[SlackServer]:
    async with SlackServer(clock.now).running() as server:
        yield server


class Ear:
    """An app at a request URL that answers what it is told to."""

    def __init__(self, clock: GivenClock) -> None:
        self.heard: list[tuple[bytes, dict[str, str]]] = []
        self.statuses: list[int] = []
        self.answer = ""
        self._clock = clock

    async def listen(self, request: web.Request) -> web.Response:
        body = await request.read()
        self.heard.append((body, dict(request.headers)))
        status = self.statuses.pop(0) if self.statuses else 200
        return web.Response(status=status, text=self.answer, content_type="application/json")

    def verified(self) -> list[bool]:
        """Slack's own library judges each request."""

        class Now:
            now = staticmethod(lambda: self._clock.now().timestamp())

        verifier = SignatureVerifier(SECRET, clock=Now)
        return [verifier.is_valid_request(body, headers) for body, headers in self.heard]


@pytest.fixture
def ear(clock: GivenClock) -> Ear:
    return Ear(clock)


@asynccontextmanager
async def listening(ear: Ear) -> AsyncIterator[str]:
    app = web.Application()
    app.router.add_post("/slack/events", ear.listen)
    async with TestServer(app) as site:
        yield str(site.make_url("/slack/events"))


async def test_events_are_signed_and_sent_again_until_the_answer_is_good(server, ear):
    ear.statuses = [500, 404]
    async with listening(ear) as url:
        http = server.listens_at(url)
        http.retry_after = (0.0, 0.01, 0.01)
        People(server).writes(HELP, None, "U0ANA", "hello")
        await http.settled()

    numbers = [headers.get("X-Slack-Retry-Num") for _, headers in ear.heard]
    ids = {json.loads(body)["event_id"] for body, _ in ear.heard}
    assert numbers == [None, "1", "2"]
    assert ear.heard[1][1]["X-Slack-Retry-Reason"] == "http_error"
    assert len(ids) == 1
    assert ear.verified() == [True] * 3


async def test_a_wrong_an_old_and_a_replayed_signature_look_like_that(server, ear, clock):
    async with listening(ear) as url:
        http = server.listens_at(url)
        await http.deliver("events_api", {"type": "event_callback"}, secret="another")
        await http.deliver("events_api", {"type": "event_callback"}, at=int(clock.now().timestamp()) - 301)
        await http.deliver("events_api", {"type": "event_callback"})
        await http.post(http.sent[-1])

    assert ear.verified() == [False, False, True, True]


async def test_clicks_and_commands_are_forms_sent_once(server, ear):
    ear.answer = '{"text": "Done."}'
    async with listening(ear) as url:
        server.listens_at(url)
        people = People(server)
        await people.commands(HELP, "U0ANA", "list")
        await people.shortcut(HELP, people.writes(HELP, None, "U0ANA", "x"), "send", "U0ANA")
        ear.statuses = [500]
        with pytest.raises(AssertionError, match="not acknowledged"):
            await people.commands(HELP, "U0ANA", "mine")

    forms = [parse_qs(body.decode()) for body, headers in ear.heard if "form" in headers["Content-Type"]]
    command, action, failed = forms
    assert failed["text"] == ["mine"]
    assert server.methods.ephemerals[0]["text"] == "Done."
    assert command["text"] == ["list"]
    assert json.loads(action["payload"][0])["type"] == "message_action"


@asynccontextmanager
async def socket(server: SlackServer) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
    headers = {"Authorization": f"Bearer {APP_TOKEN}"}
    async with aiohttp.ClientSession() as session:
        opened = await (await session.post(server.api_url + "apps.connections.open", headers=headers)).json()
        async with session.ws_connect(opened["url"]) as connected:
            assert (await connected.receive_json())["type"] == "hello"
            yield connected


async def test_each_payload_goes_to_one_socket_and_what_a_zombie_was_given_comes_again_elsewhere(server):
    server.sockets.ack_within, server.sockets.retry_after = 0.05, (0.0, 0.0, 0.0)
    async with socket(server) as first, socket(server) as second:
        server.sockets.freeze(0)
        People(server).writes(HELP, None, "U0ANA", "hello")
        envelope = await second.receive_json(timeout=5)
        await second.send_json({"envelope_id": envelope["envelope_id"]})

        assert (envelope["retry_attempt"], envelope["retry_reason"]) == (1, "timeout")
        with pytest.raises(TimeoutError):
            await first.receive(timeout=0.05)


async def test_a_reset_socket_says_no_goodbye_and_what_nobody_hears_is_gone_at_last(server):
    server.sockets.ack_within, server.sockets.retry_after, server.sockets.patient = 0.01, (0.0, 0.0, 0.0), False
    async with socket(server) as connected:
        server.sockets.reset()
        assert (await connected.receive(timeout=5)).type in {aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.ERROR}
    People(server).writes(HELP, None, "U0ANA", "hello")
    await server.sockets.settled()

    assert server.sockets.given_up
    assert [one.retry for one in server.sockets.envelopes] == [0, 1, 2, 3]


async def asked(server: SlackServer, method: str, token: str = BOT_TOKEN, **given: str) -> str:
    async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {token}"}) as session:
        answer = await (await session.get(server.api_url + method, params=given)).json()
        return answer.get("error", "ok")


async def test_what_happens_to_channel_and_token_is_told_and_changes_the_answers(server):
    happens = server.happens
    async with socket(server) as connected:
        happens.kick(HELP)
        assert await asked(server, "conversations.history", channel=HELP) == "not_in_channel"
        happens.invite(HELP)
        happens.archive(HELP)
        assert await asked(server, "conversations.history", channel=HELP) == "ok"
        happens.delete(HELP)
        assert await asked(server, "conversations.info", channel=HELP) == "channel_not_found"
        happens.revoke_token()
        assert await asked(server, "users.info", user="U0ANA") == "token_revoked"
        new = happens.reinstall()
        assert await asked(server, "users.info", new, user="U0ANA") == "ok"
        happens.deactivate()
        assert await asked(server, "users.info", new, user="U0ANA") == "account_inactive"
        told = [(await connected.receive_json())["payload"]["event"]["type"] for _ in range(6)]

    removals = {"member_left_channel", "channel_left", "channel_archive", "channel_deleted", "tokens_revoked"}
    assert set(told) == removals | {"member_joined_channel"}


async def test_a_shared_channels_stranger_is_of_the_other_team(server):
    other = server.neighbour()
    server.happens.share(HELP, other)
    async with socket(server) as connected:
        People(server).writes(HELP, None, "U1ANA", "hello from afar")
        payload = (await connected.receive_json())["payload"]

    assert (payload["team_id"], payload["context_team_id"]) == ("T1ACME", "T0ACME")
    assert payload["is_ext_shared_channel"] is True
    assert payload["authorizations"][0]["team_id"] == "T0ACME"
    assert server.workspace.users["U1ANA"]["is_stranger"]
