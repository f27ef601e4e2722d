"""A site moves to another database: everything, or nothing."""

import itertools
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from bridge.domain.audit import Audited
from bridge.domain.deliveries import DeliveryState, Ending, Posted
from bridge.domain.errors import StoreTrouble
from bridge.store import Store, migrate
from bridge.store.address import parse_url
from bridge.store.advisory import connect, lock_alone
from bridge.store.copied_rows import name_of, tables
from bridge.store.copying import copy, count
from tests.conftest import OpenStore, Postgres
from tests.given_time import GivenClock
from tests.samples import SHOP, SUPPORT, asks, member_replies, opening, opens, user_says

pytestmark = pytest.mark.postgres

LIVE = [DeliveryState.SENDING, DeliveryState.UNKNOWN, DeliveryState.READY, DeliveryState.WAITING]


def quiet(_table: str, _rows: int) -> None:
    """Nobody looks."""


@pytest.fixture
def audited(clock: GivenClock) -> Audited:
    return Audited(at=clock.now(), actor="operator:ana", via="command", action="store.copied", object="store")


@pytest.fixture
async def fresh(postgres: Postgres, tmp_path: Path) -> AsyncIterator[Callable[[str], Awaitable[str]]]:
    """A place of that kind where nothing is yet; PostgreSQL has the tables already."""
    made: list[str] = []
    numbers = itertools.count()

    async def place(kind: str) -> str:
        if kind == "sqlite":
            return f"sqlite://{tmp_path}/new-{next(numbers)}/handrail.db"
        made.append(await postgres.create())
        return made[-1]

    yield place
    for url in made:
        await postgres.drop(url)


async def lively(url: str, open_store: OpenStore, clock: GivenClock) -> Store:
    """A site in the middle of things: one thread open, words on their way, one attempt nobody knows the end of."""
    await migrate(url)
    store = await open_store(url)
    for number in range(12):
        change = opening(f"conv-{number}")
        await store.writer.decide(opens(change, f"key-{number}"))
        await store.writer.decide(asks(change.ticket.id, lambda now: user_says(now.ticket, "Grüße 🙂 \t & < >")))
        await store.writer.decide(asks(change.ticket.id, lambda now: member_replies(now.ticket)))
    taken = await store.outbox.take(SUPPORT, clock.now(), 8)
    for number, one in enumerate(taken[:6]):
        await store.outbox.finish(one, Ending.DONE, now=clock.now(), posted=Posted(thread=f"17{number}.1"))
    await store.alarms.begin("bot x", "bot_unreachable", {"bot": "x", "share": -0.0, "much": 1e22}, clock.now())
    await store.audit.write(
        Audited(at=clock.now(), actor="operator:ana", via="command", action="lane.paused", object="x")
    )
    return store


async def test_a_lively_site_is_the_same_afterwards_and_goes_on(
    fresh, open_store: OpenStore, clock: GivenClock, audited: Audited
):
    source, target, back = await fresh("sqlite"), await fresh("postgres"), await fresh("sqlite")
    store = await lively(source, open_store, clock)
    before = await store.outbox.views(LIVE)
    await store.close()

    found = await copy(source, target, audited, quiet)

    assert [each.table for each in found if not each.same] == []
    rows = {each.table: each.before.rows for each in found}
    assert (rows["tickets"], rows["event_keys"], rows["threads"], rows["alarms"], rows["audit"]) == (12, 12, 6, 1, 1)
    moved = await open_store(target)
    assert [each.action for each in (await moved.audit.page()).rows] == ["store.copied", "lane.paused"]
    after = await moved.outbox.views(LIVE)
    assert [(each.id, each.lane, each.what) for each in after] == [(each.id, each.lane, each.what) for each in before]
    again = await moved.writer.decide(opens(opening("conv-3"), "key-3"))
    assert again is not None
    assert (again.replayed, again.ticket.number) == (True, 1004)
    new = await moved.writer.decide(opens(opening("conv-new"), "key-new"))
    assert new is not None
    assert new.ticket.number == 1013
    await moved.writer.decide(asks(new.ticket.id, lambda now: user_says(now.ticket, "numbers go on")))
    assert [row.row.cursor for row in await moved.feed.after(SHOP, 0, 500)][-1] == await moved.feed.latest(SHOP)
    fence = await moved.lanes.lease(SUPPORT, "new", 30)
    assert fence is not None
    retaken = await moved.outbox.take(SUPPORT, clock.now() + timedelta(hours=1), 50, fence)
    assert sum(one.unknown for one in retaken) == 2
    await moved.close()
    assert all(each.same for each in await copy(target, back, audited, quiet))


