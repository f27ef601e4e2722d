"""Callbacks that are held for their age, let go and given up: in the outbox and in the feed."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bridge.domain.change import Callback, Change, Fate, Rewrite, Told
from bridge.domain.deliveries import DeliveryState, Ending
from bridge.domain.refs import MessageId, TicketId
from bridge.domain.words import WordsState
from bridge.store import Store
from bridge.store.asks import Situation
from tests.given_time import GivenClock
from tests.samples import SHOP, SHOP_LANE, START, an_actor, asks, closing, member_replies, tell
from tests.store.outbox_steps import done, opened, take_one

STATE = {
    Fate.HELD: WordsState.STALE, Fate.GOES: WordsState.SENDING, Fate.NEVER: WordsState.UNSENT,
    Fate.KNOWN: WordsState.DELIVERED,
}  # fmt: skip


async def reply(store: Store, ticket: TicketId, text: str) -> MessageId:
    await store.writer.decide(asks(ticket, lambda now: member_replies(now.ticket, text)))
    return (await store.messages.of(ticket))[-1].id


async def close(store: Store, ticket: TicketId) -> None:
    """The bot is to hear of it, too."""
    change = lambda now: replace(closing(now.ticket), deliveries=(tell(ticket),))  # noqa: E731 - the store's own shape
    await store.writer.decide(asks(ticket, change))


async def corrected(store: Store, ticket: TicketId, message: MessageId) -> None:
    """Its writer changed it after it was told."""

    def change(now: Situation) -> Change:
        seq = now.ticket.seq + 1
        told = Told(type="message.updated", seq=seq, at=START, actor=an_actor(), message=message)
        return Change(
            ticket=replace(now.ticket, seq=seq), code="edited", told=(told,), deliveries=(tell(ticket),),
            rewrites=(Rewrite(message=message, text="corrected"),),
        )  # fmt: skip

    await store.writer.decide(asks(ticket, change))


async def becomes(store: Store, ticket: TicketId, message: MessageId, fate: Fate, **said: object) -> None:
    callback = Callback(message=message, fate=fate, held=fate is not Fate.HELD, **said)
    rewrite = Rewrite(message=message, state=STATE[fate])
    await store.writer.decide(
        asks(ticket, lambda now: Change(ticket=now.ticket, code="x", callbacks=(callback,), rewrites=(rewrite,)))
    )


async def told(store: Store, after: int = 0) -> list[tuple[str, str]]:
    rows = await store.feed.after(SHOP, after, 100)
    return [(filled.row.type, filled.message.text if filled.message else "") for filled in rows]


async def test_a_reply_that_was_given_up_never_leaves_and_frees_what_is_behind_it(store: Store, clock: GivenClock):
    ticket = (await opened(store)).id
    regretted = await reply(store, ticket, "regretted")
    kept = await reply(store, ticket, "kept")

    await becomes(store, ticket, regretted, Fate.NEVER)

    taken = await take_one(store, clock, SHOP_LANE)
    assert (await store.feed.get(taken.delivery.content.told)).message.id == kept
    assert len(await store.outbox.views([DeliveryState.WITHDRAWN])) == 1
    assert [text for kind, text in await told(store) if kind == "message.created"] == ["kept"]


async def test_a_correction_of_a_reply_that_was_given_up_is_not_read_either(store: Store):
    ticket = (await opened(store)).id
    message = await reply(store, ticket, "regretted")
    await corrected(store, ticket, message)

    await becomes(store, ticket, message, Fate.NEVER)

    assert await told(store) == [("ticket.opened", "")]


async def test_a_reply_on_its_way_is_not_taken_back_and_how_that_ends_counts(store: Store, clock: GivenClock):
    ticket = (await opened(store)).id
    message = await reply(store, ticket, "gone out")
    taken = await take_one(store, clock, SHOP_LANE)

    await becomes(store, ticket, message, Fate.NEVER)

    assert await done(store, clock, taken)


async def test_a_held_reply_keeps_all_behind_it_waiting_and_leaves_under_the_id_it_had(store: Store, clock: GivenClock):
    ticket, other = (await opened(store)).id, (await opened(store)).id
    old = await reply(store, ticket, "old")
    before = (await store.outbox.views([DeliveryState.READY]))[-1].id
    await becomes(store, ticket, old, Fate.HELD)
    await close(store, ticket)
    await reply(store, other, "of another ticket")

    taken = await take_one(store, clock, SHOP_LANE)
    assert (await store.feed.get(taken.delivery.content.told)).message.text == "of another ticket"
    await done(store, clock, taken)
    assert await store.outbox.take(SHOP_LANE, clock.now(), 10) == []

    await becomes(store, ticket, old, Fate.GOES)

    first = await take_one(store, clock, SHOP_LANE)
    assert first.id == before
    await done(store, clock, first)
    assert (await store.feed.get((await take_one(store, clock, SHOP_LANE)).delivery.content.told)).row.type == (
        "ticket.closed"
    )


async def test_the_feed_passes_a_held_reply_over_and_gives_it_in_order_once_it_goes(store: Store, clock: GivenClock):
    ticket, other = (await opened(store)).id, (await opened(store)).id
    old = await reply(store, ticket, "old")
    names = {filled.row.type: filled.row.id for filled in await store.feed.after(SHOP, 0, 100)}
    await becomes(store, ticket, old, Fate.HELD)
    await close(store, ticket)
    await reply(store, other, "of another ticket")
    assert await told(store) == [
        ("ticket.opened", ""), ("ticket.opened", ""), ("message.created", "of another ticket")
    ]  # fmt: skip
    read = await store.feed.latest(SHOP)

    again = clock.now() + timedelta(hours=2)
    await becomes(store, ticket, old, Fate.GOES, stale_at=again)

    rows = await store.feed.after(SHOP, read, 100)
    assert [filled.row.type for filled in rows] == ["message.created", "ticket.closed"]
    assert rows[0].row.id == names["message.created"]
    assert rows[0].row.facts["stale_at"] == again.isoformat()


async def test_what_follows_a_reply_that_was_given_up_is_told_after_all(store: Store, clock: GivenClock):
    ticket = (await opened(store)).id
    old = await reply(store, ticket, "old")
    await becomes(store, ticket, old, Fate.HELD)
    await close(store, ticket)
    read = await store.feed.latest(SHOP)

    await becomes(store, ticket, old, Fate.NEVER)

    assert await told(store, read) == [("ticket.closed", "")]
    assert (await store.feed.get((await take_one(store, clock, SHOP_LANE)).delivery.content.told)).row.type == (
        "ticket.closed"
    )


@pytest.mark.parametrize("stale", [True, False])
async def test_a_reply_the_bot_says_it_has_is_not_told_again_but_its_correction_is(
    store: Store, clock: GivenClock, stale: bool
):
    ticket = (await opened(store)).id
    message = await reply(store, ticket, "first")
    await corrected(store, ticket, message)
    if stale:
        await becomes(store, ticket, message, Fate.HELD)

    await becomes(store, ticket, message, Fate.KNOWN)

    taken = await take_one(store, clock, SHOP_LANE)
    found = await store.feed.get(taken.delivery.content.told)
    assert (found.row.type, found.message.text) == ("message.updated", "corrected")
    assert [view.state for view in await store.outbox.views([DeliveryState.WITHDRAWN])] == ["withdrawn"]


async def test_an_attempt_that_found_the_reply_decided_meanwhile_leaves_nothing_behind(store: Store, clock: GivenClock):
    """The sender found it too old; before that was written down its writer gave it up."""
    ticket = (await opened(store)).id
    old = await reply(store, ticket, "old")
    taken = await take_one(store, clock, SHOP_LANE)
    await becomes(store, ticket, old, Fate.NEVER)

    await store.outbox.finish(taken, Ending.HELD, now=clock.now(), after=lambda _: None)

    left = await store.outbox.views([DeliveryState.HELD, DeliveryState.SENDING, DeliveryState.READY])
    assert [view for view in left if view.lane == SHOP_LANE] == []


@pytest.mark.parametrize("held_by", ["its turn", "a poll"])
async def test_a_held_reply_whose_attempt_is_in_doubt_stays_in_doubt_when_it_goes_on(
    store: Store, clock: GivenClock, held_by: str
):
    ticket = (await opened(store)).id
    old = await reply(store, ticket, "old")
    first = await take_one(store, clock, SHOP_LANE)
    await store.outbox.finish(first, Ending.UNKNOWN, now=clock.now(), reason="stopped while sending")
    if held_by == "its turn":
        held = await take_one(store, clock, SHOP_LANE)
        after = lambda now: Change(  # noqa: E731 - the store's own shape
            ticket=now.ticket, code="x", rewrites=(Rewrite(message=old, state=WordsState.STALE),)
        )
        assert await store.outbox.finish(held, Ending.HELD, now=clock.now(), after=after)
    else:
        await becomes(store, ticket, old, Fate.HELD)
    assert await handed(store, ticket, old)

    await becomes(store, ticket, old, Fate.GOES)

    again = await take_one(store, clock, SHOP_LANE)
    assert (again.id, again.unknown) == (first.id, True)


async def test_a_reply_whose_callback_timed_out_may_be_at_its_bot_until_it_has_answered(
    store: Store, clock: GivenClock
):
    ticket = (await opened(store)).id
    message = await reply(store, ticket, "timed out")
    assert not await handed(store, ticket, message)
    for in_doubt, afterwards in ((True, True), (False, False)):
        taken = await take_one(store, clock, SHOP_LANE)
        await store.outbox.finish(taken, Ending.RETRY, now=clock.now(), not_before=clock.now(), in_doubt=in_doubt)
        assert await handed(store, ticket, message) is afterwards


async def handed(store: Store, ticket: TicketId, message: MessageId) -> bool:
    """What a decision about the reply is told."""
    seen: list[bool] = []

    def look(now: Situation) -> None:
        seen.append(now.messages[message].handed)

    await store.writer.decide(asks(ticket, look, messages=(message,)))
    return seen[0]
