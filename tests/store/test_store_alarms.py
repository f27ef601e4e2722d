"""What is wrong with the site: one row per thing, told once where it was meant to be told."""

from datetime import timedelta

from bridge.domain.alarms import Trouble
from bridge.domain.deliveries import Ending, TellAlarm
from bridge.domain.refs import Lane
from bridge.store import Store
from tests.given_time import GivenClock

OPS = Lane("acme-discord", "1180")
ALSO = Lane("acme-slack", "C0OPS")
DOWN = {"platform": "acme-slack", "reason": "token_revoked"}


async def begin(store: Store, clock: GivenClock, key: str = "platform acme-slack") -> None:
    await store.alarms.begin(key, Trouble.PLATFORM_DOWN, DOWN, clock.now())


async def lines(store: Store, lane: Lane, clock: GivenClock) -> list[TellAlarm]:
    """What is due to be posted there, taken and done."""
    said = []
    for taken in await store.outbox.take(lane, clock.now(), 20):
        assert isinstance(taken.delivery.content, TellAlarm)
        said.append(taken.delivery.content)
    return said


async def test_saying_it_again_changes_nothing_but_its_facts(store: Store, clock: GivenClock):
    await begin(store, clock)
    began = clock.now()
    clock.advance(seconds=10)
    await begin(store, clock)
    await store.alarms.begin("platform acme-slack", Trouble.PLATFORM_DOWN, {"platform": "acme-slack"}, clock.now())

    [alarm] = await store.alarms.open_ones()

    assert (alarm.since, alarm.what, alarm.facts) == (began, "platform_down", {"platform": "acme-slack"})


async def test_what_is_over_stands_no_more_and_may_come_back(store: Store, clock: GivenClock):
    await begin(store, clock)
    await store.alarms.end("platform acme-slack", clock.now())
    await store.alarms.end("never began", clock.now())
    assert await store.alarms.open_ones() == []
    clock.advance(minutes=1)

    await begin(store, clock)

    assert [alarm.since for alarm in await store.alarms.open_ones()] == [clock.now()]


async def test_it_is_told_once_in_every_lane(store: Store, clock: GivenClock):
    await begin(store, clock)
    clock.advance(seconds=31)
    [alarm] = await store.alarms.untold()

    assert await store.alarms.tell(alarm, [OPS, ALSO], clock.now())
    assert not await store.alarms.tell(alarm, [OPS, ALSO], clock.now())

    assert [len(await lines(store, lane, clock)) for lane in (OPS, ALSO)] == [1, 1]


async def test_its_end_is_told_where_it_was_told(store: Store, clock: GivenClock):
    await begin(store, clock)
    clock.advance(minutes=1)
    [alarm] = await store.alarms.untold()
    await store.alarms.tell(alarm, [OPS], clock.now())
    [told] = await store.outbox.take(OPS, clock.now(), 20)
    await store.alarms.end(alarm.key, clock.now())
    [over] = await store.alarms.untold()

    assert not await store.alarms.tell_end(over, clock.now()), "the telling is just on its way"
    await store.outbox.finish(told, Ending.DONE, now=clock.now())
    assert await store.alarms.tell_end(over, clock.now())

    [said] = await lines(store, OPS, clock)
    assert not said.alarm.stands
    assert await store.alarms.untold() == []


async def test_a_telling_that_has_not_left_is_withdrawn_when_it_is_over(store: Store, clock: GivenClock):
    await begin(store, clock)
    clock.advance(minutes=1)
    [alarm] = await store.alarms.untold()
    await store.alarms.tell(alarm, [OPS], clock.now())
    await store.alarms.end(alarm.key, clock.now())
    [over] = await store.alarms.untold()

    assert await store.alarms.tell_end(over, clock.now())

    assert await lines(store, OPS, clock) == []


async def test_what_comes_and_goes_is_told_once_an_hour(store: Store, clock: GivenClock):
    await begin(store, clock)
    clock.advance(minutes=1)
    [alarm] = await store.alarms.untold()
    await store.alarms.tell(alarm, [OPS], clock.now())
    await store.alarms.end(alarm.key, clock.now())
    clock.advance(minutes=1)
    await begin(store, clock)
    clock.advance(minutes=57)
    [again] = await store.alarms.untold()
    assert not again.wants_telling(clock.now())

    clock.advance(minutes=2)

    assert again.wants_telling(clock.now())


async def test_a_long_key_is_kept_short_and_apart(store: Store, clock: GivenClock):
    long = "event " + "x" * 500
    await begin(store, clock, f"{long}1")
    await begin(store, clock, f"{long}2")

    assert len({alarm.key for alarm in await store.alarms.open_ones()}) == 2

    await store.alarms.end(f"{long}1", clock.now())
    assert len(await store.alarms.open_ones()) == 1


async def test_old_ones_are_forgotten(store: Store, clock: GivenClock):
    await begin(store, clock)
    await store.alarms.end("platform acme-slack", clock.now())

    assert await store.alarms.forget(clock.now() - timedelta(days=1)) == 0
    assert await store.alarms.forget(clock.now() + timedelta(seconds=1)) == 1
