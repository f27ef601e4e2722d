"""Who keeps the site hears what is wrong: after a moment, once, on the roads that are left."""

from datetime import timedelta
from pathlib import Path

import pytest

from bridge.domain.alarms import Alarm, Trouble
from bridge.domain.audit import Audited
from bridge.domain.deliveries import DeliveryState, Ending, TellAlarm
from bridge.domain.notices.alarms import alarm_line
from bridge.domain.paint import plain
from bridge.domain.refs import Lane
from bridge.domain.settling import Settlement
from bridge.jobs.alarms import TellAlarms, WatchLanes
from bridge.rulebook import Rules, load
from bridge.store import Store
from tests.given_time import GivenClock
from tests.samples import SHOP_LANE, START, asks, member_replies, opening, opens

CONFIG = """
version: 1
platforms:
  acme-slack: {kind: slack, bot_token: {env: TOKEN}, app_token: {env: TOKEN}}
  acme-discord: {kind: discord, token: {env: TOKEN}, guild: "11"}
alarms: {to: [{platform: acme-slack, channel: C0OPS}, {platform: acme-discord, channel: "44"}, {platform: console}]}
teams:
  support: {members_of: channel}
routes: {name: all, target: {platform: console}, team: support, watch: [{platform: acme-slack, channel: C0SEE}]}
"""
SLACK, DISCORD = Lane("acme-slack", "C0OPS"), Lane("acme-discord", "44")


@pytest.fixture
def both_roads(tmp_path: Path) -> Rules:
    path = tmp_path / "handrail.yaml"
    path.write_text(CONFIG)
    return Rules(load(path, {"TOKEN": "a-token"}))


@pytest.fixture
def tell(sqlite_store: Store, both_roads: Rules) -> TellAlarms:
    return TellAlarms(sqlite_store, both_roads)


async def told(store: Store, lane: Lane, clock: GivenClock) -> list[str]:
    """The lines that go out there now."""
    lines = []
    for taken in await store.outbox.take(lane, clock.now(), 20):
        assert isinstance(taken.delivery.content, TellAlarm)
        lines.append(plain(alarm_line(taken.delivery.content.alarm)))
        await store.outbox.finish(taken, Ending.DONE, now=clock.now())
    return lines


async def test_what_passes_within_half_a_minute_is_told_to_nobody(
    sqlite_store: Store, tell: TellAlarms, clock: GivenClock
):
    await sqlite_store.alarms.begin("bot x", Trouble.BOT_UNREACHABLE, {"bot": "x"}, clock.now())
    await tell(clock.now())
    clock.advance(seconds=29)
    await tell(clock.now())
    await sqlite_store.alarms.end("bot x", clock.now())
    clock.advance(seconds=10)
    await tell(clock.now())

    assert await told(sqlite_store, SLACK, clock) == []


async def test_a_standing_alarm_is_told_once_on_every_road_and_so_is_its_end(
    sqlite_store: Store, tell: TellAlarms, clock: GivenClock
):
    await sqlite_store.alarms.begin("bot x", Trouble.BOT_UNREACHABLE, {"bot": "x"}, clock.now())
    clock.advance(seconds=31)
    for _ in range(3):
        await tell(clock.now())
        clock.advance(minutes=25)

    for lane in (SLACK, DISCORD):
        [line] = await told(sqlite_store, lane, clock)
        assert line.startswith("⚠ x has not taken its callbacks since 2026-11-23 10:00 UTC.")
        assert "handrail bots test x" in line

    await sqlite_store.alarms.end("bot x", clock.now())
    await tell(clock.now())
    await tell(clock.now())

    for lane in (SLACK, DISCORD):
        assert [line[:2] for line in await told(sqlite_store, lane, clock)] == ["✓ "]


async def test_a_platform_that_is_away_is_told_on_the_other_road(
    sqlite_store: Store, tell: TellAlarms, clock: GivenClock
):
    facts = {"platform": "acme-slack", "reason": "token_revoked"}
    await sqlite_store.alarms.begin("platform acme-slack", Trouble.PLATFORM_DOWN, facts, clock.now())
    clock.advance(seconds=31)
    await tell(clock.now())

    assert await told(sqlite_store, SLACK, clock) == []
    assert "token_revoked" in (await told(sqlite_store, DISCORD, clock))[0]


