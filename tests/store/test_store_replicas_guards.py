"""What keeps daemons on one PostgreSQL out of each other's way, each guard by itself."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from bridge.domain.deliveries import DeliveryState
from bridge.domain.errors import StoreTrouble
from bridge.store import Store
from bridge.store.address import parse_url
from bridge.store.advisory import connect
from tests.conftest import OpenStore, Postgres
from tests.given_time import GivenClock
from tests.journeys.site import until
from tests.samples import SHOP, SUPPORT, asks, member_replies, opening, opens
from tests.wire.cut import Line, Streams

pytestmark = pytest.mark.postgres

BEGIN = b"BEGIN"
OUT_OF_MEMORY = b"E\x00\x00\x00\x29SERROR\x00VERROR\x00C53200\x00Mout of memory\x00\x00" + b"Z\x00\x00\x00\x05I"
"""PostgreSQL may answer so to anything; the connection lives on."""
WAITS = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"


@pytest.fixture
async def url(postgres: Postgres) -> AsyncIterator[str]:
    made = await postgres.create()
    yield made
    await postgres.drop(made)


async def test_who_writes_to_a_feed_waits_for_another_daemons_commit_and_decides_once(url: str, open_store: OpenStore):
    """Without the lock on the bot's row both would give away one cursor, and the slower would do all its work again."""
    store = await open_store(url)
    change = opening()
    await store.writer.decide(opens(change))
    latest = await store.feed.latest(SHOP)
    other, watcher = [await connect(parse_url(url)) for _ in range(2)]
    holding = other.transaction()
    await holding.start()
    await other.execute("UPDATE bots SET cursor = cursor + 1 WHERE name = $1", SHOP)
    await other.execute(
        "INSERT INTO feed (id, bot, cursor, ticket, body) SELECT id || 'x', bot, cursor + 1, ticket, body FROM feed "
        "WHERE cursor = $1",
        latest,
    )
    decided: list[str] = []

    def decide(now):
        decided.append("once")
        return member_replies(now.ticket, "meanwhile")

    writing = asyncio.create_task(store.writer.decide(asks(change.ticket.id, decide)))
    await until(lambda: waits(watcher), why="it waits for the row")
    assert await store.feed.latest(SHOP) == latest
    await holding.commit()
    await writing
    await asyncio.gather(other.close(), watcher.close())

    assert decided == ["once"]
    assert [row.row.cursor for row in await store.feed.after(SHOP, latest, 10)] == [latest + 1, latest + 2]


async def waits(connection) -> bool:
    return bool(await connection.fetchval(WAITS))


@pytest.fixture
async def line(postgres: Postgres) -> AsyncIterator[Line]:
    async def to() -> Streams:
        return await asyncio.open_unix_connection(str(postgres.folder / ".s.PGSQL.5432"))

    async with Line(to).running() as made:
        yield made


async def test_connections_whose_begin_was_refused_are_given_back(url: str, line: Line, open_store: OpenStore):
    """There are two to write with: were they kept, nothing would be written after the second."""
    name = url.split("?", maxsplit=1)[0].rsplit("/", 1)[1]
    store = await open_store(f"postgres://postgres@127.0.0.1:{line.port}/{name}")
    async with asyncio.timeout(10):
        for number in range(4):
            line.answer_at(BEGIN, OUT_OF_MEMORY)
            with pytest.raises(StoreTrouble):
                await store.writer.decide(opens(opening(f"lost-{number}")))
        verdict = await store.writer.decide(opens(opening("kept")))

    assert line.cut == 4
    assert verdict is not None
    assert [ticket.conversation for ticket in (await store.tickets.list(SHOP))[0]] == ["kept"]


async def test_a_lease_is_renewed_while_it_holds_and_never_after(url: str, open_store: OpenStore, clock: GivenClock):
    first, second = await open_store(url), await open_store(url)
    await first.writer.decide(opens(opening()))
    fence = await first.lanes.lease(SUPPORT, "first", 0.5)
    assert fence is not None
    assert await first.lanes.renew(SUPPORT, "first", fence, 60)
    assert await second.lanes.lease(SUPPORT, "second", 60) is None
    assert await first.lanes.renew(SUPPORT, "first", fence, 0.1)
    (taken,) = await first.outbox.take(SUPPORT, clock.now(), 1, fence)

    await until(lambda: second.lanes.lease(SUPPORT, "second", 60), why="it ran out")

    assert not await first.lanes.renew(SUPPORT, "first", fence, 60)
    assert not await second.lanes.renew(SUPPORT, "first", fence, 60)
    assert [view.id for view in await second.outbox.views([DeliveryState.UNKNOWN])] == [taken.id]


async def test_a_daemon_that_is_connected_says_so_to_the_others_for_a_while(url: str, open_store: OpenStore):
    first, second = await open_store(url), await open_store(url)
    await first.outages.connected("acme", "first", 0.3)
    assert await first.outages.connected_elsewhere("first") == set()
    assert await second.outages.connected_elsewhere("second") == {"acme"}
    await until(lambda: silent(second), why="its word is old")


async def silent(store: Store) -> bool:
    return not await store.outages.connected_elsewhere("second")