async def test_numbers_that_rows_had_are_not_given_again(fresh, open_store: OpenStore, clock: GivenClock, audited):
    """Rows that were purged leave no room: an order by number would put new ones before old ones."""
    places = [await fresh("sqlite"), await fresh("postgres"), await fresh("sqlite")]
    await migrate(places[0])
    for count_before, (source, target) in enumerate(itertools.pairwise(places)):
        store = await open_store(source)
        await store.writer.decide(opens(opening(), f"key-{count_before}"))
        await store.purge.event_keys(clock.now() + timedelta(days=1))
        await store.close()
        await copy(source, target, audited, quiet)

    moved = await open_store(places[-1])
    await moved.writer.decide(opens(opening(), "later"))
    await moved.close()
    assert await one_value(places[-1], "SELECT min(ord) FROM event_keys") == 3


async def one_value(url: str, question: str) -> object:
    with closing(sqlite3.connect(url.removeprefix("sqlite://"))) as file:
        return file.execute(question).fetchone()[0]


def is_there(url: str) -> bool:
    return Path(url.removeprefix("sqlite://")).exists()


async def test_every_table_is_copied(fresh):
    url = await fresh("sqlite")
    await migrate(url)
    with closing(sqlite3.connect(url.removeprefix("sqlite://"))) as file:
        names = {name for (name,) in file.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}

    assert {name_of(model) for model in tables()} == names - {"tortoise_migrations", "sqlite_sequence"}


async def test_a_site_whose_daemon_runs_is_not_copied(fresh, open_store: OpenStore, audited: Audited):
    source, target = await fresh("postgres"), await fresh("postgres")
    daemon = await open_store(source)
    with pytest.raises(StoreTrouble, match="stop it first"):
        await copy(source, target, audited, quiet)
    await daemon.close()

    await copy(source, target, audited, quiet)
    running = await open_store(target)
    with pytest.raises(StoreTrouble, match="a handrail runs on the target"):
        await copy(source, target, audited, quiet)
    await running.close()


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
async def test_a_place_where_a_site_is_already_is_refused(
    kind: str, fresh, open_store: OpenStore, clock: GivenClock, audited: Audited
):
    source, target = await fresh("sqlite"), await fresh(kind)
    await migrate(source)
    await migrate(target)
    store = await open_store(target)
    await store.writer.decide(opens(opening()))
    await store.close()

    for refused in (copy(source, target, audited, quiet), count(source, target)):
        with pytest.raises(StoreTrouble, match="the target is not empty"):
            await refused
    with pytest.raises(StoreTrouble, match="where the site is already"):
        await copy(source, source, audited, quiet)


async def test_a_dry_run_writes_nothing(fresh, open_store: OpenStore, clock: GivenClock):
    source, target = await fresh("sqlite"), await fresh("sqlite")
    await (await lively(source, open_store, clock)).close()

    found = await count(source, target)

    assert sum(each.before.rows for each in found) > 100
    assert not is_there(target)


async def test_a_copy_that_differs_or_breaks_off_leaves_the_target_empty(
    fresh, open_store: OpenStore, clock: GivenClock, audited: Audited
):
    """The target's own trigger alters what is written there, then refuses it."""
    source, target = await fresh("sqlite"), await fresh("sqlite")
    await (await lively(source, open_store, clock)).close()
    await migrate(target)
    path = target.removeprefix("sqlite://")

    for event, said in (
        ("UPDATE users SET name = 'x' WHERE id = NEW.id", None),
        ("SELECT RAISE(ABORT, 'no')", "empty"),
    ):
        with closing(sqlite3.connect(path)) as file:
            file.execute("DROP TRIGGER IF EXISTS spoils")
            file.execute(f"CREATE TRIGGER spoils AFTER INSERT ON users BEGIN {event}; END")
        if said is None:
            found = await copy(source, target, audited, quiet)
            assert [each.table for each in found if not each.same] == ["users"]
        else:
            with pytest.raises(StoreTrouble, match=said):
                await copy(source, target, audited, quiet)
        with closing(sqlite3.connect(path)) as file:
            assert file.execute("SELECT count(*) FROM tickets").fetchone() == (0,)
            file.execute("DROP TRIGGER spoils")
    assert all(each.same for each in await copy(source, target, audited, quiet))


async def test_a_daemon_does_not_start_while_its_site_is_copied(fresh, open_store: OpenStore, audited: Audited):
    source, target = await fresh("postgres"), await fresh("sqlite")
    connection = await connect(parse_url(source))
    assert await lock_alone(connection)
    with pytest.raises(StoreTrouble, match="just being copied"):
        await open_store(source)
    await connection.close()

    assert all(each.same for each in await copy(source, target, audited, quiet))
