"""A site of every earlier version comes to this one with all that it had, on both databases."""

import asyncio
import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from bridge.domain.refs import BotName, ConversationRef
from bridge.domain.ticket import TicketState
from bridge.store import migrate
from bridge.store.address import APP, tortoise_config
from bridge.store.database import Database
from bridge.store.migrating import forward
from bridge.store.strands import run
from tests.conftest import OpenStore, Postgres
from tests.given_time import GivenClock

MIGRATIONS = Path(__file__).parents[2] / "bridge" / "store" / "migrations"
NAMES = sorted(path.stem for path in MIGRATIONS.glob("0*.py"))
ROWS = Path(__file__).with_name("rows_of_0001.sql")
SHOP = BotName("shop-bot")


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "sqlite":
        yield f"sqlite://{tmp_path}/handrail.db"
        return
    server: Postgres = request.getfixturevalue("postgres")
    url = asyncio.run(server.create_empty())
    yield url
    asyncio.run(server.drop(url))


class Earlier:
    """Versions that had only the first migrations."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    async def migrate(self, url: str, upto: str) -> list[str]:
        package = f"migrations_upto_{upto}_{self.folder.name}"
        home = self.folder / package
        home.mkdir(exist_ok=True)
        for path in MIGRATIONS.glob("*.py"):
            if path.stem <= upto or path.stem == "__init__":
                shutil.copy(path, home)
        config = tortoise_config(url)
        config["apps"][APP]["migrations"] = package
        database = await Database.open(url)
        try:
            async with database.transaction() as connection:
                return await forward(connection, config)
        finally:
            await database.close()


@pytest.fixture
def earlier(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Earlier:
    monkeypatch.syspath_prepend(str(tmp_path))
    return Earlier(tmp_path)


async def fill(url: str) -> None:
    database = await Database.open(url)
    try:
        async with database.transaction() as connection:
            for line in ROWS.read_text(encoding="utf-8").splitlines():
                if line.startswith("INSERT"):
                    await run(connection, line)
    finally:
        await database.close()


@pytest.mark.parametrize("state", NAMES[:-1])
async def test_a_site_of_an_earlier_version_keeps_all_it_had(
    empty_url: str, state: str, earlier: Earlier, open_store: OpenStore, clock: GivenClock
) -> None:
    assert await earlier.migrate(empty_url, NAMES[0]) == NAMES[:1]
    await fill(empty_url)
    if state != NAMES[0]:
        assert await earlier.migrate(empty_url, state) == NAMES[1 : NAMES.index(state) + 1]

    assert await migrate(empty_url) == NAMES[NAMES.index(state) + 1 :]

    store = await open_store(empty_url)
    closed, waiting = await store.tickets.by_number(1001), await store.tickets.by_number(1002)
    assert closed is not None
    assert waiting is not None
    assert (closed.state, waiting.state) == (TicketState.CLOSED, TicketState.OPEN)
    view = await store.tickets.view(closed.id)
    assert view is not None
    assert [message.text for message in view.messages] == ["refund?", "it never came", "I am looking", "she is angry"]
    assert (view.user.name, view.brief.title) == ("Mara", "refund?")
    assert [entry.seq for entry in view.entries] == list(range(1, len(view.entries) + 1))
    assert [filled.row.type for filled in await store.feed.after(SHOP, 0, 100)] == [
        "ticket.opened", "ticket.assigned", "message.created", "ticket.closed", "ticket.opened",
    ]  # fmt: skip
    assert (await store.tickets.by_conversation(ConversationRef(SHOP, "web-2"))) == waiting
    clock.advance(seconds=timedelta(days=91).total_seconds())
    assert await store.retention.due(clock.now()) == [closed.id]
    assert await store.retention.empty([closed.id], clock.now()) == 1
