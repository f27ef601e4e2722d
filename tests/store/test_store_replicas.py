"""Two daemons on one PostgreSQL."""

import asyncio
import random
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from bridge.domain.deliveries import Ending, Posted, PostWords, Strand
from bridge.domain.errors import StoreTrouble
from bridge.domain.refs import ConversationRef
from bridge.store import Store
from bridge.store.asks import Ask, ByConversation
from tests.conftest import Postgres
from tests.given_time import GivenClock
from tests.samples import SHOP, SHOP_LANE, SUPPORT, asks, member_replies, opening, opens, user_says

pytestmark = pytest.mark.postgres


@pytest.fixture
async def pair(postgres: Postgres, clock: GivenClock) -> AsyncIterator[tuple[Store, Store]]:
    url = await postgres.create()
    stores = [await Store.open(url, clock=clock) for _ in range(2)]
    for store in stores:
        await store.start()
    yield stores[0], stores[1]
    for store in stores:
        await store.close()
    await postgres.drop(url)


async def test_a_key_given_to_both_has_one_effect(pair: tuple[Store, Store]):
    change = opening("conv-a")

    verdicts = await asyncio.gather(
        *(store.writer.decide(opens(replace(change), "k1")) for store in pair for _ in range(5))
    )

    assert sum(not verdict.replayed for verdict in verdicts) == 1
    assert len((await pair[0].tickets.list(SHOP))[0]) == 1


async def test_a_conversation_opened_at_both_has_one_ticket(pair: tuple[Store, Store]):
    def open_or_merge(now):
        return opening("conv-a") if now.ticket is None else user_says(now.ticket, "merged")

    ask = Ask(find=ByConversation(ConversationRef(SHOP, "conv-a")), decide=open_or_merge)
    await asyncio.gather(*(store.writer.decide(ask) for store in pair for _ in range(10)))

    (ticket,), _ = await pair[0].tickets.list(SHOP)
    assert ticket.seq == 20
    assert [entry.seq for entry in (await pair[1].tickets.view(ticket.id)).entries] == list(range(1, 21))


async def test_both_write_to_many_tickets_and_no_entry_is_lost(pair: tuple[Store, Store]):
    changes = [opening() for _ in range(6)]
    for change in changes:
        await pair[0].writer.decide(opens(change))
    order = [(store, change.ticket.id) for store in pair for change in changes for _ in range(10)]
    random.Random(7).shuffle(order)

    await asyncio.gather(
        *(store.writer.decide(asks(ticket, lambda now: member_replies(now.ticket))) for store, ticket in order)
    )

    for change in changes:
        view = await pair[0].tickets.view(change.ticket.id)
        assert [entry.seq for entry in view.entries] == list(range(1, 22))
    assert [row.row.cursor for row in await pair[1].feed.after(SHOP, 0, 500)] == list(range(1, 127))


async def test_a_feed_read_while_both_write_never_skips(pair: tuple[Store, Store]):
    changes = [opening() for _ in range(4)]
    for change in changes:
        await pair[0].writer.decide(opens(change))
    seen: list[int] = []
    writing = asyncio.gather(
        *(
            store.writer.decide(asks(change.ticket.id, lambda now: member_replies(now.ticket)))
            for _ in range(15)
            for store in pair
            for change in changes
        )
    )

    while not writing.done() or await pair[0].feed.latest(SHOP) > len(seen):
        seen.extend(row.row.cursor for row in await pair[0].feed.after(SHOP, seen[-1] if seen else 0, 7))
        await asyncio.sleep(0)
    await writing

    assert seen == list(range(1, len(seen) + 1))
    assert len(seen) == 4 + 120


