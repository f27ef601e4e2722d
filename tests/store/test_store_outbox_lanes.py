"""What is taken when: coalesced, expired, urgent and paused deliveries."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bridge.domain.change import Change
from bridge.domain.deliveries import (
    Delivery,
    Digest,
    Ending,
    Posted,
    PostWords,
    Strand,
    Urgency,
)
from bridge.domain.refs import Lane, MessageRef, ThreadRef
from bridge.store import Store, claims
from bridge.store.strands import run
from bridge.store.writer import Tx
from tests.given_time import GivenClock
from tests.samples import (
    POLICY,
    START,
    SUPPORT,
    a_card,
    a_message,
    a_root,
    asks,
    words,
)
from tests.store.outbox_steps import done, opened, post_root, say, take_one, text_of


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
