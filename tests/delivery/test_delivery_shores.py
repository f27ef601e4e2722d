"""A platform that refuses us is left alone for longer and longer, and is there again without a restart."""

import asyncio
from pathlib import Path

import pytest

from bridge.rulebook import RuleBook, load
from bridge.shores import Shores
from tests.adapters.far_side import Heard
from tests.given_time import GivenClock
from tests.wire.slack.server import SlackServer

FILE = """
version: 1
platforms:
  acme-slack: {{kind: slack, bot_token: {{env: BOT}}, app_token: {{env: APP}}, api_url: "{api_url}", sockets: 1}}
members: {{ana: {{slack: U0ANA}}}}
teams: {{support: {{members: [ana]}}}}
routes: {{name: all, target: {{platform: console}}, team: support}}
"""


@pytest.fixture
async def server(clock: GivenClock):
    async with SlackServer(clock.now).running() as server:
        yield server


def book(server: SlackServer, folder: Path, token: str) -> RuleBook:
    path = folder / "site.yaml"
    path.write_text(FILE.format(api_url=server.api_url), encoding="utf-8")
    return load(path, {"BOT": token, "APP": server.app_token})


@pytest.fixture
async def shores(clock: GivenClock):
    made = Shores(clock)
    yield made
    await made.close()


async def test_an_account_that_is_switched_on_again_is_found_by_itself(shores, server, clock, sqlite_store, tmp_path):
    server.happens.deactivate()
    heard = Heard(clock)
    await shores.take(shores.build(book(server, tmp_path, server.bot_token)))
    shores.attend(heard.on_event, sqlite_store.ownership)
    chat = shores.chats["acme-slack"]
    await heard.until(lambda: chat.health.trouble is not None)
    assert "Install the app again" in (chat.health.trouble or "")

    await passes(clock, 3600)
    assert 6 <= len(server.called("auth.test")) <= 9, "slower and slower, but never not at all"

    server.gate.deactivated = False
    await passes(clock, 601)
    await heard.until(lambda: chat.health.connected)
    assert chat.health.trouble is None


async def test_a_new_token_is_not_kept_waiting_by_a_refusal_of_the_old_one(
    shores, server, clock, sqlite_store, tmp_path
):
    heard = Heard(clock)
    await shores.take(shores.build(book(server, tmp_path, server.bot_token)))
    shores.attend(heard.on_event, sqlite_store.ownership)
    await heard.until(lambda: shores.chats["acme-slack"].health.connected)

    took = asyncio.create_task(shores.take(shores.build(book(server, tmp_path, "xoxb-mistyped"))))
    began = clock.monotonic()
    await heard.until(took.done)
    assert clock.monotonic() - began < 10, "a refusal is an answer: nobody waits for more"
    assert not shores.chats["acme-slack"].health.connected

    took = asyncio.create_task(shores.take(shores.build(book(server, tmp_path, server.bot_token))))
    began = clock.monotonic()
    await heard.until(took.done)
    assert shores.chats["acme-slack"].health.connected
    assert clock.monotonic() - began < 30


async def passes(clock: GivenClock, seconds: int) -> None:
    """Time goes by in steps; a call that one brings is over before the next."""
    for _ in range(seconds // 10):
        clock.advance(10)
        async with asyncio.timeout(15):
            while True:
                await asyncio.sleep(0.001)
                if clock.sleeping:
                    break
