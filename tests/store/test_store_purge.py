"""What is kept only for a while. Both databases."""

from datetime import timedelta

from bridge.jobs.purge import Purge
from tests.samples import opening, opens


async def test_an_answer_is_repeated_for_eight_days_and_then_forgotten(store, clock):
    first = opening()
    await store.writer.decide(opens(first, "key-1"))
    clock.advance(days=7, hours=23)
    await Purge(store)(clock.now())
    again = await store.writer.decide(opens(first, "key-1"))
    assert again.replayed

    clock.advance(hours=2)
    await Purge(store)(clock.now())
    assert await store.purge.event_keys(clock.now()) == 0
    fresh = await store.writer.decide(opens(opening(), "key-1"))
    assert not fresh.replayed


async def test_more_keys_than_one_batch_are_all_forgotten(store, clock):
    for number in range(12):
        await store.writer.decide(opens(opening(), f"key-{number}"))
    assert await store.purge.event_keys(clock.now() + timedelta(seconds=1), at_once=5) == 12


async def test_sessions_and_links_that_no_longer_work_are_forgotten(store, clock):
    link = await store.sessions.invite("Ana")
    name, _ = await store.sessions.sign_in(link)
    unused = await store.sessions.invite("Ben")
    clock.advance(hours=11)
    assert await store.purge.sessions(clock.now()) == 0
    assert await store.sessions.get(name) is not None

    clock.advance(hours=13)
    assert await store.purge.sessions(clock.now()) == 1
    assert await store.sessions.invited(unused) is None
    assert [member.name for member in await store.sessions.members()] == ["Ana", "Ben"]