async def test_what_does_not_pass_by_itself_is_told_at_once(sqlite_store: Store, tell: TellAlarms, clock: GivenClock):
    await sqlite_store.alarms.begin("bot x 410", Trouble.ENDPOINT_DISABLED, {"bot": "x"}, clock.now())
    await tell(clock.now())

    assert "410" in (await told(sqlite_store, SLACK, clock))[0]


@pytest.mark.parametrize(("channel", "stands"), [("C0SEE", True), ("C0OLD", False)])
async def test_a_channel_nobody_names_any_more_is_no_trouble(
    sqlite_store: Store, tell: TellAlarms, clock: GivenClock, channel: str, stands: bool
):
    lane = f"acme-slack/{channel}"
    await sqlite_store.alarms.begin(f"target {lane}", Trouble.TARGET_GONE, {"lane": lane}, clock.now())
    await tell(clock.now())
    await tell(clock.now())

    assert bool(await sqlite_store.alarms.open_ones()) is stands


async def test_a_bot_that_takes_nothing_for_ten_minutes_is_an_alarm_until_it_does(
    sqlite_store: Store, clock: GivenClock
):
    watch = WatchLanes(sqlite_store)
    change = opening()
    await sqlite_store.writer.decide(opens(change))
    await sqlite_store.writer.decide(asks(change.ticket.id, lambda now: member_replies(now.ticket)))
    for _ in range(2):
        [taken] = await sqlite_store.outbox.take(SHOP_LANE, clock.now(), 1)
        await sqlite_store.outbox.finish(taken, Ending.RETRY, now=clock.now(), not_before=clock.now())
        await watch(clock.now())
        assert await sqlite_store.alarms.open_ones() == []
        clock.advance(minutes=5)

    await watch(clock.now())
    assert [alarm.facts for alarm in await sqlite_store.alarms.open_ones()] == [{"bot": "shop-bot"}]

    [taken] = await sqlite_store.outbox.take(SHOP_LANE, clock.now(), 1)
    await sqlite_store.outbox.finish(taken, Ending.DONE, now=clock.now())
    await watch(clock.now())
    assert await sqlite_store.alarms.open_ones() == []


async def test_what_was_given_up_is_an_alarm_until_somebody_sees_to_it(sqlite_store: Store, clock: GivenClock):
    watch = WatchLanes(sqlite_store)
    change = opening()
    await sqlite_store.writer.decide(opens(change))
    await sqlite_store.writer.decide(asks(change.ticket.id, lambda now: member_replies(now.ticket)))
    [taken] = await sqlite_store.outbox.take(SHOP_LANE, clock.now(), 1)
    await sqlite_store.outbox.finish(taken, Ending.DEAD, now=clock.now(), reason="status 400")

    await watch(clock.now())
    [alarm] = await sqlite_store.alarms.open_ones()
    assert (alarm.what, alarm.facts["count"], alarm.facts["reason"]) == (Trouble.GIVEN_UP, 1, "status 400")

    audited = Audited(at=clock.now(), actor="operator:root", via="command", action="delivery.retried", object=taken.id)
    again = Settlement(state=DeliveryState.READY)
    await sqlite_store.deliveries.settle(taken.id, lambda _standing, _seen: again, audited=audited)
    await watch(clock.now())
    assert await sqlite_store.alarms.open_ones() == []


@pytest.mark.parametrize("what", [*Trouble, "of_a_later_version"])
@pytest.mark.parametrize("over", [False, True])
def test_every_alarm_has_its_sentence_even_without_facts(what: str, over: bool):
    alarm = Alarm(key="k", what=what, since=START, ended_at=START + timedelta(minutes=1) if over else None)

    line = plain(alarm_line(alarm))

    assert line.startswith("✓ " if over else "⚠ ")
    assert line.endswith(".")
