"""Several daemons on one PostgreSQL: what one of them learns of a platform, and what they spend there together."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from bridge.delivery.pace import Pace
from bridge.delivery.spending import LOOK_AGAIN, block, spend
from bridge.ports.chat import Budget
from bridge.store import Store
from tests.conftest import OpenStore, Postgres
from tests.delivery.threads import Thread, a_thread
from tests.given_time import GivenClock

pytestmark = pytest.mark.postgres

CHANNEL = Budget(name="posts in C0", limit=4, per=timedelta(minutes=1))
ALL = Budget(name="all", limit=6, per=timedelta(minutes=1))


@pytest.fixture
async def url(postgres: Postgres) -> AsyncIterator[str]:
    made = await postgres.create()
    yield made
    await postgres.drop(made)


@pytest.fixture
async def pair(url: str, open_store: OpenStore) -> tuple[Store, Store]:
    return await open_store(url), await open_store(url)


@pytest.fixture
async def opened(pair: tuple[Store, Store], clock: GivenClock, tmp_path: Path) -> AsyncIterator[Thread]:
    """One of two daemons is connected to Slack, and its thread is open."""
    async with a_thread("slack", pair[0], clock, tmp_path) as thread:
        await thread.dispatcher.start()
        await thread.settle()
        yield thread


async def test_two_daemons_spend_a_shared_budget_together(pair: tuple[Store, Store], clock: GivenClock):
    paces = [(store, Pace(clock)) for store in pair]
    waits = await asyncio.gather(*(spend(*each, "acme", [CHANNEL, ALL]) for each in paces for _ in range(10)))
    assert 1 <= sum(wait is None for wait in waits) <= 4
    assert all(wait is None or wait > timedelta(0) for wait in waits)

    await block(*paces[0], "acme", "direct", timedelta(seconds=30))
    wait = await spend(*paces[1], "acme", [Budget(name="direct", limit=5, per=timedelta(seconds=5))])
    assert wait is not None
    assert wait > timedelta(seconds=20)


async def test_while_the_database_is_away_nobody_spends(url: str, pair: tuple[Store, Store], clock: GivenClock):
    await pair[0].close()
    assert await spend(pair[0], Pace(clock), "acme", [ALL]) == LOOK_AGAIN


async def test_an_outage_that_a_dead_daemon_noted_ends(opened: Thread, pair: tuple[Store, Store]):
    """It lost its connection, said so, and died; this one was connected all the time."""
    name, since = opened.shore.platform.name, opened.clock.now()
    await pair[1].outages.begin(name, since)

    await opened.passes(30, step=5)

    assert await pair[1].outages.open() == {}
    assert [(back[0], back[1]) for back in opened.backs] == [(name, since)]


async def test_a_pause_that_a_dead_daemon_left_is_tried_after_a_while_and_not_at_once(
    opened: Thread, pair: tuple[Store, Store]
):
    """While it lives it looks again by itself, and no second daemon asks a platform that refuses."""
    name = opened.shore.platform.name
    await pair[1].lanes.pause(name, "it refused us")
    await pair[1].outages.begin(name, opened.clock.now())
    await opened.user_says("still here?")

    await opened.passes(120, step=10)
    assert await opened.shown() == []
    await opened.passes(900, step=60)
    (shown,) = await opened.shown()
    assert "still here?" in shown
    assert await pair[1].outages.open() == {}


async def test_a_pause_that_its_daemon_ended_is_over_for_all(opened: Thread, pair: tuple[Store, Store]):
    name = opened.shore.platform.name
    await pair[1].lanes.pause(name, "it refused us")
    await opened.passes(20, step=10)
    await opened.user_says("still here?")
    await pair[1].lanes.resume(name)

    await opened.passes(20, step=10)
    (shown,) = await opened.shown()
    assert "still here?" in shown
