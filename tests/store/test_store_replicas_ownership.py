"""A platform that bears one connection has one owner among the daemons."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from bridge.store import Store
from tests.conftest import OpenStore, Postgres
from tests.journeys.site import until

pytestmark = pytest.mark.postgres


class Connection:
    """Says who is connected, and how often at once."""

    def __init__(self) -> None:
        self.now: list[str] = []
        self.most = 0

    def of(self, name: str):
        async def run() -> None:
            self.now.append(name)
            self.most = max(self.most, len(self.now))
            try:
                await asyncio.Event().wait()
            finally:
                self.now.remove(name)

        return run


@pytest.fixture
async def url(postgres: Postgres) -> AsyncIterator[str]:
    made = await postgres.create()
    yield made
    await postgres.drop(made)


@pytest.fixture
async def pair(url: str, open_store: OpenStore) -> tuple[Store, Store]:
    return await open_store(url), await open_store(url)


async def test_one_is_connected_until_it_ends_or_loses_the_database_then_the_other(
    pair: tuple[Store, Store], postgres: Postgres
):
    line = Connection()
    first = asyncio.create_task(pair[0].ownership.while_ours("guild", line.of("first")))
    await until(lambda: line.now == ["first"])
    second = asyncio.create_task(pair[1].ownership.while_ours("guild", line.of("second")))
    other = asyncio.create_task(pair[1].ownership.while_ours("other guild", line.of("other")))
    await until(lambda: line.now == ["first", "other"], why="platforms are owned one by one")
    assert (pair[0].ownership.has("guild"), pair[1].ownership.has("guild")) == (True, False)

    await postgres.run(
        "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND classid = 7247003 AND granted"
    )
    await until(lambda: sorted(line.now) in (["other", "second"], ["first", "other"]), why="somebody has it again")
    owner, heir = (first, "second") if "first" in line.now else (second, "first")
    owner.cancel()
    await asyncio.gather(owner, return_exceptions=True)
    await until(lambda: heir in line.now, why="it passes on")
    for task in (first, second, other):
        task.cancel()
    await asyncio.gather(first, second, other, return_exceptions=True)
    assert line.most == 2


async def test_a_new_client_of_the_owner_is_connected_beside_the_old_one(pair: tuple[Store, Store]):
    """A reloaded token: the old connection closes when the new one is up."""
    line = Connection()
    old = asyncio.create_task(pair[0].ownership.while_ours("guild", line.of("old")))
    await until(lambda: line.now == ["old"])
    new = asyncio.create_task(pair[0].ownership.while_ours("guild", line.of("new")))
    await until(lambda: line.now == ["old", "new"], 1)
    old.cancel()
    await asyncio.gather(old, return_exceptions=True)
    assert (line.now, pair[0].ownership.has("guild")) == (["new"], True)
    new.cancel()
    await asyncio.gather(new, return_exceptions=True)
    assert not pair[0].ownership.has("guild")


async def test_a_platform_that_gives_up_is_left_to_others(pair: tuple[Store, Store]):
    async def gives_up() -> None:
        raise ConnectionError("never again")

    with pytest.raises(ConnectionError):
        await pair[0].ownership.while_ours("guild", gives_up)
    line = Connection()
    heir = asyncio.create_task(pair[1].ownership.while_ours("guild", line.of("heir")))
    await until(lambda: line.now == ["heir"])
    heir.cancel()
    await asyncio.gather(heir, return_exceptions=True)


async def test_where_a_process_is_alone_everything_is_its_own(sqlite_store: Store):
    line = Connection()
    alone = asyncio.create_task(sqlite_store.ownership.while_ours("guild", line.of("me")))
    await until(lambda: line.now == ["me"], 1)
    assert sqlite_store.ownership.has("guild")
    alone.cancel()
    await asyncio.gather(alone, return_exceptions=True)
