"""Parked words and those that come after them: in the order in which they were written, and soon."""

from bridge.domain.deliveries import Ending, Posted
from bridge.domain.events import EventKey, PersonDeleted, PersonEdited
from bridge.domain.refs import ThreadRef
from bridge.jobs.parked import RelayParked
from tests.jobs.test_jobs_parked import escalated, opening_sent, texts
from tests.samples import SUPPORT, a_person, a_thread_message

THREAD = ThreadRef(SUPPORT, "17.1")


async def bound(store, clock, root, thread="17.1"):
    await store.outbox.finish(root, Ending.DONE, now=clock.now(), posted=Posted(thread=thread))


async def test_parked_words_wait_for_their_own_thread_only(desk, sqlite_store, clock):
    """In a busy channel some other card is always on its way."""
    store, sweep = sqlite_store, RelayParked(desk, sqlite_store)
    ticket = await escalated(desk, clock)
    root = await opening_sent(store, clock)
    await desk.handle(a_thread_message(THREAD, "note: I know her"))
    await bound(store, clock, root)
    await escalated(desk, clock, "another")
    await opening_sent(store, clock)

    await sweep(clock.now())

    assert await texts(store, ticket) == ["I know her"]


async def test_words_written_after_parked_ones_do_not_overtake_them(desk, sqlite_store, clock):
    store, sweep = sqlite_store, RelayParked(desk, sqlite_store)
    ticket = await escalated(desk, clock)
    root = await opening_sent(store, clock)
    await desk.handle(a_thread_message(THREAD, "note: first"))
    await bound(store, clock, root)
    await desk.handle(a_thread_message(THREAD, "note: second"))
    await desk.handle(a_thread_message(THREAD, "note: third"))

    await sweep(clock.now())
    await desk.handle(a_thread_message(THREAD, "note: fourth"))

    assert await texts(store, ticket) == ["first", "second", "third", "fourth"]
    assert await store.parked.ready(clock.now()) == []


async def test_words_of_another_thread_go_on_meanwhile(desk, sqlite_store, clock):
    store = sqlite_store
    one = await escalated(desk, clock)
    root = await opening_sent(store, clock)
    await bound(store, clock, root, "11.1")
    await escalated(desk, clock, "two")
    await opening_sent(store, clock)
    await desk.handle(a_thread_message(THREAD, "note: parked"))

    await desk.handle(a_thread_message(ThreadRef(SUPPORT, "11.1"), "note: at once"))

    assert await texts(store, one) == ["at once"]


async def test_words_that_come_again_behind_others_are_taken_once_and_in_their_place(desk, sqlite_store, clock):
    store, sweep = sqlite_store, RelayParked(desk, sqlite_store)
    ticket = await escalated(desk, clock)
    root = await opening_sent(store, clock)
    first, second = a_thread_message(THREAD, "note: first"), a_thread_message(THREAD, "note: second")
    await desk.handle(first)
    await bound(store, clock, root)
    await desk.handle(second)
    await desk.handle(first)
    await desk.handle(second)

    await sweep(clock.now())
    await desk.handle(first)

    assert await texts(store, ticket) == ["first", "second"]


async def test_words_that_cannot_be_taken_up_for_long_do_not_silence_their_thread(desk, sqlite_store, clock):
    store = sqlite_store
    ticket = await escalated(desk, clock)
    root = await opening_sent(store, clock)
    await desk.handle(a_thread_message(THREAD, "note: stuck"))
    await bound(store, clock, root)
    clock.advance(minutes=16)

    await desk.handle(a_thread_message(THREAD, "note: today"))

    assert await texts(store, ticket) == ["today"]


async def test_parked_words_that_were_edited_or_taken_back_arrive_as_they_ended(desk, sqlite_store, clock):
    store, sweep = sqlite_store, RelayParked(desk, sqlite_store)
    ticket = await escalated(desk, clock)
    root = await opening_sent(store, clock)
    kept, gone = a_thread_message(THREAD, "note: frist"), a_thread_message(THREAD, "note: not for you")
    await desk.handle(kept)
    await desk.handle(gone)

    about = {"person": a_person(), "at": clock.now()}
    edited = EventKey("acme-slack", "edit")
    await desk.handle(PersonEdited(key=edited, text="note: first", origin=kept.origin, **about))
    await desk.handle(PersonDeleted(key=EventKey("acme-slack", "delete"), origin=gone.origin, **about))
    await bound(store, clock, root)
    await sweep(clock.now())

    assert await texts(store, ticket) == ["first"]
