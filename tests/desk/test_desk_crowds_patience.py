"""Who only asks how full it is waits two seconds at most, however long the database takes."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bridge.desk.crowds import PATIENCE, Crowds
from bridge.store import Store
from bridge.store.strands import run
from bridge.store.writer import Tx
from tests.conftest import OpenStore, Postgres
from tests.desk.house import House, book_for
from tests.given_time import GivenClock

pytestmark = pytest.mark.postgres


@pytest.fixture
async def url(postgres: Postgres) -> AsyncIterator[str]:
    made = await postgres.create()
    yield made
    await postgres.drop(made)


@pytest.fixture
async def store(url: str, open_store: OpenStore) -> Store:
    return await open_store(url)


async def test_a_reading_that_hangs_is_left_after_two_seconds_and_its_figures_come_for_the_next(
    store: Store, clock: GivenClock, tmp_path: Path
):
    assert PATIENCE == 2.0
    house = House(store, book_for(tmp_path), clock)
    ticket = (await house.escalates()).ticket
    route = house.rules.current.route_named(ticket.route)
    assert route is not None
    await house.desk.crowds.stop()
    crowds = Crowds(store, house.rules, clock)

    locked, free = asyncio.Event(), asyncio.Event()

    async def hold(tx: Tx) -> None:
        await run(tx.connection, "LOCK TABLE tickets IN ACCESS EXCLUSIVE MODE")
        locked.set()
        await free.wait()

    holding = asyncio.create_task(store.writer.work(hold))
    await locked.wait()
    asked = asyncio.create_task(crowds.of(route))
    for _ in range(100):  # turns of the loop, until it waits
        await asyncio.sleep(0)
    try:
        assert clock.sleeping
        clock.advance(PATIENCE - 0.1)
        done, _ = await asyncio.wait({asked}, timeout=0.05)
        assert not done, "it did not wait"
        clock.advance(0.1)
        assert await asyncio.wait_for(asked, 5) is None
    finally:
        free.set()
        await holding

    known = await crowds.of(route)
    assert known is not None
    assert known.queue_depth == 1
    await crowds.stop()
