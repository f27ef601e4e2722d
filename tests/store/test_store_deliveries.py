"""Deliveries as operators find and settle them, with all that follows in one transaction. Both databases."""

from datetime import timedelta

import pytest

from bridge.domain.audit import Audited
from bridge.domain.deliveries import DeliveryState, Ending, Posted
from bridge.domain.errors import NotAllowed
from bridge.domain.refs import Lane, MessageRef
from bridge.domain.settling import Settlement
from bridge.store.deliveries import Wanted
from tests.samples import SUPPORT
from tests.store.outbox_steps import opened, post_root, say, take_one, text_of

DEAD, UNKNOWN, READY, WAITING = (
    DeliveryState.DEAD, DeliveryState.UNKNOWN, DeliveryState.READY, DeliveryState.WAITING,
)  # fmt: skip


def becomes(state: DeliveryState):
    return lambda _standing, _seen: Settlement(state=state)


def act(clock, action="delivery.retried"):
    return Audited(at=clock.now(), actor="operator:root", via="command", action=action, object="x")


async def ended(store, clock, ending, **more):
    taken = await take_one(store, clock)
    await store.outbox.finish(taken, ending, now=clock.now(), **more)
    return taken.id


async def states(store, **wish):
    views, _ = await store.deliveries.page(Wanted(states=tuple(DeliveryState), **wish))
    return {view.id: view.state for view in views}


async def test_words_that_are_sent_anew_take_their_old_place(store, clock):
    ticket = await opened(store)
    await post_root(store, clock)
    await say(store, ticket.id, "first", "second", "third")
    first = await ended(store, clock, Ending.DEAD, reason="msg_too_long")

    await store.deliveries.settle(first, becomes(READY), audited=act(clock))

    taken = await take_one(store, clock)
    assert (taken.id, await text_of(store, taken)) == (first, "first")
    assert [row.action for row in (await store.audit.page()).rows] == ["delivery.retried"]


async def test_what_is_withdrawn_frees_those_behind_it(store, clock):
    ticket = await opened(store)
    await post_root(store, clock)
    await say(store, ticket.id, "first", "second")
    first = await ended(store, clock, Ending.UNKNOWN, not_before=clock.now() + timedelta(days=1))
    assert await store.outbox.take(SUPPORT, clock.now(), 1) == []

    await store.deliveries.settle(first, becomes(DeliveryState.WITHDRAWN), audited=act(clock))

    assert await text_of(store, await take_one(store, clock)) == "second"


async def test_a_root_that_is_adopted_binds_its_thread_and_one_that_is_taken_is_refused(store, clock):
    ticket = await opened(store)
    other = await opened(store)
    later = clock.now() + timedelta(days=1)
    name = await ended(store, clock, Ending.UNKNOWN, not_before=later)
    second = await ended(store, clock, Ending.UNKNOWN, not_before=later)

    await store.deliveries.settle(name, becomes(DeliveryState.DONE), audited=act(clock), posted=Posted(thread="170.1"))
    with pytest.raises(NotAllowed, match="link_taken"):
        await store.deliveries.settle(
            second, becomes(DeliveryState.DONE), audited=act(clock), posted=Posted(thread="170.1")
        )

    assert (await store.tickets.get(ticket.id)).thread.root == "170.1"
    assert (await store.tickets.get(other.id)).thread is None
    assert (await states(store))[second] == UNKNOWN
    assert len((await store.audit.page()).rows) == 1


async def test_a_post_that_shows_something_already_is_not_adopted_again(store, clock):
    ticket = await opened(store)
    await post_root(store, clock)
    await say(store, ticket.id, "first", "second")
    there = MessageRef(SUPPORT, "170.1", "170.2")
    first = await take_one(store, clock)
    await store.outbox.finish(first, Ending.DONE, now=clock.now(), posted=Posted(message=there))
    second = await ended(store, clock, Ending.UNKNOWN)

    for message in (there, MessageRef(SUPPORT, "170.1", "170.1")):
        with pytest.raises(NotAllowed, match="link_taken"):
            await store.deliveries.settle(
                second, becomes(DeliveryState.DONE), audited=act(clock), posted=Posted(message=message)
            )


async def test_deliveries_are_found_by_state_lane_and_age_and_page_by_page(store, clock):
    for _ in range(3):
        await opened(store)
        await ended(store, clock, Ending.DEAD)
        clock.advance(hours=1)

    wanted = Wanted(states=[DEAD], lane=Lane(SUPPORT.platform, ""))
    first, further = await store.deliveries.page(wanted, limit=2)
    rest, end = await store.deliveries.page(wanted, limit=2, cursor=further)
    assert [view.number for view in (*first, *rest)] == [1001, 1002, 1003]
    assert end is None
    old, _ = await store.deliveries.page(Wanted(states=[DEAD], before=clock.now() - timedelta(minutes=90)))
    assert [view.number for view in old] == [1001, 1002]
    assert await states(store, lane=Lane("elsewhere", "")) == {}


async def test_what_an_operator_paused_is_neither_overwritten_nor_resumed_by_handrail_itself(store, clock):
    await store.lanes.pause("acme-slack", "an operator paused it", by=act(clock, "lane.paused"))
    await store.lanes.pause("acme-slack", "slow down", clock.now() + timedelta(seconds=1))

    assert not await store.lanes.resume("acme-slack")
    assert await store.lanes.stopped_platforms() == set()
    (view,) = await store.lanes.views()
    assert (view.paused_because, view.paused_until, view.paused_by) == ("an operator paused it", None, "operator:root")
    assert await store.lanes.resume("acme-slack", by=act(clock, "lane.resumed"))
    assert [row.action for row in (await store.audit.page()).rows] == ["lane.resumed", "lane.paused"]
