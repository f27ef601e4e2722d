"""The outbox: order, claims, outcomes."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bridge.domain.change import Change, Rewrite
from bridge.domain.deliveries import (
    Delivery,
    DeliveryState,
    Digest,
    Ending,
    Mark,
    MarkKind,
    Posted,
    PostWords,
    Strand,
    Taken,
    TellBot,
    Urgency,
)
from bridge.domain.refs import Lane, MessageRef, ThreadRef, TicketId
from bridge.domain.ticket import Ticket
from bridge.domain.words import WordsState
from bridge.store import Store, claims
from bridge.store.asks import Situation
from bridge.store.strands import run
from bridge.store.writer import Tx
from tests.given_time import GivenClock
from tests.samples import (
    POLICY,
    SHOP_LANE,
    START,
    SUPPORT,
    a_card,
    a_message,
    a_root,
    asks,
    member_replies,
    opening,
    opens,
    user_says,
    words,
)


async def opened(store: Store, **said: object) -> Ticket:
    change = opening(**said)
    await store.writer.decide(opens(change))
    found = await store.tickets.get(change.ticket.id)
    assert found is not None
    return found


async def say(store: Store, ticket: TicketId, *texts: str) -> None:
    for text in texts:
        await store.writer.decide(asks(ticket, lambda now, text=text: user_says(now.ticket, text)))


async def take_one(store: Store, clock: GivenClock, lane: Lane = SUPPORT) -> Taken:
    (taken,) = await store.outbox.take(lane, clock.now(), 1)
    return taken


async def done(store: Store, clock: GivenClock, taken: Taken, **said: object) -> bool:
    return await store.outbox.finish(taken, Ending.DONE, now=clock.now(), **said)


async def post_root(store: Store, clock: GivenClock, root: str = "170.1", lane: Lane = SUPPORT) -> None:
    taken = await take_one(store, clock, lane)
    assert taken.delivery.strand is Strand.ROOT
    await done(store, clock, taken, posted=Posted(thread=root))


async def text_of(store: Store, taken: Taken) -> str:
    content = taken.delivery.content
    assert isinstance(content, PostWords)
    message = await store.messages.get(content.message)
    assert message is not None
    return message.text


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


async def test_a_coalesced_delivery_that_must_be_tried_again_gives_way_to_a_newer_one(store: Store, clock: GivenClock):
    ticket = await opened(store)
    await post_root(store, clock)
    refresh = asks(ticket.id, lambda now: Change(ticket=now.ticket, code="x", deliveries=(a_card(ticket.id),)))
    await store.writer.decide(refresh)
    older = await take_one(store, clock)
    await store.writer.decide(refresh)

    await store.outbox.finish(older, Ending.RETRY, now=clock.now())

    newer = await take_one(store, clock)
    assert newer.id != older.id
    await store.outbox.finish(newer, Ending.RETRY, now=clock.now())
    assert (await take_one(store, clock)).id == newer.id


async def test_a_digest_belongs_to_no_ticket_and_is_remembered_by_its_lane(store: Store, clock: GivenClock):
    ticket = await opened(store)
    digest = Delivery(
        lane=SUPPORT, content=Digest(crossing=True), strand=Strand.MARKS, urgency=Urgency.REMINDER, coalesce="digest"
    )
    for _ in range(2):
        await store.writer.decide(
            asks(ticket.id, lambda now: Change(ticket=now.ticket, code="x", deliveries=(digest,)))
        )
    await post_root(store, clock)
    taken = await take_one(store, clock)
    assert (taken.delivery.content, taken.delivery.ticket) == (Digest(crossing=True), None)
    assert await store.lanes.digest(SUPPORT) is None

    await done(store, clock, taken, posted=Posted(message=MessageRef(SUPPORT, None, "180.1")))

    assert await store.lanes.digest(SUPPORT) == MessageRef(SUPPORT, None, "180.1")
    assert await store.outbox.take(SUPPORT, clock.now(), 10) == []


async def test_withdrawn_words_never_leave_and_free_those_behind_them(store: Store, clock: GivenClock):
    ticket = await opened(store)
    await post_root(store, clock)
    await say(store, ticket.id, "regretted", "kept")
    regretted = (await store.messages.of(ticket.id))[0]

    await store.writer.decide(
        asks(ticket.id, lambda now: Change(ticket=now.ticket, code="x", withdrawals=(regretted.id,)))
    )

    assert await text_of(store, await take_one(store, clock)) == "kept"
    assert len(await store.outbox.views([DeliveryState.WITHDRAWN])) == 1


async def test_words_on_their_way_are_not_withdrawn(store: Store, clock: GivenClock):
    ticket = await opened(store)
    await post_root(store, clock)
    await say(store, ticket.id, "gone out")
    taken = await take_one(store, clock)
    (message,) = await store.messages.of(ticket.id)

    await store.writer.decide(
        asks(ticket.id, lambda now: Change(ticket=now.ticket, code="x", withdrawals=(message.id,)))
    )

    assert await done(store, clock, taken)


async def test_an_expired_delivery_is_dropped_when_its_turn_comes(store: Store, clock: GivenClock):
    ticket = await opened(store)
    await post_root(store, clock)
    message = a_message(ticket.id, "typing")
    stale = words(ticket.id, message.id, expires_at=clock.now() + timedelta(seconds=10))
    await store.writer.decide(
        asks(ticket.id, lambda now: Change(ticket=now.ticket, code="x", messages=(message,), deliveries=(stale,)))
    )
    await say(store, ticket.id, "fresh")
    clock.advance(seconds=10)

    assert await store.outbox.take(SUPPORT, clock.now(), 10) == []
    assert await text_of(store, await take_one(store, clock)) == "fresh"


async def test_parts_of_a_long_text_stand_in_its_place(store: Store, clock: GivenClock):
    ticket = await opened(store)
    await post_root(store, clock)
    await say(store, ticket.id, "very long", "after it")
    whole = await take_one(store, clock)

    part = await store.outbox.split(whole, 3)

    keys = []
    for index in range(3):
        assert part.delivery.content == PostWords(whole.delivery.content.message, part=index, parts=3)
        keys.append(part.id)
        ref = MessageRef(SUPPORT, "170.1", f"170.{index + 2}")
        await done(store, clock, part, posted=Posted(message=ref))
        part = await take_one(store, clock)
    assert keys == [f"{whole.id}/1", f"{whole.id}/2", f"{whole.id}/3"]
    assert await text_of(store, part) == "after it"
    shown = await store.messages.shown(whole.delivery.content.message, SUPPORT)
    assert [ref.message for ref in shown] == ["170.2", "170.3", "170.4"]


async def test_the_most_urgent_head_goes_first(store: Store, clock: GivenClock):
    ticket = await opened(store)
    await post_root(store, clock)
    message = a_message(ticket.id)
    change = Change(
        ticket=ticket, code="x", messages=(message,), deliveries=(a_card(ticket.id), words(ticket.id, message.id))
    )
    await store.writer.decide(asks(ticket.id, lambda now: replace(change, ticket=now.ticket)))

    taken = await store.outbox.take(SUPPORT, clock.now(), 2)

    assert [one.delivery.strand for one in taken] == [Strand.WORDS, Strand.CARD]


async def test_a_second_root_takes_over_and_one_overtaken_by_a_reroute_does_not(store: Store, clock: GivenClock):
    ticket = await opened(store)
    late = await take_one(store, clock)
    other = Lane("acme-slack", "C0BILLING")
    moved = replace(POLICY, route="billing", lane=other)
    await store.writer.decide(
        asks(
            ticket.id,
            lambda now: Change(
                ticket=replace(now.ticket, policy=moved), code="rerouted", deliveries=(a_root(ticket.id, other),)
            ),
        )
    )
    await post_root(store, clock, "180.1", other)

    await done(store, clock, late, posted=Posted(thread="170.1"))

    assert (await store.tickets.get(ticket.id)).thread == ThreadRef(other, "180.1")
    assert await store.threads.ticket_of(ThreadRef(other, "180.1")) == (ticket.id, True)
    assert await store.threads.ticket_of(ThreadRef(SUPPORT, "170.1")) == (ticket.id, False)


async def test_paused_lanes_are_left_out_until_the_pause_ends(store: Store, clock: GivenClock):
    await opened(store)
    assert await store.outbox.ready_lanes(clock.now()) == [SUPPORT]
    until = clock.now() + timedelta(minutes=1)
    await store.lanes.pause("acme-slack", "token_revoked", until)

    assert await store.outbox.ready_lanes(clock.now()) == []
    assert await store.outbox.next_due() == until
    views = {view.lane: view for view in await store.lanes.views()}
    assert views[SUPPORT].paused_because == "token_revoked"
    assert views[SUPPORT].waiting == 1
    assert await store.outbox.ready_lanes(until) == [SUPPORT]
    assert await store.lanes.resume("acme-slack")
    assert not await store.lanes.resume("acme-slack")
    assert await store.outbox.ready_lanes(clock.now()) == [SUPPORT]


async def test_a_kick_tries_again_now(store: Store, clock: GivenClock):
    await opened(store)
    taken = await take_one(store, clock)
    await store.outbox.finish(taken, Ending.RETRY, now=clock.now(), not_before=clock.now() + timedelta(hours=1))

    assert await store.outbox.kick(SUPPORT, clock.now()) == 1

    assert (await take_one(store, clock)).id == taken.id


async def test_an_operator_revives_a_dead_delivery_in_its_old_place(store: Store, clock: GivenClock):
    ticket = await opened(store)
    await post_root(store, clock)
    await say(store, ticket.id, "one", "two", "three")
    dead = await take_one(store, clock)
    await store.outbox.finish(dead, Ending.DEAD, now=clock.now(), reason="x")

    assert await store.outbox.revive(dead.id)
    assert not await store.outbox.revive(dead.id)

    heads = await store.outbox.take(SUPPORT, clock.now(), 10)
    assert [await text_of(store, one) for one in heads] == ["one", "two"]


async def test_a_claim_reads_the_partial_index_however_much_is_done(sqlite_store: Store):
    async def job(tx: Tx) -> str:
        plan = await run(tx.connection, "EXPLAIN QUERY PLAN " + claims.HEADS, ["p", "c", START, 20])
        return " ".join(row["detail"] for row in plan)

    plan = await sqlite_store.writer.work(job)

    assert "USING INDEX outbox_ready (platform=? AND place=?)" in plan
    assert "USING INDEX outbox_unknown (platform=? AND place=?)" in plan
    assert "SCAN outbox" not in plan


async def test_nothing_ever_waits_without_a_reason(store: Store, clock: GivenClock):
    ticket = await opened(store)
    await say(store, ticket.id, "one", "two")
    await post_root(store, clock)

    assert await store.outbox.promote_stuck() == 0


async def test_lane_views_say_since_when_a_head_fails(store: Store, clock: GivenClock):
    await opened(store)
    taken = await take_one(store, clock)
    clock.advance(minutes=2)
    await store.outbox.finish(taken, Ending.RETRY, now=clock.now(), not_before=clock.now() + timedelta(minutes=1))

    (view,) = [view for view in await store.lanes.views() if view.lane == SUPPORT]

    assert (view.waiting, view.oldest_at, view.failing_since, view.dead, view.unknown) == (1, START, START, 0, 0)


@pytest.mark.parametrize("ending", [Ending.RETRY, Ending.UNKNOWN])
async def test_a_stale_attempt_cannot_undo_a_newer_one(store: Store, clock: GivenClock, ending: Ending):
    await opened(store)
    first = await take_one(store, clock)
    await store.outbox.finish(first, Ending.RETRY, now=clock.now())
    second = await take_one(store, clock)

    assert not await store.outbox.finish(first, ending, now=clock.now())

    assert await done(store, clock, second, posted=Posted(thread="1"))
