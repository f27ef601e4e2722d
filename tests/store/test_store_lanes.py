"""Leases, parked messages, outages."""

import asyncio
from datetime import timedelta

from bridge.domain.deliveries import Ending, Posted
from bridge.domain.refs import Lane, ThreadRef
from bridge.store import Store
from tests.given_time import GivenClock
from tests.samples import START, SUPPORT, a_thread_message, opening, opens

THREAD = ThreadRef(SUPPORT, "170.1")


async def open_root(store: Store, clock: GivenClock):
    await store.writer.decide(opens(opening()))
    (root,) = await store.outbox.take(SUPPORT, clock.now(), 1)
    return root


async def test_a_lane_has_one_holder(store: Store):
    first = await store.lanes.lease(SUPPORT, "a", 30)

    assert first is not None
    assert await store.lanes.lease(SUPPORT, "b", 30) is None
    assert await store.lanes.lease(SUPPORT, "a", 30) == first
    await store.lanes.give_back(SUPPORT, "b")
    assert await store.lanes.lease(SUPPORT, "b", 30) is None
    await store.lanes.give_back(SUPPORT, "a")
    second = await store.lanes.lease(SUPPORT, "b", 30)
    assert second is not None
    assert second > first


async def test_of_many_who_want_a_lane_one_gets_it(store: Store):
    fences = await asyncio.gather(*(store.lanes.lease(SUPPORT, f"holder-{index}", 30) for index in range(10)))

    assert sum(fence is not None for fence in fences) == 1


async def test_nothing_is_handed_out_under_an_old_fence(store: Store, clock: GivenClock):
    await store.writer.decide(opens(opening()))
    old = await store.lanes.lease(SUPPORT, "a", 30)
    await store.lanes.give_back(SUPPORT, "a")
    assert await store.outbox.take(SUPPORT, clock.now(), 1, old) == []
    new = await store.lanes.lease(SUPPORT, "b", 30)

    assert await store.outbox.take(SUPPORT, clock.now(), 1, old) == []
    assert len(await store.outbox.take(SUPPORT, clock.now(), 1, new)) == 1


async def test_what_the_last_holder_left_on_its_way_is_unknown_to_the_next(store: Store, clock: GivenClock):
    await store.writer.decide(opens(opening()))
    fence = await store.lanes.lease(SUPPORT, "a", 30)
    (taken,) = await store.outbox.take(SUPPORT, clock.now(), 1, fence)
    assert await store.lanes.lease(SUPPORT, "a", 30) == fence
    assert await store.outbox.take(SUPPORT, clock.now(), 1, fence) == []
    await store.lanes.give_back(SUPPORT, "a")

    fence = await store.lanes.lease(SUPPORT, "b", 30)
    (again,) = await store.outbox.take(SUPPORT, clock.now(), 1, fence)

    assert (again.id, again.unknown, again.attempted_at) == (taken.id, True, START)


async def test_a_message_in_an_unknown_thread_is_not_ours_when_no_root_is_on_its_way(store: Store, clock: GivenClock):
    await store.writer.decide(opens(opening()))

    assert not await store.parked.park(a_thread_message(THREAD), clock.now())
    assert await store.parked.ready(clock.now()) == []


async def test_a_message_is_parked_while_a_root_of_its_lane_is_on_its_way(store: Store, clock: GivenClock):
    root = await open_root(store, clock)
    event = a_thread_message(THREAD, "already here")
    elsewhere = a_thread_message(ThreadRef(Lane("acme-slack", "C0BILLING"), "170.1"))

    assert await store.parked.park(event, clock.now())
    assert await store.parked.park(event, clock.now())
    assert not await store.parked.park(elsewhere, clock.now())
    assert await store.parked.ready(clock.now()) == []
    await store.outbox.finish(root, Ending.UNKNOWN, now=clock.now())
    assert await store.parked.ready(clock.now()) == []
    (root,) = await store.outbox.take(SUPPORT, clock.now(), 1)
    await store.outbox.finish(root, Ending.DONE, now=clock.now(), posted=Posted(thread="170.1"))

    assert await store.parked.ready(clock.now()) == [event]
    await store.parked.remove(event.key)
    assert await store.parked.ready(clock.now()) == []


async def test_a_message_whose_thread_was_bound_in_between_is_parked_and_ready(store: Store, clock: GivenClock):
    root = await open_root(store, clock)
    await store.outbox.finish(root, Ending.DONE, now=clock.now(), posted=Posted(thread="170.1"))
    event = a_thread_message(THREAD)

    assert await store.parked.park(event, clock.now())
    assert await store.parked.ready(clock.now()) == [event]


async def test_a_parked_message_waits_a_quarter_of_an_hour_at_most(store: Store, clock: GivenClock):
    await open_root(store, clock)
    event = a_thread_message(THREAD)
    await store.parked.park(event, clock.now())
    clock.advance(timedelta(minutes=15).total_seconds())

    assert await store.parked.ready(clock.now()) == [event]


async def test_an_outage_begins_once_and_ends_once(store: Store, clock: GivenClock):
    await store.outages.begin("acme-slack", clock.now())
    clock.advance(minutes=5)
    await store.outages.begin("acme-slack", clock.now())
    assert await store.outages.open() == {"acme-slack": START}

    ends = await asyncio.gather(*(store.outages.end("acme-slack", clock.now()) for _ in range(3)))

    assert sorted(ends, key=str) == sorted([START, None, None], key=str)
    assert await store.outages.open() == {}
