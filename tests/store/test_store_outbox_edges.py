"""Deliveries that wait for what will never be, and cards painted in turn."""

from bridge.domain.change import Change
from bridge.domain.deliveries import (
    DeliveryState,
    Ending,
    Posted,
)
from bridge.domain.ticket import Ticket
from tests.samples import (
    SHOP_LANE,
    SUPPORT,
    a_card,
    a_root,
    asks,
)
from tests.store.outbox_steps import opened, say, take_one


async def test_what_waits_for_a_root_that_died_is_let_go_and_never_tried(store, clock):
    ticket = await opened(store)
    await say(store, ticket.id, "one", "two")
    root = await take_one(store, clock)
    await store.outbox.finish(root, Ending.DEAD, now=clock.now(), reason="archived")
    assert await store.outbox.take(SUPPORT, clock.now(), 10) == []
    assert await store.outbox.views([DeliveryState.WAITING, DeliveryState.READY]) == [
        view for view in await store.outbox.views([DeliveryState.READY]) if view.lane == SHOP_LANE
    ]


async def test_what_waits_behind_a_second_root_that_died_still_reaches_the_thread_there_is(store, clock):
    ticket = await opened(store)
    root = await take_one(store, clock)
    await store.outbox.finish(root, Ending.DONE, now=clock.now(), posted=Posted(thread="r1"))
    await store.writer.decide(
        asks(ticket.id, lambda now: Change(ticket=now.ticket, code="x", deliveries=(a_root(now.ticket.id),)))
    )
    await say(store, ticket.id, "one")
    second = await take_one(store, clock)
    await store.outbox.finish(second, Ending.DEAD, now=clock.now(), reason="archived")
    assert len(await store.outbox.take(SUPPORT, clock.now(), 10)) == 1


async def test_a_card_is_not_painted_anew_while_its_last_painting_is_on_the_way(store, clock):
    ticket, other = await opened(store), await opened(store)
    for one in (ticket, other):
        await store.outbox.finish(
            await take_one(store, clock), Ending.DONE, now=clock.now(), posted=Posted(thread=one.id)
        )

    async def repaint(one: Ticket) -> None:
        await store.writer.decide(
            asks(one.id, lambda now: Change(ticket=now.ticket, code="x", deliveries=(a_card(now.ticket.id),)))
        )

    await repaint(ticket)
    first = await take_one(store, clock)
    await repaint(ticket)
    await repaint(other)
    [free] = await store.outbox.take(SUPPORT, clock.now(), 10)
    assert free.delivery.ticket == other.id
    await store.outbox.finish(first, Ending.DONE, now=clock.now())
    [second] = await store.outbox.take(SUPPORT, clock.now(), 10)
    assert second.delivery.ticket == ticket.id
