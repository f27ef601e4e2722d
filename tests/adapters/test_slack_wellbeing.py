"""How Slack's own word about our installation reaches whoever keeps the site, and how little is asked for it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress

import pytest

from adapters.chat.slack import build
from tests.adapters.far_side import Heard, Shore
from tests.adapters.slack_shore import CHANNEL, NAME, SlackFarSide, slack_shore
from tests.given_time import GivenClock
from tests.wire.slack.http_mode import SECRET
from tests.wire.slack.server import BOT_TOKEN, SlackServer


@pytest.fixture
async def shore(clock: GivenClock) -> AsyncIterator[Shore]:
    async with slack_shore(clock) as shore:
        await shore.heard.until(lambda: shore.platform.health.connected)
        yield shore


@pytest.fixture
async def quiet(clock: GivenClock) -> AsyncIterator[Shore]:
    """In HTTP mode: without sockets, whose watch would be woken by an hour that passes at once."""
    async with SlackServer(clock.now).running() as server:
        options = {"bot_token": BOT_TOKEN, "signing_secret": SECRET, "api_url": server.api_url}
        platform, heard = build(NAME, options, clock), Heard(clock)
        run = asyncio.create_task(platform.run(heard.on_event))
        await heard.until(lambda: platform.health.connected)
        yield Shore(platform=platform, far_side=SlackFarSide(server), heard=heard, clock=clock)
        run.cancel()
        with suppress(asyncio.CancelledError):
            await run
        await platform.close()


def asked(shore: Shore) -> int:
    return len(shore.far_side.server.called("auth.test"))


async def until_asked(shore: Shore) -> None:
    """The next look of the minute, done."""
    before = asked(shore)
    shore.clock.advance(minutes=1)
    await shore.heard.until(lambda: asked(shore) > before)


async def test_a_token_revoked_while_we_run_is_known_within_a_minute_with_its_remedy(quiet):
    quiet.far_side.revoke_token()

    await until_asked(quiet)
    await quiet.heard.until(lambda: quiet.platform.health.trouble is not None)

    assert not quiet.platform.health.connected
    assert "Install the app again" in (quiet.platform.health.trouble or "")


async def test_a_dead_token_is_asked_about_more_and_more_rarely(quiet):
    quiet.far_side.revoke_token()
    await until_asked(quiet)
    before = asked(quiet)

    for _ in range(60):
        quiet.clock.advance(minutes=1)
        await quiet.heard.until(lambda: quiet.clock.sleeping)

    assert 4 <= asked(quiet) - before < 9


async def test_a_token_that_is_taken_again_counts_as_a_new_connection(quiet):
    before = quiet.platform.health.since
    quiet.far_side.revoke_token()
    await until_asked(quiet)
    await quiet.heard.until(lambda: quiet.platform.health.trouble is not None)
    quiet.far_side.server.revoked = False

    quiet.clock.advance(minutes=15)
    await quiet.heard.until(lambda: quiet.platform.health.connected)

    assert quiet.platform.health.trouble is None
    assert before is not None
    assert quiet.platform.health.since is not None
    assert quiet.platform.health.since > before, "what was stopped goes on at once"


async def test_an_uninstalled_app_is_asked_about_at_once(shore):
    before, began = asked(shore), shore.clock.monotonic()
    shore.far_side.server.happens.uninstall()

    await shore.heard.until(lambda: shore.platform.health.trouble is not None)

    assert asked(shore) == before + 1
    assert shore.clock.monotonic() - began < 30, "not only at the next look of the minute"


async def test_the_news_of_somebody_elses_token_changes_nothing(shore):
    before = asked(shore)
    began = shore.clock.monotonic()
    shore.far_side.server.event({"type": "tokens_revoked", "tokens": {"oauth": ["U0ANA"]}, "event_ts": "1.1"})

    await shore.heard.until(lambda: asked(shore) > before)

    assert shore.clock.monotonic() - began < 30
    assert shore.platform.health.connected


async def test_a_web_api_that_is_silent_for_three_minutes_is_a_trouble_and_one_silence_is_none(quiet):
    for _ in range(3):
        quiet.far_side.server.answer_next("auth.test", status=503)
    await until_asked(quiet)
    assert quiet.platform.health.connected

    await until_asked(quiet)
    await until_asked(quiet)
    await quiet.heard.until(lambda: quiet.platform.health.trouble is not None)
    assert "does not answer" in (quiet.platform.health.trouble or "")

    await until_asked(quiet)
    await quiet.heard.until(lambda: quiet.platform.health.connected)


async def test_a_rate_limit_of_the_look_itself_is_no_news(quiet):
    for _ in range(4):
        quiet.far_side.server.answer_next("auth.test", status=429, retry_after=30)
    for _ in range(4):
        await until_asked(quiet)

    assert quiet.platform.health.connected


@pytest.mark.parametrize(
    ("happens", "why"),
    [
        ("archive", "is_archived"),
        ("kick", "not_in_channel"),
        ("delete", "channel_not_found"),
    ],
)
async def test_what_happens_to_a_channel_is_told_with_what_to_do(shore, happens, why):
    getattr(shore.far_side.server.happens, happens)(CHANNEL)

    await shore.heard.until(lambda: CHANNEL in shore.platform.told)

    said = shore.platform.told[CHANNEL] or ""
    assert said.startswith(f"{why} (")
    assert await shore.platform.usable(CHANNEL, said) is False


async def test_a_channel_that_is_back_is_told_and_seen(shore):
    server = shore.far_side.server
    server.happens.kick(CHANNEL)
    await shore.heard.until(lambda: CHANNEL in shore.platform.told)
    why = shore.platform.told[CHANNEL] or ""

    server.happens.invite(CHANNEL)
    await shore.heard.until(lambda: shore.platform.told[CHANNEL] is None)

    assert await shore.platform.usable(CHANNEL, why) is True


async def test_a_channel_with_a_new_id_names_it(shore):
    shore.far_side.server.happens.moved("C0OPS", "C0MOVED")

    await shore.heard.until(lambda: "C0OPS" in shore.platform.told)

    assert "C0MOVED" in (shore.platform.told["C0OPS"] or "")


async def test_a_rename_and_others_who_come_and_go_are_no_news(shore):
    happens = shore.far_side.server.happens
    happens.rename("C0OPS", "operations")
    happens.leaves(CHANNEL, "U0BEN")
    happens.invite(CHANNEL, "U0BEN")
    happens.archive("C0OPS")

    await shore.heard.until(lambda: "C0OPS" in shore.platform.told)

    assert shore.platform.told.keys() == {"C0OPS"}


async def test_what_only_a_post_can_tell_is_not_asked(shore):
    before = shore.far_side.calls()

    assert await shore.platform.usable(CHANNEL, "chat.postMessage: missing_scope (needs chat:write)") is None
    assert shore.far_side.calls() == before
