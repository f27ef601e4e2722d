"""PostgreSQL that is away in the middle of a write: nothing lost, nothing done twice, and well again by itself."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import suppress

import asyncpg
import pytest

from bridge.domain.deliveries import DeliveryState, Ending
from bridge.domain.errors import StoreTrouble, StoreUnsure
from bridge.domain.refs import TicketId
from bridge.store import Store
from bridge.store.writer import BATCH, WAITING, Tx
from tests.conftest import OpenStore, Postgres
from tests.given_time import GivenClock
from tests.samples import SHOP, SUPPORT, opening, opens
from tests.store.writer_steps import says
from tests.wire.cut import Line, Streams

pytestmark = pytest.mark.postgres

COMMIT = b"COMMIT"
READY = b"Z\0\0\0\x05I"


def ending(code: str) -> bytes:
    """PostgreSQL's last words on a connection that it ends."""
    fields = f"SFATAL\0VFATAL\0C{code}\0Mterminating connection\0\0".encode()
    return b"E" + (len(fields) + 4).to_bytes(4, "big") + fields


def name_in(url: str) -> str:
    return url.split("?", maxsplit=1)[0].rsplit("/", 1)[1]


@pytest.fixture
async def line(postgres: Postgres) -> AsyncIterator[Line]:
    """A line to the server that can be cut."""

    async def to() -> Streams:
        return await asyncio.open_unix_connection(str(postgres.folder / ".s.PGSQL.5432"))

    async with Line(to).running() as made:
        yield made


@pytest.fixture
async def url(postgres: Postgres) -> AsyncIterator[str]:
    made = await postgres.create()
    yield made
    await postgres.drop(made)


@pytest.fixture
async def store(url: str, line: Line, open_store: OpenStore) -> Store:
    """Over the line."""
    opened = await open_store(f"postgres://postgres@127.0.0.1:{line.port}/{name_in(url)}")
    await opened.writer.decide(opens(opening("first")))
    return opened


async def tickets(store: Store) -> int:
    return len((await store.tickets.list(SHOP))[0])


async def count_all(store: Store) -> int:
    found, cursor = await store.tickets.list(SHOP, limit=100)
    count = len(found)
    while cursor:
        found, cursor = await store.tickets.list(SHOP, cursor=cursor, limit=100)
        count += len(found)
    return count


async def patiently() -> AsyncIterator[None]:
    """Again and again, with a breath in between."""
    while True:
        yield
        await asyncio.sleep(0.02)


async def until(true: Callable[[], object]) -> None:
    async with asyncio.timeout(10):
        async for _ in patiently():
            if true():
                return


@pytest.mark.parametrize("arrives", [True, False], ids=["only the answer is lost", "the commit itself is lost"])
async def test_a_commit_whose_answer_never_came_is_looked_up_and_made_once(store: Store, line: Line, arrives: bool):
    line.cut_at(COMMIT, arrives=arrives)

    verdict = await store.writer.decide(opens(opening("second"), "k1"))

    assert line.cut == 1
    assert verdict is not None
    assert (verdict.ticket.number, verdict.replayed) == (1002, False)
    assert await tickets(store) == 2
    again = await store.writer.decide(opens(opening("second"), "k1"))
    assert again is not None
    assert (again.ticket, again.replayed) == (verdict.ticket, True)


@pytest.mark.parametrize("arrives", [True, False], ids=["only the answer is lost", "the commit itself is lost"])
async def test_writes_without_a_key_are_made_once_as_well(store: Store, line: Line, arrives: bool):
    change = opening("second")
    await store.writer.decide(opens(change))
    line.cut_at(COMMIT, arrives=arrives)

    said = [store.writer.decide(says(change.ticket.id, f"message {count}")) for count in range(20)]
    await asyncio.gather(*said)

    assert line.cut == 1
    texts = [message.text for message in await store.messages.of(change.ticket.id)]
    assert texts == [f"message {count}" for count in range(20)]


@pytest.mark.parametrize("arrives", [True, False], ids=["only the answer is lost", "the commit itself is lost"])
async def test_a_delivery_taken_by_a_commit_in_doubt_is_taken_once(
    store: Store, line: Line, clock: GivenClock, arrives: bool
):
    line.cut_at(COMMIT, arrives=arrives)

    (taken,) = await store.outbox.take(SUPPORT, clock.now(), 5)

    assert line.cut == 1
    assert taken.attempt == 1
    assert [view.id for view in await store.outbox.views([DeliveryState.SENDING])] == [taken.id]
    assert await store.outbox.take(SUPPORT, clock.now(), 5) == []
    line.cut_at(COMMIT, arrives=arrives)
    assert await store.outbox.finish(taken, Ending.DONE, now=clock.now())


async def test_a_commit_in_doubt_is_looked_up_once_the_database_is_back(store: Store, line: Line):
    line.down = True  # for connections that are made from now on
    line.cut_at(COMMIT, arrives=True)
    deciding = asyncio.create_task(store.writer.decide(opens(opening("second"), "k1")))
    await until(lambda: line.refused > 0)
    line.down = False

    verdict = await deciding

    assert verdict is not None
    assert not verdict.replayed
    assert await tickets(store) == 2


