"""A platform that tells of its channels is believed: no call goes to a lost one, and it is used again by itself."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from bridge.domain.alarms import Alarm, Trouble
from tests.adapters.slack_shore import CHANNEL
from tests.delivery.threads import Thread, a_thread
from tests.samples import a_policy, a_root, opening, opens
from tests.wire.slack.workspace import BOT_USER


@pytest.fixture
async def slack(sqlite_store, clock, tmp_path: Path):
    async with a_thread("slack", sqlite_store, clock, tmp_path) as thread:
        await thread.dispatcher.start()
        await thread.settle()
        yield thread


async def lost(thread: Thread) -> Alarm | None:
    alarms = await thread.store.alarms.open_ones()
    assert {alarm.what for alarm in alarms} <= {Trouble.TARGET_GONE}
    return alarms[0] if alarms else None


async def until_well(thread: Thread) -> None:
    """The minute's question is answered over a real socket: how much given time passes meanwhile, varies."""
    async with asyncio.timeout(15):
        while await lost(thread) is not None:
            await thread.passes(1)


async def is_told(thread: Thread, why: str | None, **event: str) -> None:
    """Slack sends an event about the channel, and it is taken up."""
    thread.shore.far_side.server.event({"channel": CHANNEL, "event_ts": "1.000001", **event})
    said = thread.shore.platform.told
    await thread.shore.heard.until(lambda: CHANNEL in said and (why or "None") in str(said[CHANNEL]))
    await thread.passes(2)


async def test_a_removed_app_makes_no_call_and_comes_back_with_its_invitation(slack: Thread):
    await is_told(slack, "not_in_channel", type="member_left_channel", user=BOT_USER)
    alarm = await lost(slack)
    assert alarm is not None
    assert alarm.facts["reason"] == "not_in_channel (/invite the app there)"
    assert alarm.facts["fallback"] == "the console"

    before = len(slack.shore.far_side.server.called("chat.postMessage"))
    await slack.user_says("is anybody there?", "hello?")
    await slack.passes(30)
    assert len(slack.shore.far_side.server.called("chat.postMessage")) == before
    assert (slack.ticket.thread, slack.ticket.policy.lane) == (None, None)

    await is_told(slack, None, type="member_joined_channel", user=BOT_USER)
    assert await lost(slack) is None


async def test_somebody_else_who_leaves_is_no_news(slack: Thread):
    slack.shore.far_side.server.event(
        {"type": "member_left_channel", "channel": CHANNEL, "user": "U0ANA", "event_ts": "1.1"}
    )
    await is_told(slack, "is_archived", type="channel_archive")
    assert slack.shore.platform.told == {
        CHANNEL: "is_archived (unarchive the channel, or name another one in the config)"
    }


async def test_a_channel_nobody_told_about_is_asked_once_a_minute_until_it_is_mended(slack: Thread):
    channel, server = slack.shore.far_side.channel, slack.shore.far_side.server
    await slack.shore.far_side.lose_channel()
    await slack.user_says("is anybody there?")
    await slack.passes(30)
    assert await lost(slack) is not None

    before = len(server.called("conversations.info"))
    await slack.passes(300, step=10)
    assert 2 <= len(server.called("conversations.info")) - before <= 6
    assert await lost(slack) is not None

    channel.archived = False
    await until_well(slack)  # no new ticket was needed


async def test_an_alarm_from_before_a_restart_ends_as_well(slack: Thread):
    await slack.shore.far_side.lose_channel()
    await slack.user_says("is anybody there?")
    await slack.passes(30)
    await slack.dispatcher.stop(0.5)
    slack.shore.far_side.channel.archived = False

    await slack.restart()
    await until_well(slack)


async def test_a_missing_scope_is_named_with_its_remedy_and_its_return_is_found_by_the_next_ticket(slack: Thread):
    far = slack.shore.far_side
    far.server.scopes.discard("chat:write")
    await slack.user_says("is anybody there?")
    await slack.passes(30)
    alarm = await lost(slack)
    assert alarm is not None
    assert "needs chat:write, install the app again from handrail slack manifest" in str(alarm.facts["reason"])

    before = len(far.server.called("chat.postMessage"))
    for _ in range(4):
        await another_ticket(slack)
        await slack.passes(10)
    assert len(far.server.called("chat.postMessage")) - before <= 1, "one root a minute asks"

    far.server.scopes.add("chat:write")
    await slack.passes(60)
    await another_ticket(slack)
    await slack.passes(5)
    assert await lost(slack) is None


async def another_ticket(thread: Thread) -> None:
    lane = thread.shore.far_side.lane
    change = opening(policy=a_policy(lane=lane))
    await thread.store.writer.decide(opens(replace(change, told=(), deliveries=(a_root(change.ticket.id, lane),))))
