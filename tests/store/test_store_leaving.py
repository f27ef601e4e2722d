"""A ticket whose place is lost takes along what was not shown there yet: in order, once."""

from dataclasses import replace

import pytest

from bridge.delivery.following import what_follows
from bridge.domain.actions import LoseThread
from bridge.domain.deliveries import Ending, OpenThread, OpenWatch, Posted, PostHistory, PostWords, Taken
from bridge.domain.fanout import spread
from bridge.domain.fanout.moving import move_on
from bridge.domain.lifecycle import decide
from bridge.domain.people import system
from bridge.domain.refs import Lane, MessageRef, ThreadRef, TicketId
from bridge.store import Store
from tests.given_time import GivenClock
from tests.samples import SUPPORT, a_policy, asks, opening, opens
from tests.store.outbox_steps import done, post_root, say, take_one, text_of

SPARE = Lane("acme-discord", "42")
WATCH = Lane("acme-discord", "88")


async def lose(store: Store, clock: GivenClock, taken: Taken) -> None:
    """The platform says that there is no such place."""
    began = taken.attempted_at
    assert began is not None
    await store.outbox.finish(
        taken, Ending.DEAD, now=clock.now(), reason="is_archived", place_lost=True,
        after=lambda seen: what_follows(
            taken.delivery, Ending.DEAD, seen, clock.now(), bot_hears=False, lost_at=began
        ),
    )  # fmt: skip


async def deletes_the_thread(store: Store, clock: GivenClock, ticket: TicketId) -> None:
    gone = LoseThread(thread=ThreadRef(SUPPORT, "170.1"))
    await store.writer.decide(
        asks(
            ticket,
            lambda now: spread(now.ticket, decide(now.ticket, gone, system("thread"), clock.now()), bot_hears=False),
        )
    )


async def shown(store: Store, clock: GivenClock, lane: Lane) -> list[str]:
    """What is posted there from now on, each post finished before the next is taken."""
    said = []
    while taken := await store.outbox.take(lane, clock.now(), 1):
        content = taken[0].delivery.content
        said.append(await text_of(store, taken[0]) if isinstance(content, PostWords) else type(content).__name__)
        posted = Posted(thread="9.9") if isinstance(content, OpenThread) else None
        await done(store, clock, taken[0], posted=posted)
    return said


async def test_words_behind_a_lost_thread_go_to_a_fresh_one_in_their_order(store: Store, clock: GivenClock):
    change = opening(policy=a_policy(fallback=(SPARE,)))
    await store.writer.decide(opens(change))
    await post_root(store, clock)
    await say(store, change.ticket.id, "one", "two", "three")
    first = await take_one(store, clock)
    clock.advance(seconds=1)

    await lose(store, clock, first)

    assert await shown(store, clock, SUPPORT) == ["OpenThread", "PostHistory", "one", "two", "three"]
    found = await store.tickets.get(change.ticket.id)
    assert found is not None
    assert found.thread == ThreadRef(SUPPORT, "9.9")


async def test_a_channel_that_is_lost_with_its_thread_is_left_for_the_next_place(store: Store, clock: GivenClock):
    change = opening(policy=a_policy(fallback=(SPARE,)))
    await store.writer.decide(opens(change))
    await post_root(store, clock)
    await say(store, change.ticket.id, "one", "two")
    await lose(store, clock, await take_one(store, clock))
    clock.advance(seconds=1)
    root = await take_one(store, clock)
    assert isinstance(root.delivery.content, OpenThread)

    await lose(store, clock, root)

    assert await shown(store, clock, SUPPORT) == []
    assert await shown(store, clock, SPARE) == ["OpenThread", "PostHistory", "one", "two"]
    found = await store.tickets.get(change.ticket.id)
    assert found is not None
    assert (found.thread, found.policy.lane, found.policy.fallback) == (ThreadRef(SPARE, "9.9"), SPARE, ())
    assert await store.lanes.given_up() == {}
    [told] = [row for row in await store.feed.after(found.bot, 0, 50) if row.row.type == "ticket.undeliverable"]
    assert told.row.facts["fallback"] == str(SPARE)


async def test_a_second_loss_in_one_channel_makes_no_third_thread_there(store: Store, clock: GivenClock):
    change = opening(policy=a_policy(fallback=(SPARE,)))
    await store.writer.decide(opens(change))
    await post_root(store, clock)
    await say(store, change.ticket.id, "one")
    await lose(store, clock, await take_one(store, clock))
    clock.advance(seconds=1)
    await done(store, clock, await take_one(store, clock), posted=Posted(thread="2.2"))
    history = await take_one(store, clock)
    assert isinstance(history.delivery.content, PostHistory)

    await lose(store, clock, history)

    assert await shown(store, clock, SUPPORT) == []
    assert await shown(store, clock, SPARE) == ["OpenThread", "PostHistory", "one"]


async def test_an_attempt_at_the_lost_thread_that_ends_late_loses_nothing_else(store: Store, clock: GivenClock):
    change = opening()
    await store.writer.decide(opens(change))
    await post_root(store, clock)
    await say(store, change.ticket.id, "one")
    late = await take_one(store, clock)
    clock.advance(seconds=1)
    await lose(store, clock, replace(late, attempted_at=late.attempted_at))
    clock.advance(seconds=1)
    await done(store, clock, await take_one(store, clock), posted=Posted(thread="2.2"))
    again = await take_one(store, clock)

    await lose(store, clock, replace(again, attempted_at=late.attempted_at))

    found = await store.tickets.get(change.ticket.id)
    assert found is not None
    assert found.thread == ThreadRef(SUPPORT, "2.2")


