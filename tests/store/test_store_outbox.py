"""The outbox: order, claims, outcomes."""

from dataclasses import replace
from datetime import timedelta

from bridge.domain.change import Change, Rewrite
from bridge.domain.deliveries import (
    Delivery,
    DeliveryState,
    Ending,
    Mark,
    MarkKind,
    Posted,
    Strand,
    TellBot,
    Urgency,
)
from bridge.domain.refs import MessageRef, ThreadRef
from bridge.domain.words import WordsState
from bridge.store import Store
from bridge.store.asks import Situation
from tests.given_time import GivenClock
from tests.samples import (
    SHOP_LANE,
    START,
    SUPPORT,
    a_card,
    asks,
    member_replies,
)
from tests.store.outbox_steps import done, opened, post_root, say, take_one, text_of


async def test_words_wait_for_the_root_and_then_for_each_other(store: Store, clock: GivenClock):
    ticket = await opened(store)
    await say(store, ticket.id, "one", "two")

    assert [taken.delivery.strand for taken in await store.outbox.take(SUPPORT, clock.now(), 10)] == [Strand.ROOT]


async def test_a_posted_root_binds_its_thread_and_frees_the_first_words(store: Store, clock: GivenClock):
    ticket = await opened(store)
    await say(store, ticket.id, "one", "two")

    await post_root(store, clock)

    thread = ThreadRef(SUPPORT, "170.1")
    assert (await store.tickets.get(ticket.id)).thread == thread
    assert (await store.tickets.get(ticket.id)).version == ticket.version + 2
    assert await store.threads.ticket_of(thread) == (ticket.id, True)
    first = await take_one(store, clock)
    assert await text_of(store, first) == "one"
    assert await store.outbox.take(SUPPORT, clock.now(), 10) == []
    await done(store, clock, first)
    assert await text_of(store, await take_one(store, clock)) == "two"


async def test_a_card_that_is_slow_never_delays_words(store: Store, clock: GivenClock):
    ticket = await opened(store)
    await post_root(store, clock)
    await store.writer.decide(
        asks(ticket.id, lambda now: Change(ticket=now.ticket, code="x", deliveries=(a_card(ticket.id),)))
    )
    card = await take_one(store, clock)
    assert card.delivery.strand is Strand.CARD

    await say(store, ticket.id, "quick")

    assert await text_of(store, await take_one(store, clock)) == "quick"


async def test_words_written_while_the_root_is_on_its_way_follow_it(store: Store, clock: GivenClock):
    ticket = await opened(store)
    root = await take_one(store, clock)
    await say(store, ticket.id, "early")
    assert await store.outbox.take(SUPPORT, clock.now(), 10) == []

    await done(store, clock, root, posted=Posted(thread="170.1"))

    assert await text_of(store, await take_one(store, clock)) == "early"


async def test_a_dead_message_lets_the_queue_go_on(store: Store, clock: GivenClock):
    ticket = await opened(store)
    await post_root(store, clock)
    await say(store, ticket.id, "poison", "fine")
    poison = await take_one(store, clock)

    await store.outbox.finish(poison, Ending.DEAD, now=clock.now(), reason="invalid blocks")

    assert await text_of(store, await take_one(store, clock)) == "fine"
    (view,) = await store.outbox.views([DeliveryState.DEAD])
    assert (view.id, view.reason, view.attempts) == (poison.id, "invalid blocks", 1)


async def test_a_retry_waits_for_its_time_and_blocks_only_its_own_strand(store: Store, clock: GivenClock):
    ticket = await opened(store)
    await post_root(store, clock)
    await say(store, ticket.id, "first", "second")
    first = await take_one(store, clock)
    later = clock.now() + timedelta(seconds=30)
    await store.outbox.finish(first, Ending.RETRY, now=clock.now(), not_before=later, reason="ratelimited")

    assert (
        await store.outbox.ready_lanes(clock.now()) == [SHOP_LANE] or await store.outbox.ready_lanes(clock.now()) == []
    )
    assert await store.outbox.take(SUPPORT, clock.now(), 10) == []
    assert await store.outbox.next_due() == later
    clock.advance(seconds=30)

    again = await take_one(store, clock)
    assert (again.id, again.attempt, again.first_at, again.unknown) == (first.id, 2, START, False)


