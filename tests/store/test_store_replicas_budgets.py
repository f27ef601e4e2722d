"""Several processes spend one budget: together never more than it holds."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from bridge.store import Store
from tests.conftest import OpenStore, Postgres

pytestmark = pytest.mark.postgres

PER = timedelta(seconds=60)


@pytest.fixture
async def three(postgres: Postgres, open_store: OpenStore) -> AsyncIterator[list[Store]]:
    url = await postgres.create()
    stores = [await open_store(url) for _ in range(3)]
    yield stores
    for store in stores:
        await store.close()
    await postgres.drop(url)


async def test_three_processes_together_spend_no_more_than_one_would(three: list[Store]):
    granted = await asyncio.gather(*(store.budgets.spend("acme all", 7, PER) for store in three for _ in range(10)))

    assert sum(granted) == 7
    waits = [await store.budgets.wait("acme all", 7, PER) for store in three]
    assert all(timedelta(seconds=50) < wait <= PER for wait in waits)


async def test_what_a_dead_process_spent_still_counts_until_its_time_is_over(three: list[Store]):
    dead, alive = three[0], three[1]
    short = timedelta(milliseconds=300)
    assert await dead.budgets.spend("acme one", 1, short)
    await dead.close()

    assert not await alive.budgets.spend("acme one", 1, short)
    await asyncio.sleep((await alive.budgets.wait("acme one", 1, short)).total_seconds() + 0.01)
    assert await alive.budgets.spend("acme one", 1, short)


async def test_a_budget_the_platform_called_used_up_is_so_for_all(three: list[Store]):
    await three[0].budgets.block("acme posts", timedelta(seconds=30))
    await three[0].budgets.block("acme posts", timedelta(seconds=5))

    assert not await three[1].budgets.spend("acme posts", 100, PER)
    assert timedelta(seconds=20) < await three[2].budgets.wait("acme posts", 100, PER) <= timedelta(seconds=30)
    assert await three[1].budgets.spend("other posts", 100, PER)


async def test_budgets_that_are_still_spent_are_not_forgotten(three: list[Store]):
    await three[0].budgets.spend("x" * 400, 1, PER)

    assert await three[1].budgets.forget() == 0
    assert not await three[1].budgets.spend("x" * 400, 1, PER)
