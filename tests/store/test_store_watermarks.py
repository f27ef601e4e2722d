"""How far threads were read back is kept, for open tickets, and survives whoever reads."""

from datetime import timedelta

from bridge.domain.deliveries import Ending, Posted
from bridge.domain.refs import ThreadRef
from bridge.store import Store
from tests.given_time import GivenClock
from tests.samples import SUPPORT, opening, opens


async def a_thread(store: Store, clock: GivenClock, name: str) -> ThreadRef:
    await store.writer.decide(opens(opening(name)))
    taken = (await store.outbox.take(SUPPORT, clock.now(), 1))[0]
    await store.outbox.finish(taken, Ending.DONE, now=clock.now(), posted=Posted(thread=f"17.{name}"))
    return ThreadRef(SUPPORT, f"17.{name}")


async def test_what_was_not_read_since_comes_first_and_begins_at_its_root(store: Store, clock: GivenClock):
    one, two = await a_thread(store, clock, "1"), await a_thread(store, clock, "2")
    unread = await store.watermarks.unread_since(SUPPORT.platform, clock.now())
    assert [(each.thread, each.read_to) for each in unread] == [(one, "17.1"), (two, "17.2")]

    await store.watermarks.move({one: "18.5"}, clock.now())
    clock.advance(60)
    assert [each.thread for each in await store.watermarks.unread_since(SUPPORT.platform, clock.now())] == [two, one]
    later = clock.now() - timedelta(seconds=90)
    assert [each.thread for each in await store.watermarks.unread_since(SUPPORT.platform, later)] == [two]
    (again,) = [each for each in await store.watermarks.unread_since(SUPPORT.platform, clock.now()) if each.read_at]
    assert again.read_to == "18.5"
    assert await store.watermarks.unread_since("elsewhere", clock.now()) == []