async def test_a_commit_that_a_crash_answered_leaves_no_dead_connection_to_the_writer(store: Store, line: Line):
    """F16. The pool finds the connection broken only while it takes it back."""
    line.answer_at(COMMIT, ending("57P02") + READY, ends=True)

    verdict = await store.writer.decide(opens(opening("second"), "k1"))

    assert line.cut == 1
    assert verdict is not None
    assert not verdict.replayed
    assert await tickets(store) == 2


async def test_a_connection_that_is_being_ended_is_trouble_once_and_writes_go_on(store: Store, url: str, line: Line):
    """F17. The server has said its last words, and the connection's end is not read yet."""
    line.say(ending("57P01"))
    later = await asyncpg.connect(host="127.0.0.1", port=line.port, user="postgres", database=name_in(url))
    await later.close()  # what was said before has arrived
    with pytest.raises(StoreTrouble):
        await store.writer.decide(opens(opening("second"), "k1"))

    verdict = await store.writer.decide(opens(opening("second"), "k1"))

    assert verdict is not None
    assert not verdict.replayed


async def test_a_commit_that_cannot_be_looked_up_is_trouble_and_its_key_tells_later(store: Store, line: Line):
    line.down = True
    line.cut_at(COMMIT, arrives=True)
    with pytest.raises(StoreUnsure, match="by the same key"):
        await store.writer.decide(opens(opening("second"), "k1"))

    line.down = False
    verdict = await store.writer.decide(opens(opening("second"), "k1"))

    assert verdict is not None
    assert (verdict.ticket.number, verdict.replayed) == (1002, True)
    assert await tickets(store) == 2


async def test_all_connections_ended_by_an_operator_are_trouble_for_a_moment_and_lose_nothing(
    store: Store, url: str, postgres: Postgres
):
    """F17, under load: who got a verdict finds it again, who got trouble asks again by the same key."""
    told: dict[str, int] = {}

    async def bot(key: str) -> None:
        async for _ in patiently():
            with suppress(StoreTrouble):
                verdict = await store.writer.decide(opens(opening(key), key))
                assert verdict is not None
                told[key] = verdict.ticket.number
                return

    async def operator() -> None:
        for _ in range(5):
            await postgres.run(
                f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name_in(url)}'"
            )
            await asyncio.sleep(0.05)

    await asyncio.gather(operator(), *(bot(f"k{count}") for count in range(200)))

    assert sorted(told.values()) == list(range(1002, 1202))
    assert await count_all(store) == 201


async def test_a_deadlock_is_resolved_by_deciding_again(store: Store, url: str, postgres: Postgres):
    """F20. Another client locks the same rows the other way round."""
    one, two = opening("one"), opening("two")
    await store.writer.decide(opens(one))
    await store.writer.decide(opens(two))
    first, second = sorted([one.ticket.id, two.ticket.id])
    other = await asyncpg.connect(host=str(postgres.folder), user="postgres", database=name_in(url))
    try:
        # Patient itself, so that the writer is the one who is sent away.
        await other.execute("SET deadlock_timeout = '10s'")
        await other.execute("BEGIN")
        await other.execute("SELECT 1 FROM tickets WHERE id = $1 FOR UPDATE", second)
        tries = 0

        async def job(tx: Tx) -> int:
            nonlocal tries
            tries += 1
            assert await tx.ticket(TicketId(first)) is not None
            if tries == 1:
                blocked = asyncio.create_task(other.execute("SELECT 1 FROM tickets WHERE id = $1 FOR UPDATE", first))
                waiting.append(blocked)
            assert await tx.ticket(TicketId(second)) is not None
            return tries

        waiting: list[asyncio.Task[object]] = []
        writing = asyncio.create_task(store.writer.work(job))
        await until(lambda: tries > 1)
        await waiting[0]
        await other.execute("COMMIT")

        assert await writing == 2
    finally:
        await other.close()


async def test_a_database_that_answers_nothing_refuses_what_does_not_fit_into_the_queue(
    store: Store, url: str, postgres: Postgres
):
    """F19. The queue is bounded; those in it get their answer once the lock is gone."""
    other = await asyncpg.connect(host=str(postgres.folder), user="postgres", database=name_in(url))
    try:
        await other.execute("BEGIN")
        await other.execute("LOCK TABLE tickets IN ACCESS EXCLUSIVE MODE")
        writes = [
            asyncio.create_task(store.writer.decide(opens(opening(f"q{n}"), f"q{n}"))) for n in range(WAITING + 400)
        ]
        await until(lambda: any(write.done() for write in writes))
        refused = [write for write in writes if write.done()]
        assert {type(write.exception()) for write in refused} == {StoreTrouble}
        assert 400 - BATCH <= len(refused) <= 400
        for write in writes:
            write.cancel()
        await asyncio.gather(*writes, return_exceptions=True)
        reads = [asyncio.create_task(tickets(store)) for _ in range(500)]
        await other.execute("COMMIT")
        assert set(await asyncio.gather(*reads)) <= {1, 50}
        assert await store.writer.decide(opens(opening("after"))) is not None
    finally:
        await other.close()