async def test_an_unknown_outcome_is_handed_out_for_a_look_with_the_time_of_its_attempt(
    store: Store, clock: GivenClock
):
    await opened(store)
    root = await take_one(store, clock)
    began = clock.now()
    await store.outbox.finish(root, Ending.UNKNOWN, now=clock.now(), not_before=began + timedelta(seconds=5))
    clock.advance(seconds=5)

    looked = await take_one(store, clock)

    assert (looked.unknown, looked.attempt, looked.attempted_at) == (True, 2, began)


async def test_a_late_success_counts_but_a_late_failure_does_not(store: Store, clock: GivenClock):
    await opened(store)
    root = await take_one(store, clock)
    await store.outbox.finish(root, Ending.UNKNOWN, now=clock.now())
    again = await take_one(store, clock)

    assert not await store.outbox.finish(root, Ending.DEAD, now=clock.now(), reason="late")
    assert await done(store, clock, root, posted=Posted(thread="170.1"))
    assert not await done(store, clock, again, posted=Posted(thread="170.2"))


async def test_what_was_not_attempted_counts_no_attempt(store: Store, clock: GivenClock):
    await opened(store)
    taken = await take_one(store, clock)
    later = clock.now() + timedelta(seconds=1)

    await store.outbox.give_back([taken], later)

    assert await store.outbox.take(SUPPORT, clock.now(), 1) == []
    clock.advance(seconds=1)
    again = await take_one(store, clock)
    assert (again.attempt, again.first_at) == (1, None)


async def test_what_follows_from_an_outcome_is_committed_with_it(store: Store, clock: GivenClock):
    ticket = await opened(store)
    origin = MessageRef(SUPPORT, "170.1", "170.9")
    await store.writer.decide(asks(ticket.id, lambda now: member_replies(now.ticket, "hello", origin=origin)))
    told = await take_one(store, clock, SHOP_LANE)
    seen: list[Situation] = []

    def after(situation: Situation) -> Change:
        seen.append(situation)
        (message,) = situation.messages.values()
        mark = Delivery(
            lane=SUPPORT,
            content=Mark(message.id, MarkKind.SENT),
            strand=Strand.MARKS,
            urgency=Urgency.WORDS,
            ticket=ticket.id,
        )
        rewrite = Rewrite(message=message.id, state=WordsState.SENT)
        return Change(ticket=situation.ticket, code="delivered", rewrites=(rewrite,), deliveries=(mark,))

    await done(store, clock, told, after=after)

    (situation,) = seen
    assert situation.brief.title == "Refund not received"
    assert situation.user.name == "Mara"
    (message,) = situation.messages.values()
    assert (await store.messages.get(message.id)).state is WordsState.SENT
    await post_root(store, clock)
    assert (await take_one(store, clock)).delivery.content == Mark(message.id, MarkKind.SENT)


async def test_an_outcome_is_recorded_even_if_what_follows_fails(store: Store, clock: GivenClock):
    ticket = await opened(store)

    def after(_: Situation) -> Change:
        raise RuntimeError("a fault of ours")

    assert await done(store, clock, await take_one(store, clock), posted=Posted(thread="170.1"), after=after)
    assert (await store.tickets.get(ticket.id)).thread == ThreadRef(SUPPORT, "170.1")


async def test_a_callback_carries_one_id_for_feed_delivery_and_webhook(store: Store, clock: GivenClock):
    ticket = await opened(store)
    await store.writer.decide(asks(ticket.id, lambda now: member_replies(now.ticket)))

    taken = await take_one(store, clock, SHOP_LANE)

    assert isinstance(taken.delivery.content, TellBot)
    assert taken.id == taken.delivery.id == taken.delivery.content.told
    filled = await store.feed.get(taken.delivery.content.told)
    assert (filled.row.type, filled.message.text) == ("message.created", "On its way.")


async def test_coalesced_deliveries_are_one_until_it_is_taken(store: Store, clock: GivenClock):
    ticket = await opened(store)
    await post_root(store, clock)

    async def refresh() -> None:
        change = Change(ticket=ticket, code="x", deliveries=(a_card(ticket.id), a_card(ticket.id)))
        await store.writer.decide(asks(ticket.id, lambda now: replace(change, ticket=now.ticket)))

    await refresh()
    await refresh()
    taken = await take_one(store, clock)
    assert await store.outbox.take(SUPPORT, clock.now(), 10) == []

    await refresh()
    await store.outbox.finish(taken, Ending.DONE, now=clock.now())
    newer = await take_one(store, clock)
    assert newer.id != taken.id
