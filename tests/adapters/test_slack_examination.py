"""`handrail doctor` for Slack: what it finds, and that each finding says what mends it."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from adapters.chat.slack import build
from adapters.chat.slack.grants import SCOPES
from bridge.ports.findings import Mark
from tests.adapters.slack_shore import CHANNEL, NAME
from tests.given_time import GivenClock
from tests.wire.slack.http_mode import SECRET
from tests.wire.slack.server import APP_TOKEN, BOT_TOKEN, SlackServer


@pytest.fixture
async def server(clock: GivenClock) -> AsyncIterator[SlackServer]:
    async with SlackServer(clock.now).running() as server:
        yield server


async def found(server: SlackServer, clock: GivenClock, *channels: str, **options: object) -> list[tuple[Mark, str]]:
    """What it says with the fix behind it; every trouble has one."""
    given = {"bot_token": BOT_TOKEN, "app_token": APP_TOKEN, "api_url": server.api_url, "groups": ["S0SUPPORT"]}
    platform = build(NAME, {**given, **options}, clock)
    try:
        findings = await platform.findings(channels)
    finally:
        await platform.close()
    assert all(one.what.startswith(f"{NAME}: ") for one in findings)
    assert all(one.fix for one in findings if one.mark is not Mark.GOOD)
    assert not any(token in f"{one.what} {one.fix}" for one in findings for token in (BOT_TOKEN, APP_TOKEN))
    return [(one.mark, f"{one.what.removeprefix(NAME + ': ')}. {one.fix or ''}") for one in findings]


def troubles(findings: list[tuple[Mark, str]]) -> list[str]:
    return [said for mark, said in findings if mark is not Mark.GOOD]


async def test_a_sound_workspace_has_nothing_but_good_findings(server, clock):
    findings = await found(server, clock, CHANNEL)

    assert troubles(findings) == []
    assert [said.split(".")[0] for _, said in findings] == [
        "Slack takes the bot token, in the workspace Acme",
        "the app has every scope of the manifest",
        "Slack's clock agrees with this machine's",
        "the app-level token opens a socket",
        f"the app is in #help ({CHANNEL}) and can read it",
        "the user group S0SUPPORT has 2 members",
    ]
    assert {call.method for call in server.calls} <= {
        "auth.test", "apps.connections.open", "conversations.info", "conversations.history", "usergroups.users.list",
    }, "nothing changes there"  # fmt: skip


async def test_a_refused_token_is_all_there_is_to_say(server, clock):
    server.revoked = True

    [said] = troubles(await found(server, clock, CHANNEL))

    assert "token_revoked" in said
    assert "Install the app again" in said


async def test_each_missing_scope_is_named_with_what_it_is_for(server, clock):
    server.scopes.difference_update({"reactions:write", "groups:history"})

    first, second = troubles(await found(server, clock))

    assert "groups:history" in first
    assert f"reactions:write: it cannot {SCOPES['reactions:write']}" in second
    assert "Reinstall" in second


async def test_each_channel_is_looked_at(server, clock):
    places = server.workspace.channels
    places["C0OPS"].archived = True
    places[CHANNEL].members.discard(server.workspace.bot_user)

    archived, absent, gone = troubles(await found(server, clock, "C0OPS", CHANNEL, "C0GONE"))

    assert "#ops (C0OPS) is archived. Unarchive it" in archived
    assert f"the app is not in #help ({CHANNEL})" in absent
    assert "/invite @" in absent
    assert "there is no channel C0GONE" in gone
    assert "/handrail here" in gone


async def test_a_history_that_may_not_be_read_is_named(server, clock):
    server.scopes.discard("channels:history")

    scope, channel = troubles(await found(server, clock, CHANNEL))

    assert "channels:history" in scope
    assert "may not read" in channel


async def test_user_groups_are_looked_at(server, clock):
    server.workspace.groups["S0SUPPORT"]["users"] = []

    empty, gone = troubles(await found(server, clock, groups=["S0SUPPORT", "S0GONE"]))

    assert "nobody is in the user group S0SUPPORT" in empty
    assert "S0GONE cannot be read" in gone
    assert "members_of: channel" in gone


async def test_an_app_token_that_opens_no_socket_is_named_with_where_to_make_one(server, clock):
    server.answer_next("apps.connections.open", error="invalid_auth")
    server.answer_next("apps.connections.open", error="missing_scope")

    [refused] = troubles(await found(server, clock))
    [lacking] = troubles(await found(server, clock))

    assert "refuses the app-level token" in refused
    assert "connections:write" in lacking


@pytest.mark.parametrize(
    ("off", "options", "mark"),
    [
        (40, {}, Mark.DOUBT),
        (400, {}, Mark.DOUBT),
        (400, {"app_token": None, "signing_secret": SECRET}, Mark.BAD),
    ],
)
async def test_a_clock_that_is_off_is_told_and_in_http_mode_it_is_fatal(server, clock, off, options, mark):
    server.now = lambda: clock.now() + timedelta(seconds=off)

    [(found_mark, said)] = [one for one in await found(server, clock, **options) if "clock" in one[1]]

    assert found_mark is mark
    assert f"{off} s" in said
    assert "NTP" in said


async def test_in_http_mode_the_address_is_told_and_no_socket_asked_for(server, clock):
    findings = await found(server, clock, app_token=None, signing_secret=SECRET)

    assert any(f"/platforms/{NAME}/slack/events" in said for _, said in findings)
    assert server.called("apps.connections.open") == []


async def test_a_slack_that_does_not_answer_is_a_doubt_and_no_refusal(server, clock):
    server.away = True

    [(mark, said)] = await found(server, clock)

    assert mark is Mark.DOUBT
    assert "cannot be asked just now" in said
