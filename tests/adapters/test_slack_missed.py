"""What is read back of a thread that is longer than one reading."""

import asyncio
from collections.abc import Mapping

from bridge.domain.events import PersonDeleted, PersonWrote
from bridge.domain.refs import ThreadRef
from bridge.ports.chat import ReadBack, Watermark
from tests.adapters.far_side import Shore
from tests.adapters.slack_shore import CHANNEL, slack_shore
from tests.given_time import GivenClock

A_PAGE = 20
MORE_THAN_IS_READ = 1_060


async def read_back(shore: Shore, clock: GivenClock, marks: Mapping[ThreadRef, Watermark]) -> list:
    async def read() -> list:
        return [item async for item in shore.platform.missed(marks)]

    reading = asyncio.create_task(read())
    async with asyncio.timeout(60):
        while not reading.done():
            await asyncio.sleep(0.002)
            clock.advance(seconds=10)
    return reading.result()


async def test_a_thread_longer_than_one_reading_is_read_on_next_time_and_nothing_of_it_counts_as_deleted(clock):
    async with slack_shore(clock) as shore:
        people, thread = shore.far_side.people, await shore.opened_thread()
        written = [people.writes_unheard(CHANNEL, thread.root, "U0ANA", "x") for _ in range(MORE_THAN_IS_READ)]
        gone, early = people.writes_unheard(CHANNEL, thread.root, "U0ANA", "gone"), written[0]
        clock.advance(minutes=5)
        # Changed last of all: that is no word about what stands between.
        shore.far_side.channel.messages[early]["edited"] = {
            "user": "U0ANA",
            "ts": shore.far_side.server.workspace.next_ts(),
        }
        clock.advance(minutes=5)
        shore.far_side.server.workspace.remove(shore.far_side.channel, gone)
        shore.far_side.server.methods.page_cap = A_PAGE
        standing = frozenset({*written, gone})

        *first, done = await read_back(shore, clock, {thread: Watermark(read_to=thread.root, standing=standing)})
        assert isinstance(done, ReadBack)
        assert not [event for event in first if isinstance(event, PersonDeleted)]
        *second, _ = await read_back(shore, clock, {thread: Watermark(read_to=done.read_to, standing=standing)})

        found = {event.origin.message for event in (*first, *second) if isinstance(event, PersonWrote)}
        assert found == set(written)
        assert [event.origin.message for event in second if isinstance(event, PersonDeleted)] == [gone]