async def test_nothing_waits_for_ever_while_both_write_and_deliver(pair: tuple[Store, Store], clock: GivenClock):
    changes = [opening() for _ in range(4)]
    posted: dict[str, list[str]] = {}

    async def write(store: Store) -> None:
        for number in range(12):
            for change in changes:
                await store.writer.decide(asks(change.ticket.id, lambda now, n=number: user_says(now.ticket, str(n))))

    async def deliver(store: Store, name: str, writing: "asyncio.Future[object]") -> None:
        idle = 0
        while idle < 3:
            fence = await store.lanes.lease(SUPPORT, name, 30)
            taken = await store.outbox.take(SUPPORT, clock.now(), 3, fence) if fence else []
            for one in taken:
                content = one.delivery.content
                if isinstance(content, PostWords):
                    posted.setdefault(one.delivery.ticket, []).append(content.message)
                thread = Posted(thread=f"root-{one.delivery.ticket}") if one.delivery.strand is Strand.ROOT else None
                await store.outbox.finish(one, Ending.DONE, now=clock.now(), posted=thread)
            if fence:
                await store.lanes.give_back(SUPPORT, name)
            idle = idle + 1 if fence and not taken and writing.done() else 0
            await asyncio.sleep(0)

    for change in changes:
        await pair[0].writer.decide(opens(change))
    writing = asyncio.gather(*(write(store) for store in pair))
    await asyncio.gather(*(deliver(store, f"drain-{index}", writing) for index, store in enumerate(pair)), writing)

    assert await pair[0].outbox.promote_stuck() == 0
    for change in changes:
        said = [message.id for message in await pair[0].messages.of(change.ticket.id)]
        assert posted[change.ticket.id] == said
        assert len(said) == 24


async def test_a_lease_that_ran_out_is_taken_over_and_the_old_fence_is_worth_nothing(
    pair: tuple[Store, Store], clock: GivenClock
):
    first, second = pair
    await first.writer.decide(opens(opening()))
    old = await first.lanes.lease(SUPPORT, "first", 1)
    (taken,) = await first.outbox.take(SUPPORT, clock.now(), 1, old)
    assert await second.lanes.lease(SUPPORT, "second", 30) is None
    new = None
    while new is None:
        await asyncio.sleep(0.1)
        new = await second.lanes.lease(SUPPORT, "second", 30)

    assert await first.outbox.take(SUPPORT, clock.now(), 1, old) == []
    (again,) = await second.outbox.take(SUPPORT, clock.now(), 1, new)
    assert (again.id, again.unknown) == (taken.id, True)
    assert not await first.outbox.finish(taken, Ending.RETRY, now=clock.now())


async def test_one_delivery_is_taken_once_by_many(pair: tuple[Store, Store], clock: GivenClock):
    for _ in range(10):
        await pair[0].writer.decide(opens(opening()))

    batches = await asyncio.gather(*(store.outbox.take(SUPPORT, clock.now(), 4) for store in pair for _ in range(5)))

    ids = [one.id for batch in batches for one in batch]
    assert len(ids) == len(set(ids)) == 10


async def test_connections_that_are_cut_heal(pair: tuple[Store, Store], postgres: Postgres):
    store = pair[0]
    change = opening()
    await store.writer.decide(opens(change))
    await postgres.run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'handrail'")

    for _ in range(20):
        try:
            await store.writer.decide(asks(change.ticket.id, lambda now: user_says(now.ticket, "back")))
            assert await store.tickets.get(change.ticket.id) is not None
            break
        except StoreTrouble:
            await asyncio.sleep(0.05)

    assert [message.text for message in await store.messages.of(change.ticket.id)] == ["back"]


async def test_lanes_of_bots_are_drained_by_one_at_a_time(pair: tuple[Store, Store], clock: GivenClock):
    change = opening()
    await pair[0].writer.decide(opens(change))
    await pair[0].writer.decide(asks(change.ticket.id, lambda now: member_replies(now.ticket)))

    assert await pair[1].outbox.ready_lanes(clock.now()) == [SUPPORT, SHOP_LANE]


async def test_a_commit_wakes_the_other_daemon(pair: tuple[Store, Store]):
    change = opening()
    async with pair[0].commits.subscribe() as own, pair[1].commits.subscribe() as others:
        await pair[0].writer.decide(opens(change))
        heard = await asyncio.wait_for(anext(others), 10)
        said = await asyncio.wait_for(anext(own), 10)

    assert heard == said
    assert (heard.tickets, heard.lanes) == ({change.ticket.id}, {SUPPORT})


async def test_news_of_a_big_commit_names_at_least_its_lanes(pair: tuple[Store, Store]):
    async with pair[1].commits.subscribe() as others:
        await asyncio.gather(*(pair[0].writer.decide(opens(opening())) for _ in range(250)))
        heard = await asyncio.wait_for(anext(others), 10)

    assert heard.lanes == {SUPPORT}


async def test_a_lost_ear_is_grown_again(pair: tuple[Store, Store], postgres: Postgres):
    await postgres.run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%'")

    async with pair[1].commits.subscribe() as others:
        heard = asyncio.create_task(anext(others))
        while not heard.done():
            await pair[0].writer.decide(opens(opening()))
            await asyncio.wait([heard], timeout=0.2)

    assert (await heard).lanes == {SUPPORT}
