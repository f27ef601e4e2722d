"""A thread is deleted just when its user writes: the words stand in the new thread once, whichever came first."""

import asyncio
from datetime import timedelta

import pytest

from bridge.domain.deliveries import Ending, OpenThread, Posted, PostHistory, PostWords
from bridge.domain.events import ThreadGone, UserWrote
from bridge.domain.refs import ThreadRef, TicketId
from bridge.domain.speeches import History
from tests.desk.house import HELP, SHOP, House

SECOND = timedelta(seconds=1)


@pytest.mark.parametrize("together", [True, False])
@pytest.mark.parametrize("words_at", [-SECOND, timedelta(0), SECOND])
@pytest.mark.parametrize("words_first", [True, False])
async def test_words_that_cross_the_deletion_of_their_thread_are_shown_once_in_the_new_one(
    house: House, *, words_first: bool, words_at: timedelta, together: bool
):
    ticket = (await house.escalates()).ticket.id
    thread = await house.opened_thread(ticket)
    house.clock.advance(seconds=60)
    now = house.clock.now()
    said = UserWrote(
        bot=SHOP, key=house.key("bot:shop-bot"), fingerprint="f", at=now + words_at, ticket=ticket, text="and now?"
    )
    gone = ThreadGone(key=house.key(), thread=thread, at=now)
    both = [said, gone] if words_first else [gone, said]
    if together:
        await at_once(house, *both)
    else:
        for event in both:
            await house.desk.handle(event)

    assert await shown(house, ticket) == ["refund?", "and now?"]


async def at_once(house: House, *events: UserWrote | ThreadGone) -> None:
    """In one batch of the writer, in this order: both are there before it gets to them."""
    begun, free = asyncio.Event(), asyncio.Event()

    async def busy(_tx: object) -> None:
        begun.set()
        await free.wait()

    writing = asyncio.create_task(house.store.writer.work(busy))
    await begun.wait()
    handled = []
    for event in events:
        handled.append(asyncio.create_task(house.desk.handle(event)))
        await asyncio.sleep(0.02)
    free.set()
    before = house.store.writer.commits_made
    await asyncio.gather(writing, *handled)
    assert house.store.writer.commits_made - before == 2


async def shown(house: House, ticket: TicketId) -> list[str]:
    """What stands in the new thread when all is sent, as delivery would send it."""
    texts: list[str] = []
    fence = await house.store.lanes.lease(HELP, "test", 30)
    root: str | None = None
    while taken := await house.store.outbox.take(HELP, house.clock.now(), 1, fence):
        [one] = taken
        posted = None
        messages = await house.store.messages.of(ticket)
        found = await house.store.tickets.get(ticket)
        assert found is not None
        match one.delivery.content:
            case OpenThread():
                root = "r2"
                posted = Posted(thread=root)
            case PostWords(message=name):
                assert root is not None, "it would have gone to the thread that is no more"
                texts += [message.text for message in messages if message.id == name]
            case PostHistory(until=until):
                user = await house.store.users.get(found.user)
                assert user is not None
                turns = History.of(messages, user, found, until=until).turns
                texts += [turn.text for turn in turns]
            case _:
                pass
        await house.store.outbox.finish(one, Ending.DONE, now=house.clock.now(), posted=posted)
    assert found.thread == ThreadRef(HELP, "r2")
    return texts