async def test_a_card_to_watch_is_no_thread_of_the_ticket_and_blocks_nothing(store: Store, clock: GivenClock):
    change = spread(None, opening(policy=a_policy(watch=(WATCH,))), bot_hears=False)
    await store.writer.decide(opens(change))
    card = await take_one(store, clock, WATCH)
    assert isinstance(card.delivery.content, OpenWatch)

    await lose(store, clock, card)
    await post_root(store, clock)
    await say(store, change.ticket.id, "one")

    assert await shown(store, clock, SUPPORT) == ["one"]
    found = await store.tickets.get(change.ticket.id)
    assert found is not None
    assert (found.policy.lane, found.displaced) == (SUPPORT, None)


async def test_a_card_to_watch_is_remembered_as_one(store: Store, clock: GivenClock):
    change = spread(None, opening(policy=a_policy(watch=(WATCH,))), bot_hears=False)
    await store.writer.decide(opens(change))
    card = await take_one(store, clock, WATCH)
    await done(store, clock, card, posted=Posted(message=MessageRef(WATCH, None, "7.7")))

    assert await store.threads.ticket_of(ThreadRef(WATCH, "7.7")) == (change.ticket.id, False)
    assert await store.threads.only_watches(ThreadRef(WATCH, "7.7"))
    assert not await store.threads.only_watches(ThreadRef(SUPPORT, "7.7"))


async def test_a_platform_says_no_for_a_reason_of_the_words_and_a_person_must_look(store: Store, clock: GivenClock):
    change = opening(policy=a_policy(fallback=(SPARE,)))
    await store.writer.decide(opens(change))
    root = await take_one(store, clock)
    await say(store, change.ticket.id, "one")

    await store.outbox.finish(
        root, Ending.DEAD, now=clock.now(), reason="invalid_blocks",
        after=lambda seen: what_follows(root.delivery, Ending.DEAD, seen, clock.now(), bot_hears=False),
    )  # fmt: skip

    assert await shown(store, clock, SPARE) == ["OpenThread", "PostHistory", "one"]
    assert await store.lanes.given_up() == {SUPPORT: (1, "invalid_blocks")}


async def test_words_that_were_on_their_way_when_a_member_deleted_the_thread_are_no_gap(
    store: Store, clock: GivenClock
):
    change = opening()
    await store.writer.decide(opens(change))
    await post_root(store, clock)
    await say(store, change.ticket.id, "one")
    late = await take_one(store, clock)
    clock.advance(seconds=1)
    await deletes_the_thread(store, clock, change.ticket.id)

    await lose(store, clock, late)

    assert await shown(store, clock, SUPPORT) == ["OpenThread", "PostHistory"]


async def test_words_that_were_on_their_way_when_their_ticket_moved_on_are_shown_there_and_are_no_gap(
    store: Store, clock: GivenClock
):
    change = opening(policy=a_policy(fallback=(SPARE,)))
    await store.writer.decide(opens(change))
    await post_root(store, clock)
    await say(store, change.ticket.id, "one")
    late = await take_one(store, clock)
    await store.writer.decide(asks(change.ticket.id, lambda now: move_on(now.ticket, (), clock.now())))

    await lose(store, clock, late)

    assert await shown(store, clock, SUPPORT) == []
    assert await shown(store, clock, SPARE) == ["OpenThread", "PostHistory"]
    told = [filled.row.type for filled in await store.feed.after(change.ticket.bot, 0, 50)]
    assert "message.failed" not in told


async def test_words_that_wait_when_a_member_deletes_the_thread_are_shown_once_in_its_history(
    store: Store, clock: GivenClock
):
    change = opening()
    await store.writer.decide(opens(change))
    await post_root(store, clock)
    await say(store, change.ticket.id, "one", "two")
    clock.advance(seconds=1)

    await deletes_the_thread(store, clock, change.ticket.id)
    await say(store, change.ticket.id, "three")

    assert await shown(store, clock, SUPPORT) == ["OpenThread", "PostHistory", "three"]


@pytest.mark.parametrize("ending", [Ending.RETRY, Ending.UNKNOWN])
async def test_words_on_their_way_to_a_deleted_thread_are_not_posted_again_into_the_new_one(
    store: Store, clock: GivenClock, ending: Ending
):
    change = opening()
    await store.writer.decide(opens(change))
    await post_root(store, clock)
    await say(store, change.ticket.id, "one")
    on_its_way = await take_one(store, clock)
    clock.advance(seconds=1)
    await deletes_the_thread(store, clock, change.ticket.id)

    await store.outbox.finish(on_its_way, ending, now=clock.now(), not_before=clock.now())
    clock.advance(seconds=1)

    # A take that meets them gives nothing out and lets go of what they held up.
    before, after = await shown(store, clock, SUPPORT), await shown(store, clock, SUPPORT)
    assert [*before, *after] == ["OpenThread", "PostHistory"]
